"""Files that are either whole or absent: write beside, then move."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from megathrust.core._errors import OutputError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block ends well.

    If the block raises, the temporary file is removed and what stood at ``path`` stays untouched.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(f"{folder}/a.txt") as part:
    ...         _ = part.write_text("whole")
    ...     print(Path(folder, "a.txt").read_text())
    whole
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise cannot_write(target, error) from error
    part = Path(name)
    try:
        yield part
        # mkstemp makes private files; results are as readable as the user's mask says.
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary folder beside ``path`` and move it there once the block ends well.

    Parameters
    ----------
    path : path_like
        The folder that the block's result shall become.
    overwrite : bool
        Whether a folder that already stands there is replaced.

    Raises
    ------
    OutputError
        If the folder exists already and ``overwrite`` is false, or cannot be written.
    """
    target = Path(path)
    if target.exists() and not overwrite and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(
            "the output folder exists already", given=target, action="name another folder or pass --overwrite"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise cannot_write(target, error) from error
    try:
        yield part
        part.chmod(0o755)
        if target.exists():
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        part.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Turn an ``OSError`` into the package's sentence about an unwritable path."""
    return OutputError(
        "the output cannot be written",
        given=f"{path}, {error.strerror or error}",
        action="name a place where you may write",
    )


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Write ``content`` as indented JSON with sorted keys, whole or not at all."""
    with replacing(path) as part:
        part.write_text(
            json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8"
        )
