"""Definitions of features and targets: name, unit, group, citation."""

from megathrust.features._definition import GROUPS, ROLES, ColumnDefinition
from megathrust.features._seed_study import SEED_STUDY_FEATURES

__all__ = ["GROUPS", "ROLES", "SEED_STUDY_FEATURES", "ColumnDefinition"]
