"""Folders of results: whole or absent, one writer at a time, and nobody else's folder is ever replaced."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from megathrust.core._errors import OutputError
from megathrust.core._files import new_part, remove, writing

# What stood where a new folder is being put; killed in between, the next call puts it back.
_OLD = ".old"


@dataclass(frozen=True)
class FolderKind:
    """How a folder that we wrote is known.

    Attributes
    ----------
    name : str
        In words, such as ``"run"``.
    marks : tuple of str
        Files that each such folder holds.
    holds : callable
        Of such a folder, names of everything that it may hold beside the marks, relative to it.
    """

    name: str
    marks: tuple[str, ...]
    holds: Callable[[Path], Collection[str]]

    def stranger(self, folder: Path) -> str | None:
        """Return what tells that a folder is not, or not only, of this kind; none where all is ours."""
        if folder.is_symlink() or not folder.is_dir():
            return f"{folder} is no folder"
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
        if not files:
            return None
        missing = [mark for mark in self.marks if mark not in files]
        if missing:
            return f"{folder} without {missing[0]}"
        ours = {*self.marks, *self.holds(folder)}
        foreign = [name for name in files if name not in ours]
        return f"{folder} with {foreign[0]}" if foreign else None


@contextmanager
def replacing_folder(
    path: str | os.PathLike[str], kind: FolderKind, *, overwrite: bool = False
) -> Iterator[Path]:
    """Give a temporary folder beside ``path`` and move it there once the block ends well.

    Parameters
    ----------
    path : path_like
        The folder that the block's result shall become.
    kind : FolderKind
        What the folder becomes, and the only kind that is replaced.
    overwrite : bool
        Whether a folder of this kind that already stands there is replaced.

    Raises
    ------
    OutputError
        If the folder exists already and ``overwrite`` is false, is somebody else's, is being written by
        another process, or cannot be written.
    """
    target = checked_target(path)
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            refuse_existing(target, kind, overwrite=overwrite)
            part, handle = new_part(target)
            try:
                yield part
                part.chmod(0o755)
                put_in_place(part, target)
            finally:
                os.close(handle)
                remove(part)


def checked_target(path: str | os.PathLike[str]) -> Path:
    """Return the folder that a path names, links followed; refuse the one that the process stands in.

    Raises
    ------
    OutputError
        If it is the working folder or one above it.
    """
    target = Path(os.path.realpath(path))
    here = Path(os.path.realpath("."))
    if target == here or target in here.parents:
        raise OutputError(
            "the output folder would replace the one that you are in",
            given=path,
            action="name a new folder in it, such as out/first",
        )
    return target


def refuse_existing(target: Path, kind: FolderKind, *, overwrite: bool) -> None:
    """Refuse a folder that stands there already and may not be replaced; put back what a kill set aside.

    Raises
    ------
    OutputError
        Saying why.
    """
    for old in _set_aside(target):
        if target.exists():
            remove(old)
        else:
            old.rename(target)
    if not os.path.lexists(target) or (target.is_dir() and not any(target.iterdir())):
        return
    if not overwrite:
        raise OutputError(
            "the output folder exists already", given=target, action="name another folder or pass --overwrite"
        )
    why = kind.stranger(target)
    if why is not None:
        raise OutputError(
            f"the folder to replace is no {kind.name} of megathrust, or holds more than one",
            given=why,
            action="name another folder, or move what is yours out of it",
        )


def put_in_place(part: Path, target: Path) -> None:
    """Move a folder to its name; what stood there is set aside first and deleted last."""
    old = target.with_name(f".{target.name}.{os.getpid()}{_OLD}")
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    if old.exists():
        remove(old)


def _set_aside(target: Path) -> list[Path]:
    pattern = re.compile(rf"\.{re.escape(target.name)}\.\d+{re.escape(_OLD)}")
    return [path for path in sorted(target.parent.iterdir()) if pattern.fullmatch(path.name)]


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the lock of a place while the block runs, so that two processes never write it at once.

    Raises
    ------
    OutputError
        If another process holds it.
    """
    path = target.with_name(f".{target.name}.lock")
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                os.close(handle)
                raise OutputError(
                    "another process is writing to this place",
                    given=target,
                    action="wait until it is done, or name another place",
                ) from error
            # A file system without locks: two at once are then the user's to avoid.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            break
        # The one before has just ended and removed the file.
        os.close(handle)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
