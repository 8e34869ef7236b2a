"""Splitters by the name of their protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from megathrust.core import Registry
from megathrust.splits._fold import Splitter


@dataclass(frozen=True)
class SplitOptions:
    """What a configuration can say of a protocol; a splitter takes what it has a use for.

    Attributes
    ----------
    exclusion_km : float
        Distance in km within which no training segment lies.
    chunks : int
        Along-strike parts of every trench.
    half_open_end : bool
        See `ChunkSplitter`.
    closed_regions : tuple of str
        See `ChunkSplitter`.
    across_trenches : bool
        Whether the exclusion distance counts to segments of other trenches, too.
    """

    exclusion_km: float = 50.0
    chunks: int = 5
    half_open_end: bool = False
    closed_regions: tuple[str, ...] = ()
    across_trenches: bool = False


#: Protocols by name; each is made from the options of a configuration.
SPLITTERS: Registry[Callable[[SplitOptions], Splitter]] = Registry("protocol")
