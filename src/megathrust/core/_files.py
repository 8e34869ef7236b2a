"""Files that are either whole or absent: write beside, then move."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megathrust.core._errors import InputError, MegathrustError, OutputError

#: Names of what is being written: ``.<name>.<8 characters>.part`` and the suffix of a file.
_PART = re.compile(r"\..+\.[a-z0-9_]{8}\.part(\.\w+)?")

# Folders whose left-over parts this process has looked for.
_swept: set[Path] = set()

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block ends well.

    If the block raises, the temporary file is removed and what stood at ``path`` stays untouched. A symbolic
    link stays one: the file that it names is replaced. What a killed process left is removed.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to, or the disk is full.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(f"{folder}/a.txt") as part:
    ...         _ = part.write_text("whole")
    ...     print(Path(folder, "a.txt").read_text())
    whole
    """
    target = Path(os.path.realpath(path))
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise OutputError("the output is a folder, not a file", given=path, action="name a file")
        sweep(target.parent)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem[:100]}.", suffix=f".part{target.suffix}", dir=target.parent
        )
        part = Path(name)
        try:
            _hold(handle)
            yield part
            # mkstemp makes private files; results are as readable as the user's mask says.
            part.chmod(0o666 & ~_mask())
            part.replace(target)
        finally:
            os.close(handle)
            part.unlink(missing_ok=True)


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what the machine refuses while ``path`` is written into one `OutputError`."""
    try:
        yield
    except MegathrustError:
        raise
    except OSError as error:
        raise cannot_write(Path(path), error) from error


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Turn an ``OSError`` into the package's sentence about an unwritable path."""
    return OutputError(
        "the output cannot be written",
        given=f"{path}, {error.strerror or error}",
        action="name a place where you may write and that has room",
    )


def sweep(folder: Path) -> None:
    """Remove parts in a folder whose process was killed: nobody holds their lock. Once per process."""
    if folder in _swept:
        return
    _swept.add(folder)
    for entry in list(os.scandir(folder)):
        if _PART.fullmatch(entry.name):
            with contextlib.suppress(OSError):
                handle = os.open(entry.path, os.O_RDONLY)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(Path(entry.path))
                finally:
                    os.close(handle)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder, as far as the machine lets."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def new_part(target: Path) -> tuple[Path, int]:
    """Make an empty folder beside ``target`` that is known for a part of it; also its lock, to be closed."""
    sweep(target.parent)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent))
    handle = os.open(part, os.O_RDONLY)
    _hold(handle)
    return part, handle


def _hold(handle: int) -> None:
    # Some network file systems know no locks; there a part of a live process could be swept by another.
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def refuse_same(out: str | os.PathLike[str], *inputs: str | os.PathLike[str] | None) -> None:
    """Refuse an output that is also an input, or a folder in which an input lies.

    Raises
    ------
    InputError
        Naming both.
    """
    target = Path(os.path.realpath(out))
    for given in inputs:
        if given is None or not Path(given).exists():
            continue
        source = Path(os.path.realpath(given))
        if source == target or target in source.parents:
            raise InputError(
                "the output would replace an input",
                given=f"{given} and {out}",
                action="name another place for the output",
            )


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_csv(path: str | os.PathLike[str], frame: pd.DataFrame) -> None:
    """Write a frame as CSV without its index, whole or not at all."""
    # Ten digits: more than any figure shows, fewer than differ between processors.
    with replacing(path) as part:
        frame.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")


def git_blob_of(path: str | os.PathLike[str]) -> str:
    """Return the name by which git knows the content of a file, 40 hexadecimal digits.

    The SHA-1 of ``blob <size>``, a zero byte and the content: with it any file of a public repository can be
    proved, whose listing tells it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "hello"
    ...     _ = path.write_bytes(b"hello")
    ...     git_blob_of(path)
    'b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0'
    """
    content = Path(path).read_bytes()
    head = f"blob {len(content)}".encode() + bytes(1)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Write ``content`` as indented JSON with sorted keys, whole or not at all."""
    with replacing(path) as part:
        part.write_text(
            json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8"
        )
