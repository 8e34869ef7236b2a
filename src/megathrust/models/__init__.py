"""The stacked fully connected network: architecture, layers, heads, files."""

from megathrust.models._architecture import ACTIVATIONS, FCNArchitecture
from megathrust.models._card import model_card
from megathrust.models._columns import PredictionColumn, prediction_columns, quantile_column
from megathrust.models._encodings import PeriodicEncoding, PiecewiseLinearEncoding
from megathrust.models._files import load_model, save_model
from megathrust.models._heads import MAGNITUDE_LOSSES, Heads, OrderedThresholds
from megathrust.models._import import import_networks
from megathrust.models._layers import (
    Activation,
    Dropout,
    FeatureSubset,
    StackedBatchNorm,
    StackedLinear,
    Standardization,
)
from megathrust.models._released import find_model, model_names
from megathrust.models._saved import SavedModel, check_features
from megathrust.models._sharing import SharedLinear
from megathrust.models._stack import FCNStack
from megathrust.models._streams import derived_seed, stream

__all__ = [
    "ACTIVATIONS",
    "MAGNITUDE_LOSSES",
    "Activation",
    "Dropout",
    "FCNArchitecture",
    "FCNStack",
    "FeatureSubset",
    "Heads",
    "OrderedThresholds",
    "PeriodicEncoding",
    "PiecewiseLinearEncoding",
    "PredictionColumn",
    "SavedModel",
    "SharedLinear",
    "StackedBatchNorm",
    "StackedLinear",
    "Standardization",
    "check_features",
    "derived_seed",
    "find_model",
    "import_networks",
    "load_model",
    "model_card",
    "model_names",
    "prediction_columns",
    "quantile_column",
    "save_model",
    "stream",
]
