"""The stacked fully connected network: architecture, layers, files."""

from megathrust.models._architecture import ACTIVATIONS, BATCH_NORM_PLACES, FCNArchitecture
from megathrust.models._files import SavedModel, check_features, load_model, save_model
from megathrust.models._layers import Activation, Dropout, StackedBatchNorm, StackedLinear, Standardization
from megathrust.models._stack import FCNStack
from megathrust.models._streams import stream

__all__ = [
    "ACTIVATIONS",
    "BATCH_NORM_PLACES",
    "Activation",
    "Dropout",
    "FCNArchitecture",
    "FCNStack",
    "SavedModel",
    "StackedBatchNorm",
    "StackedLinear",
    "Standardization",
    "check_features",
    "load_model",
    "save_model",
    "stream",
]
