"""Definitions of features and targets: name, unit, group, citation."""

from megathrust.features._definition import GROUPS, ROLES, ColumnDefinition
from megathrust.features._event_b_value import BValue, b_value, completeness_magnitude
from megathrust.features._event_catalogue import CATALOGUE_ROLES, CatalogueRole, merge_catalogues
from megathrust.features._event_interface import InterfaceRule, SlabGrids, locate_events
from megathrust.features._event_mechanism import (
    MECHANISM_CLASSES,
    PrincipalAxes,
    angle_to_slab,
    axes_seen_from_slab,
    mechanism_class,
    principal_axes,
)
from megathrust.features._event_statistics import (
    SEISMICITY_FEATURES,
    SeismicityOptions,
    check_labels_excluded,
    is_aftershock,
    region_seismicity,
)
from megathrust.features._rupture_events import RUPTURE_QUALITIES, RuptureSources, find_ruptures
from megathrust.features._rupture_extents import interface_rupture_length
from megathrust.features._rupture_published import (
    NOT_INTERFACE,
    PUBLISHED_RUPTURES,
    NotInterface,
    PublishedRupture,
)
from megathrust.features._seed_study import SEED_STUDY_FEATURES
from megathrust.features._target_columns import SegmentLabels, label_columns, seismicity_columns
from megathrust.features._target_labels import (
    LABEL_WINDOWS,
    LabelWindow,
    label_segments,
    target_definitions,
)

__all__ = [
    "CATALOGUE_ROLES",
    "GROUPS",
    "LABEL_WINDOWS",
    "MECHANISM_CLASSES",
    "NOT_INTERFACE",
    "PUBLISHED_RUPTURES",
    "ROLES",
    "RUPTURE_QUALITIES",
    "SEED_STUDY_FEATURES",
    "SEISMICITY_FEATURES",
    "BValue",
    "CatalogueRole",
    "ColumnDefinition",
    "InterfaceRule",
    "LabelWindow",
    "NotInterface",
    "PrincipalAxes",
    "PublishedRupture",
    "RuptureSources",
    "SegmentLabels",
    "SeismicityOptions",
    "SlabGrids",
    "angle_to_slab",
    "axes_seen_from_slab",
    "b_value",
    "check_labels_excluded",
    "completeness_magnitude",
    "find_ruptures",
    "interface_rupture_length",
    "is_aftershock",
    "label_columns",
    "label_segments",
    "locate_events",
    "mechanism_class",
    "merge_catalogues",
    "principal_axes",
    "region_seismicity",
    "seismicity_columns",
    "target_definitions",
]
