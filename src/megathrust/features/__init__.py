"""Definitions of features and targets: name, unit, group, citation, inputs, function."""

from megathrust.features._curvature import surface_curvature
from megathrust.features._definition import (
    GROUPS,
    ROLES,
    ColumnDefinition,
    FeatureDefinition,
    LayerDefinition,
)
from megathrust.features._evaluate import compute_features, compute_layers
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
from megathrust.features._seed_study import SEED_STUDY_FEATURES
from megathrust.features._slab_profile import (
    first_derivative,
    second_derivative,
    slab_reach,
    smooth_along_trench,
)
from megathrust.features._sphere_filter import Band, filter_on_sphere
from megathrust.features._window_statistics import sample_layers, window_features

__all__ = [
    "FEATURES",
    "GROUPS",
    "LAYERS",
    "ROLES",
    "SEED_STUDY_FEATURES",
    "WINDOW_KM",
    "Band",
    "ColumnDefinition",
    "FeatureDefinition",
    "LayerDefinition",
    "PlateOutlines",
    "bouguer_anomaly",
    "compute_features",
    "compute_layers",
    "convergence",
    "filter_on_sphere",
    "first_derivative",
    "free_air_anomaly",
    "gravity_disturbance",
    "grid_of_points",
    "normal_gravity",
    "normal_velocity",
    "roughness",
    "sample_layers",
    "second_derivative",
    "second_invariant",
    "slab_reach",
    "smooth_along_trench",
    "smooth_locally",
    "surface_curvature",
    "window_features",
]
