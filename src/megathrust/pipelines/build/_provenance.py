"""Which files a table was built from, and under what it may be passed on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from megathrust.core import sha256_of
from megathrust.pipelines.build._sources import RegionSources
from megathrust.sources import UserLayer, find_source

PathLike = str | os.PathLike[str]


def sources_used(keys: Iterable[str]) -> list[dict[str, str]]:
    """Return key, hash, citation and licence of registered files."""
    return [
        {
            "key": source.key,
            "sha256": source.sha256,
            "citation": source.reference,
            "licence": source.licence,
        }
        for source in map(find_source, sorted(set(keys)))
    ]


def licence_of(keys: Iterable[str]) -> str:
    """Return under what the table may be passed on: share-alike sources bind what is computed from them."""
    binding = sorted({source.licence for source in map(find_source, keys) if source.share_alike})
    return (" and ".join(binding) or "free") + ", with the citation of every source"


def own_files(
    read: Iterable[RegionSources],
    layers: Sequence[UserLayer],
    trench_points: PathLike | None,
    label_files: Iterable[Path],
) -> list[dict[str, str]]:
    """Return name and hash of every file of the user's own."""
    paths = [path for region in read for path in region.own_files]
    paths += [layer.path for layer in layers]
    paths += [Path(trench_points)] if trench_points is not None else []
    paths += label_files
    return [{"file": path.name, "sha256": sha256_of(path)} for path in paths]
