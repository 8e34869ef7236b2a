"""What a column of the table means, and how a feature is computed: declarations, not code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from megathrust.core import FloatArray
from megathrust.geometry import Segments

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

    Examples
    --------
    >>> heat = ColumnDefinition("HEAT", "surface heat flow", "mW/m2", family="heat flow")
    >>> heat.role, heat.unit
    ('feature', 'mW/m2')
    """

    name: str
    long_name: str
    unit: str
    role: str = "feature"
    group: str = ""
    family: str = ""
    citation: str = ""


#: Gives one value per segment from the layers that a feature declares.
FeatureFunction = Callable[[Segments, Mapping[str, Any]], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Another source of a feature, for segments where those before it have nothing.

    Attributes
    ----------
    source : str
        What it is made from, for the provenance.
    inputs : tuple of str
        Names of the layers that the function takes.
    function : callable
        As of `FeatureDefinition`.
    """

    source: str
    inputs: tuple[str, ...]
    function: FeatureFunction


@dataclass(frozen=True, kw_only=True)
class FeatureDefinition(ColumnDefinition):
    """A feature: what its column means, the layers it needs, and the function that computes it.

    Attributes
    ----------
    inputs : tuple of str
        Names of the layers that the function takes: all of them, and no others.
    function : callable
        ``function(segments, layers)`` returns one value per segment, NaN where there is none. A sampled
        layer comes as its statistics (see `sample_layers`), any other as it was read.
    fallbacks : tuple of Fallback
        Further sources of the same quantity, in the order in which they fill what is missing.
    """

    inputs: tuple[str, ...]
    function: FeatureFunction
    fallbacks: tuple[Fallback, ...] = ()

    @property
    def column(self) -> ColumnDefinition:
        """The column alone, without inputs and function."""
        return ColumnDefinition(**{item.name: getattr(self, item.name) for item in fields(ColumnDefinition)})


@dataclass(frozen=True, kw_only=True)
class LayerDefinition:
    """Grids or point tables that are computed from what was read, and sampled in the cells of segments.

    Attributes
    ----------
    names : tuple of str
        Names of the layers that the function gives.
    inputs : tuple of str
        Names of the source layers that the function takes.
    regional : bool
        Whether the inputs differ from region to region; else the layers are computed once for the Earth.
    window_km : float
        Width of the window on either side of the trench in which the layers are sampled.
    function : callable
        ``function(layers)`` returns, by name, a DataArray with dimensions (lat, lon) or a DataFrame with
        columns lon, lat, value.
    """

    names: tuple[str, ...]
    inputs: tuple[str, ...]
    regional: bool
    window_km: float
    function: Callable[[Mapping[str, Any]], Mapping[str, Any]]
