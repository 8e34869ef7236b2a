"""Definitions and functions of features, events, ruptures and targets."""

from megathrust.features._curvature import surface_curvature
from megathrust.features._definition import (
    GROUPS,
    ROLES,
    ColumnDefinition,
    FeatureDefinition,
    LayerDefinition,
)
from megathrust.features._evaluate import compute_features, compute_layers
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
from megathrust.features._features import FEATURES
from megathrust.features._gravity import (
    bouguer_anomaly,
    free_air_anomaly,
    gravity_disturbance,
    normal_gravity,
)
from megathrust.features._layers import LAYERS, WINDOW_KM, second_invariant
from megathrust.features._local_filter import grid_of_points, roughness, smooth_locally
from megathrust.features._plate_motion import PlateOutlines, convergence, normal_velocity
from megathrust.features._rupture_events import RUPTURE_QUALITIES, RuptureSources, find_ruptures
from megathrust.features._rupture_extents import interface_rupture_length
from megathrust.features._rupture_published import (
    NOT_INTERFACE,
    PUBLISHED_RUPTURES,
    NotInterface,
    PublishedRupture,
)
from megathrust.features._seed_study import SEED_STUDY_FEATURES
from megathrust.features._slab_profile import (
    first_derivative,
    second_derivative,
    slab_reach,
    smooth_along_trench,
)
from megathrust.features._sphere_filter import Band, filter_on_sphere
from megathrust.features._stand_in import COARSER_FEATURES, TOO_COARSE_FEATURES, stand_in_plate
from megathrust.features._target_columns import SegmentLabels, label_columns, seismicity_columns
from megathrust.features._target_labels import LABEL_WINDOWS, LabelWindow, label_segments, target_definitions
from megathrust.features._window_statistics import sample_layers, window_features

__all__ = [
    "CATALOGUE_ROLES",
    "COARSER_FEATURES",
    "FEATURES",
    "GROUPS",
    "LABEL_WINDOWS",
    "LAYERS",
    "MECHANISM_CLASSES",
    "NOT_INTERFACE",
    "PUBLISHED_RUPTURES",
    "ROLES",
    "RUPTURE_QUALITIES",
    "SEED_STUDY_FEATURES",
    "SEISMICITY_FEATURES",
    "TOO_COARSE_FEATURES",
    "WINDOW_KM",
    "BValue",
    "Band",
    "CatalogueRole",
    "ColumnDefinition",
    "FeatureDefinition",
    "InterfaceRule",
    "LabelWindow",
    "LayerDefinition",
    "NotInterface",
    "PlateOutlines",
    "PrincipalAxes",
    "PublishedRupture",
    "RuptureSources",
    "SegmentLabels",
    "SeismicityOptions",
    "SlabGrids",
    "angle_to_slab",
    "axes_seen_from_slab",
    "b_value",
    "bouguer_anomaly",
    "check_labels_excluded",
    "completeness_magnitude",
    "compute_features",
    "compute_layers",
    "convergence",
    "filter_on_sphere",
    "find_ruptures",
    "first_derivative",
    "free_air_anomaly",
    "gravity_disturbance",
    "grid_of_points",
    "interface_rupture_length",
    "is_aftershock",
    "label_columns",
    "label_segments",
    "locate_events",
    "mechanism_class",
    "merge_catalogues",
    "normal_gravity",
    "normal_velocity",
    "principal_axes",
    "region_seismicity",
    "roughness",
    "sample_layers",
    "second_derivative",
    "second_invariant",
    "seismicity_columns",
    "slab_reach",
    "smooth_along_trench",
    "smooth_locally",
    "stand_in_plate",
    "surface_curvature",
    "target_definitions",
    "window_features",
]
