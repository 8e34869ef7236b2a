"""Definitions and functions of features, events, ruptures and targets."""

from megathrust.features._definition import ColumnDefinition, FeatureDefinition, LayerDefinition
from megathrust.features._evaluate import compute_features, compute_layers
from megathrust.features._event_b_value import b_value, completeness_magnitude
from megathrust.features._event_catalogue import CATALOGUE_ROLES, OWN_CATALOGUE, merge_catalogues
from megathrust.features._event_interface import InterfaceRule, SlabGrids, locate_events
from megathrust.features._event_statistics import (
    SEISMICITY_FEATURES,
    SeismicityOptions,
    check_labels_excluded,
)
from megathrust.features._expectations import EXPECTATIONS, Expectation
from megathrust.features._features import FEATURES
from megathrust.features._layers import LAYERS, WINDOW_KM
from megathrust.features._plate_motion import PlateOutlines
from megathrust.features._rupture_events import RUPTURE_QUALITIES, RuptureSources, find_ruptures
from megathrust.features._rupture_extents import interface_rupture_length
from megathrust.features._rupture_own import OWN_BASIS, home_regions
from megathrust.features._rupture_published import NOT_INTERFACE, PUBLISHED_RUPTURES
from megathrust.features._seed_study import SEED_STUDY_FEATURES
from megathrust.features._slab_profile import slab_reach, smooth_along_trench
from megathrust.features._stand_in import COARSER_FEATURES, TOO_COARSE_FEATURES, stand_in_plate
from megathrust.features._target_columns import SegmentLabels, label_columns, seismicity_columns
from megathrust.features._target_labels import (
    LABEL_WINDOWS,
    LabelWindow,
    day,
    label_segments,
    target_definitions,
)
from megathrust.features._window_statistics import sample_layers, window_features

__all__ = [
    "CATALOGUE_ROLES",
    "COARSER_FEATURES",
    "EXPECTATIONS",
    "FEATURES",
    "LABEL_WINDOWS",
    "LAYERS",
    "NOT_INTERFACE",
    "OWN_BASIS",
    "OWN_CATALOGUE",
    "PUBLISHED_RUPTURES",
    "RUPTURE_QUALITIES",
    "SEED_STUDY_FEATURES",
    "SEISMICITY_FEATURES",
    "TOO_COARSE_FEATURES",
    "WINDOW_KM",
    "ColumnDefinition",
    "Expectation",
    "FeatureDefinition",
    "InterfaceRule",
    "LabelWindow",
    "LayerDefinition",
    "PlateOutlines",
    "RuptureSources",
    "SegmentLabels",
    "SeismicityOptions",
    "SlabGrids",
    "b_value",
    "check_labels_excluded",
    "completeness_magnitude",
    "compute_features",
    "compute_layers",
    "day",
    "find_ruptures",
    "home_regions",
    "interface_rupture_length",
    "label_columns",
    "label_segments",
    "locate_events",
    "merge_catalogues",
    "sample_layers",
    "seismicity_columns",
    "slab_reach",
    "smooth_along_trench",
    "stand_in_plate",
    "target_definitions",
    "window_features",
]
