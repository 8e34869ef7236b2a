"""What a column of the table means: a declaration, not code."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("physical state", "dynamics", "kinematics", "seismicity")
ROLES = ("key", "feature", "target", "rupture")


@dataclass(frozen=True)
class ColumnDefinition:
    """Name, unit, meaning and source of one column of a feature table.

    Attributes
    ----------
    name : str
        Column name; the seed study's code where the quantity is the same.
    long_name : str
        What the numbers are, in words.
    unit : str
        Unit of the numbers, ``"1"`` for a pure number.
    role : str
        ``"key"``, ``"feature"``, ``"target"`` or ``"rupture"``.
    group : str
        For features: physical state, dynamics, kinematics or seismicity; empty otherwise.
    family : str
        Columns that describe the same quantity share a family (``"sediment"``); relevance is summed over it.
    citation : str
        Source of the definition.
    """

    name: str
    long_name: str
    unit: str
    role: str = "feature"
    group: str = ""
    family: str = ""
    citation: str = ""
