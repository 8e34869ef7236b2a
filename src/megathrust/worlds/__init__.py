"""Null worlds and planted signals: arrays in, arrays out."""

from megathrust.worlds._labels import WORLDS, LabelWorlds, MakeLabels, Trenches, driver_of, world_labels
from megathrust.worlds._layouts import lay_out
from megathrust.worlds._null import NULLS, MakeWorld, World
from megathrust.worlds._spectral import path_modes, random_signs, spectral_features, spectral_modes
from megathrust.worlds._surrogates import autoregressive_features, lag_one_correlation, shifted_rows

__all__ = [
    "NULLS",
    "WORLDS",
    "LabelWorlds",
    "MakeLabels",
    "MakeWorld",
    "Trenches",
    "World",
    "autoregressive_features",
    "driver_of",
    "lag_one_correlation",
    "lay_out",
    "path_modes",
    "random_signs",
    "shifted_rows",
    "spectral_features",
    "spectral_modes",
    "world_labels",
]
