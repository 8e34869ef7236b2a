"""What every reader shares: one guard that lets only our errors out, and documents of bounded size."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from megathrust.core._errors import InputError, MegathrustError, SourceError, quoted
from megathrust.core._limits import (
    CONFIGURATION_BYTES,
    CONFIGURATION_ENTRIES,
    DOCUMENT_BYTES,
    NESTING,
    TEXT_BYTES,
)


@contextmanager
def reading(
    path: str | os.PathLike[str],
    kind: str,
    *,
    error: type[MegathrustError] = SourceError,
    most_bytes: int | None = TEXT_BYTES,
) -> Iterator[Path]:
    """Turn whatever may go wrong while a file is read into one sentence.

    Parameters
    ----------
    path : path_like
        The file.
    kind : str
        What it is read as, for the message.
    error : type
        Class of the error.
    most_bytes : int, optional
        Size from which on it is refused unread; none for a file that is read in parts.

    Raises
    ------
    MegathrustError
        Of the class ``error``: if the file is absent, no regular file, too large, or cannot be read.
    """
    file = Path(path)
    try:
        status = file.stat()
    except PermissionError as reason:
        raise error("the file may not be read", given=file, action="check its permissions") from reason
    except (OSError, ValueError) as reason:
        raise error("the file does not exist", given=file, action="check the name and the folder") from reason
    if not stat.S_ISREG(status.st_mode):
        raise error("this is no file", given=file, allowed="a regular file", action="name a file")
    if most_bytes is not None and status.st_size > most_bytes:
        raise error(
            f"the file is too large for {kind}",
            given=f"{file} with {status.st_size} bytes",
            allowed=f"at most {most_bytes} bytes",
        )
    try:
        yield file
    except MegathrustError:
        raise
    except Exception as reason:  # readers of damaged files raise anything
        said = quoted(str(reason), 140) or type(reason).__name__
        raise error(
            f"the file cannot be read as {kind}",
            given=f"{file}: {said}",
            action="check that it is whole and of this format",
        ) from reason


def read_json(
    path: str | os.PathLike[str],
    kind: str,
    *,
    error: type[MegathrustError] = SourceError,
    most_bytes: int = DOCUMENT_BYTES,
) -> Any:
    """Read a JSON document of bounded size.

    Raises
    ------
    MegathrustError
        Of the class ``error``: if it is absent, too large, or no JSON.
    """
    with reading(path, kind, error=error, most_bytes=most_bytes) as file:
        return json.loads(file.read_text(encoding="utf-8"))


def read_yaml(path: str | os.PathLike[str], kind: str, *, error: type[MegathrustError] = InputError) -> Any:
    """Read a YAML document such as people write: small, and small still with its aliases written out.

    Raises
    ------
    MegathrustError
        Of the class ``error``: if it is absent, too large, too deep, or no YAML.
    """
    # Imported here: most commands read none.
    import yaml

    with reading(path, kind, error=error, most_bytes=CONFIGURATION_BYTES) as file:
        loader = yaml.SafeLoader(file.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _entries(node, {}, 0)
            return loader.construct_document(node)
        finally:
            loader.dispose()


def _entries(node: Any, known: dict[int, int], depth: int) -> int:
    """Count the entries of a document as if every alias were written out."""
    if depth > NESTING:
        raise ValueError(f"nested more than {NESTING} deep")
    if id(node) in known:
        return known[id(node)]
    # An alias within what it names counts as endless.
    known[id(node)] = CONFIGURATION_ENTRIES + 1
    children = node.value if isinstance(node.value, list) else []
    flat = [part for child in children for part in (child if isinstance(child, tuple) else (child,))]
    count = 1
    for child in flat:
        count += _entries(child, known, depth + 1)
        if count > CONFIGURATION_ENTRIES:
            raise ValueError(f"more than {CONFIGURATION_ENTRIES} entries once its aliases are written out")
    known[id(node)] = count
    return count
