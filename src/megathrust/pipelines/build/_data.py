"""The public data sets: fetch them, prove them, say where they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from megathrust.core import InputError, ProgressCallback, unknown_name
from megathrust.pipelines.build._keys import GLOBAL_KEYS, SLAB_LAYERS
from megathrust.sources import (
    DataSource,
    FileCheck,
    fetch,
    fetch_pinned,
    find_source,
    list_sources,
    source_path,
    verify,
)

PathLike = str | os.PathLike[str]

#: Layers with a file per region of which a table is built.
REGIONAL_LAYERS = (*SLAB_LAYERS, "incoming_plate")


def fetch_data(
    keys: Iterable[str] = (),
    *,
    regions: Iterable[str] | None = None,
    topics: Iterable[str] = (),
    data_dir: PathLike | None = None,
    progress: ProgressCallback | None = None,
) -> list[Path]:
    """Fetch files: by key, by topic, or the layers that features of some regions are computed from.

    Parameters
    ----------
    keys : iterable of str
        Keys of the registry; without these and topics all layers are fetched, but not events and ruptures.
    regions : iterable of str, optional
        Where neither is given: the global layers and only these regions, of which there may be none.
    topics : iterable of str
        Folders of the registry, such as ``catalogues`` and ``ruptures``, which labels are made from.
    data_dir : path_like, optional
        Folder of files at hand, in which the files are then only checked.
    progress : callable, optional
        Called with (files done, files in all).

    Raises
    ------
    InputError
        If the registry holds no such key, topic or region.
    SourceError
        If a file cannot be had.

    Examples
    --------
    >>> import megathrust as mt
    >>> paths = mt.fetch_data(regions=["sam"])  # doctest: +SKIP
    """
    wanted = [find_source(key) for key in keys]
    wanted += [source for topic in topics for source in list_sources(topic=topic)]
    wanted = wanted or _needed(regions)
    paths = []
    for count, source in enumerate(wanted, start=1):
        paths.append(fetch(source.key, data_dir=data_dir))
        if progress is not None:
            progress(count, len(wanted))
    return paths


def fetch_pinned_file(
    url: str,
    keys: Iterable[str],
    *,
    sha256: str = "",
    git_blob: str = "",
    data_dir: PathLike | None = None,
) -> Path:
    """Fetch one file that the registry does not know; see `megathrust.sources.fetch_pinned`.

    Raises
    ------
    InputError
        If not exactly one key says where it belongs, or the hash is none.
    SourceError
        If it cannot be had, or is another file.
    """
    places = tuple(keys)
    if len(places) != 1:
        raise InputError(
            "one file has one place", given=", ".join(places) or "none", allowed="one key such as slab2/FILE"
        )
    return fetch_pinned(url, places[0], sha256=sha256, git_blob=git_blob, data_dir=data_dir)


def verify_data(data_dir: PathLike | None = None) -> tuple[FileCheck, ...]:
    """Compare the files at hand with the registry, byte for byte; comparison files are left out.

    Raises
    ------
    SourceError
        If the folder does not exist.
    """
    return verify(data_dir, keys=[source.key for source in list_sources(optional=False)])


def data_path(key: str, *, data_dir: PathLike | None = None) -> Path:
    """Return where the file of a key is, or would be after a download.

    Raises
    ------
    InputError
        If the registry does not hold the key.
    """
    return source_path(key, data_dir=data_dir)


def _needed(regions: Iterable[str] | None) -> list[DataSource]:
    regional = [source for layer in REGIONAL_LAYERS for source in list_sources(layer=layer)]
    if regions is not None:
        chosen = set(regions)
        known = dict.fromkeys(sorted({source.region for source in regional}))
        for unknown in sorted(chosen - set(known)):
            raise unknown_name("region of the registry", unknown, known)
        regional = [source for source in regional if source.region in chosen]
    return [find_source(key) for key in GLOBAL_KEYS.values()] + regional
