"""Who is held out: chunks with exclusion distance, ruptures, regions; and blocks inside a fold."""

from megathrust.splits._audit import leakage_audit
from megathrust.splits._chunks import ChunkSplitter
from megathrust.splits._fold import Fold, Splitter, shared_rupture_share
from megathrust.splits._inner import InnerSplitter
from megathrust.splits._nearest import USES, NearestNeighbourSplitter, distance_mismatch
from megathrust.splits._random import RandomSplitter
from megathrust.splits._regions import RegionSplitter
from megathrust.splits._splitters import SPLITTERS, SplitOptions

__all__ = [
    "SPLITTERS",
    "USES",
    "ChunkSplitter",
    "Fold",
    "InnerSplitter",
    "NearestNeighbourSplitter",
    "RandomSplitter",
    "RegionSplitter",
    "SplitOptions",
    "Splitter",
    "distance_mismatch",
    "leakage_audit",
    "shared_rupture_share",
]
