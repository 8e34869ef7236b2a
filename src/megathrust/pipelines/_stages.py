"""Finished stages of an unfinished run, so that the same command goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

from megathrust.core import replacing

Arrays = Mapping[str, npt.NDArray[Any]]


class StageStore:
    """Keeps arrays of finished stages in a folder until the run is whole.

    Parameters
    ----------
    folder : Path
        Where they lie; made on first use.
    fingerprint : str
        Of everything the run's numbers depend on: a stage of other input is never taken.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self._fingerprint = fingerprint

    def compute_or_recall(self, name: str, what: Any, compute: Callable[[], Arrays]) -> Arrays:
        """Return the stage's arrays from the folder, or compute and keep them.

        Parameters
        ----------
        name : str
            Stage name.
        what : object
            Whatever tells two stages of this name apart; JSON.
        compute : callable
            Gives a mapping of names to arrays.
        """
        arrays = self.recall(name, what)
        if arrays is None:
            arrays = compute()
            self.keep(name, what, arrays)
        return arrays

    def recall(self, name: str, what: Any) -> Arrays | None:
        """Return the stage's arrays, or None where it was not finished."""
        path = self._path(name, what)
        if not path.is_file():
            return None
        try:
            return safetensors.numpy.load_file(path)
        except SafetensorError:
            # A damaged stage is as good as none.
            path.unlink()
            return None

    def keep(self, name: str, what: Any, arrays: Arrays) -> None:
        """Write the arrays of a finished stage, whole or not at all."""
        with replacing(self._path(name, what)) as part:
            safetensors.numpy.save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, part)

    def _path(self, name: str, what: Any) -> Path:
        key = hashlib.sha256(json.dumps([self._fingerprint, name, what], sort_keys=True).encode()).hexdigest()
        return self.folder / f"{key[:32]}.safetensors"

    def clear(self) -> None:
        """Remove every stage."""
        shutil.rmtree(self.folder, ignore_errors=True)
