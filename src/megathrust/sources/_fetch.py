"""A registered file as a path: from the user's folder if one is named, else from the download cache."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from megathrust.core import InputError, ProgressCallback, SourceError, git_blob_of, sha256_of
from megathrust.sources._download import download
from megathrust.sources._registry import DataSource, find_source, list_sources

DATA_VARIABLE = "MEGATHRUST_DATA"
CACHE_VARIABLE = "MEGATHRUST_CACHE"


@dataclass(frozen=True)
class FileCheck:
    """What `verify` found about one file."""

    key: str
    status: Literal["ok", "missing", "altered"]
    detail: str


def user_data_dir(data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder of files at hand: the argument, else ``MEGATHRUST_DATA``, else none.

    Raises
    ------
    SourceError
        If a folder is named that is not there.
    """
    named = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE) or None
    if named is None:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise SourceError(
            "the data folder does not exist",
            given=folder,
            action=f"name the folder that holds the files with --data-dir or {DATA_VARIABLE}",
        )
    return folder


def cache_dir() -> Path:
    """Return the folder of downloaded files: ``MEGATHRUST_CACHE``, else the system's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    import pooch

    return Path(pooch.os_cache("megathrust"))


def source_path(key: str, *, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return where the file of a key is, or would be after a download; nothing is read or fetched.

    Raises
    ------
    InputError
        If the registry does not hold the key.
    """
    source = find_source(key)
    return (user_data_dir(data_dir) or cache_dir()) / source.key


def fetch(
    key: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    verify: bool = True,
    mirror: str | None = None,
    progress: ProgressCallback | None = None,
) -> Path:
    """Return the path of a registered file, downloading it where no data folder is named.

    Parameters
    ----------
    key : str
        Key of the registry.
    data_dir : path_like, optional
        Folder of files at hand; default the environment variable ``MEGATHRUST_DATA``. With such a
        folder the network is never touched.
    verify : bool
        Whether the SHA-256 of a file at hand is checked, once per process and file.
    mirror : str, optional
        Address under which a server offers the files by their keys, instead of the pinned repositories.
    progress : callable, optional
        Called with (bytes so far, bytes in all) during a download.

    Raises
    ------
    InputError
        If the registry does not hold the key.
    SourceError
        If the file is missing, altered, or cannot be downloaded.

    Notes
    -----
    A download goes to a temporary file, is proved by its hash, and is then moved; a lost connection is
    taken up where it broke if the server can, else from the start. Nothing half-written stays.
    """
    source = find_source(key)
    folder = user_data_dir(data_dir)
    if folder is not None:
        return _file_at_hand(source, folder, verify=verify)
    target = cache_dir() / source.key
    if target.is_file() and target.stat().st_size == source.bytes and _is_genuine(target, source):
        return target
    url = f"{mirror.rstrip('/')}/{source.key}" if mirror else source.url
    if not url:
        raise SourceError(
            "this file is put together from several published files and cannot be downloaded",
            given=source.key,
            action="place it in a data folder yourself",
        )
    return download(url, target, sha256=source.sha256, size=source.bytes, progress=progress)


def fetch_pinned(
    url: str,
    key: str,
    *,
    sha256: str = "",
    git_blob: str = "",
    data_dir: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
) -> Path:
    """Download a file that the registry does not know, proved by a hash, into a data folder.

    Parameters
    ----------
    url : str
        Address of the file.
    key : str
        Where it belongs in the folder, such as ``slab2/mak_slab2_dep_02.24.18.grd``.
    sha256, git_blob : str
        The hash of the file, or the id under which git lists it: one of them.
    data_dir : path_like, optional
        The folder; default ``MEGATHRUST_DATA``, else the download cache.
    progress : callable, optional
        Called with (bytes so far, bytes in all).

    Raises
    ------
    InputError
        If no hash is given or it is none, or the key leaves the folder or is one of the registry.
    SourceError
        If the file cannot be had, is another one, or another file stands in its place.
    """
    _check_pin(key, sha256, git_blob)
    target = (user_data_dir(data_dir) or cache_dir()) / key
    if target.is_file():
        if (sha256 and sha256_of(target) != sha256) or (git_blob and git_blob_of(target) != git_blob):
            raise SourceError(
                "another file stands in the place of this one", given=target, action="move it away first"
            )
        return target
    return download(url, target, sha256=sha256, git_blob=git_blob, progress=progress)


def _check_pin(key: str, sha256: str, git_blob: str) -> None:
    for name, value, digits in (("SHA-256", sha256, 64), ("git blob id", git_blob, 40)):
        if value and not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
            raise InputError(f"this is no {name}", given=value, allowed=f"{digits} digits of 0-9 and a-f")
    if not (sha256 or git_blob):
        raise InputError(
            "a file without a hash cannot be proved", given=key, action="give its SHA-256 or its git blob id"
        )
    if Path(key).is_absolute() or ".." in Path(key).parts or len(Path(key).parts) < 2:
        raise InputError("the file has no place in the folder", given=key, allowed="a key such as slab2/FILE")
    if key in {source.key for source in list_sources()}:
        raise InputError("the registry holds this file", given=key, action="fetch it by its key alone")


def verify(
    data_dir: str | os.PathLike[str] | None = None, *, keys: Iterable[str] | None = None
) -> tuple[FileCheck, ...]:
    """Compare the files of a folder with the registry, byte for byte.

    Parameters
    ----------
    data_dir : path_like, optional
        The folder; default ``MEGATHRUST_DATA``, else the download cache.
    keys : iterable of str, optional
        Which sources; default all.

    Returns
    -------
    tuple of FileCheck
        One per source: ``ok``, ``missing`` or ``altered``.
    """
    folder = user_data_dir(data_dir) or cache_dir()
    sources = list_sources() if keys is None else [find_source(key) for key in keys]
    return tuple(_check(source, folder / source.key) for source in sources)


def _check(source: DataSource, path: Path) -> FileCheck:
    if not path.is_file():
        return FileCheck(source.key, "missing", f"no file {path}")
    size = path.stat().st_size
    if size != source.bytes:
        return FileCheck(source.key, "altered", f"{size} bytes instead of {source.bytes}")
    if sha256_of(path) != source.sha256:
        return FileCheck(source.key, "altered", "the SHA-256 differs")
    return FileCheck(source.key, "ok", "")


def _file_at_hand(source: DataSource, folder: Path, *, verify: bool) -> Path:
    path = folder / source.key
    if not path.is_file():
        raise SourceError(
            "a file is missing in the data folder",
            given=path,
            action=f"get it from {source.url or source.reference}",
        )
    if verify and not _is_genuine(path, source):
        raise SourceError(
            "a file of the data folder is not the one that the registry knows, its SHA-256 differs",
            given=f"{path} with {path.stat().st_size} bytes",
            allowed=f"{source.bytes} bytes with SHA-256 {source.sha256}",
            action=f"get it again from {source.url or source.reference}",
        )
    return path


def _is_genuine(path: Path, source: DataSource) -> bool:
    status = path.stat()
    return _hash_once(str(path), status.st_size, status.st_mtime_ns) == source.sha256


@lru_cache(maxsize=4096)
def _hash_once(path: str, size: int, mtime_ns: int) -> str:
    """Hash a file once per process; size and time are arguments so that a changed file is hashed again."""
    return sha256_of(path)
