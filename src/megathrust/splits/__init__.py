"""Who is held out: chunks with exclusion distance, ruptures, regions."""

from megathrust.splits._chunks import ChunkSplitter
from megathrust.splits._fold import Fold, Splitter, shared_rupture_share, without_shared_ruptures
from megathrust.splits._inner import inner_folds
from megathrust.splits._regions import RegionSplitter

__all__ = [
    "ChunkSplitter",
    "Fold",
    "RegionSplitter",
    "Splitter",
    "inner_folds",
    "shared_rupture_share",
    "without_shared_ruptures",
]
