"""Where a run grows until it is whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from megathrust.core import MegathrustError, OutputError, cannot_write
from megathrust.pipelines.work._stages import StageStore


@contextmanager
def workplace(
    out: str | os.PathLike[str], *, overwrite: bool = False, start_from: Path | None = None
) -> Iterator[tuple[Path, StageStore]]:
    """Give a folder that becomes ``out`` once the block ends well, and a store of finished work.

    Both lie in ``<out>.stages``. A block that is interrupted leaves them, and the same call finds them again;
    one that is refused before anything was computed leaves nothing.

    Parameters
    ----------
    out : path_like
        The folder that the block's result shall become.
    overwrite : bool
        Whether a folder that already stands there is replaced.
    start_from : Path, optional
        Folder whose files the new one begins with.

    Raises
    ------
    OutputError
        If ``out`` exists already and ``overwrite`` is false, or cannot be written.
    """
    target = Path(out)
    if target.exists() and not overwrite and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(
            "the output folder exists already", given=target, action="name another folder or pass --overwrite"
        )
    stages = target.with_name(target.name + ".stages")
    folder = stages / "run"
    try:
        if start_from is not None and not folder.exists():
            shutil.copytree(start_from, folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(target, error) from error
    try:
        yield folder, StageStore(stages, "")
    except MegathrustError:
        if not any(stages.glob("*.stage")):
            shutil.rmtree(stages, ignore_errors=True)
        raise
    _put_in_place(folder, target)
    shutil.rmtree(stages, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    """Move a folder to its name; what stood there is set aside first and deleted last."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as aside:
            old = Path(aside) / "old"
            if target.exists():
                target.rename(old)
            try:
                folder.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
    except OSError as error:
        raise cannot_write(target, error) from error
