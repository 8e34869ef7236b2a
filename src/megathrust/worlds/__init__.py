"""Null worlds: arrays in, arrays out."""

from megathrust.worlds._null import NULLS, MakeWorld, World
from megathrust.worlds._surrogates import autoregressive_features, lag_one_correlation, shifted_rows

__all__ = [
    "NULLS",
    "MakeWorld",
    "World",
    "autoregressive_features",
    "lag_one_correlation",
    "shifted_rows",
]
