"""Null worlds and planted signals: arrays in, arrays out."""

from megathrust.worlds._conditional import without_own
from megathrust.worlds._known_truth import TRUTHS, KnownTruth, Term, known_truth
from megathrust.worlds._labels import WORLDS, LabelWorlds, MakeLabels, Trenches, driver_of, world_labels
from megathrust.worlds._missing import keeping_missing, whole_features
from megathrust.worlds._null import NULLS, MakeWorld, World, planted_world
from megathrust.worlds._phases import random_phases
from megathrust.worlds._records import longer_record
from megathrust.worlds._redrawn import redrawn_labels
from megathrust.worlds._spectral import path_modes, random_signs, spectral_modes
from megathrust.worlds._surrogates import autoregressive_features

__all__ = [
    "NULLS",
    "TRUTHS",
    "WORLDS",
    "KnownTruth",
    "LabelWorlds",
    "MakeLabels",
    "MakeWorld",
    "Term",
    "Trenches",
    "World",
    "autoregressive_features",
    "driver_of",
    "keeping_missing",
    "known_truth",
    "longer_record",
    "path_modes",
    "planted_world",
    "random_phases",
    "random_signs",
    "redrawn_labels",
    "spectral_modes",
    "whole_features",
    "without_own",
    "world_labels",
]
