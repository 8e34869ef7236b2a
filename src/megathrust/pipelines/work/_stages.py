"""Finished stages of an unfinished run, so that the same command goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy

from megathrust.core import replacing

Arrays = Mapping[str, npt.NDArray[Any]]

# Bytes of the checksum ahead of the arrays.
_DIGEST = 32


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

    def recall(self, name: str, what: Any) -> Arrays | None:
        """Return the arrays that were kept, or None where there are none or they were damaged since.

        Parameters
        ----------
        name : str
            Stage name.
        what : object
            Whatever tells two stages of this name apart; JSON.
        """
        path = self._path(name, what)
        if not path.is_file():
            return None
        try:
            content = path.read_bytes()
        except OSError:
            # What cannot be read is computed anew.
            return None
        digest, payload = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(payload).digest() != digest:
            path.unlink()
            return None
        return safetensors.numpy.load(payload)

    def keep(self, name: str, what: Any, arrays: Arrays) -> None:
        """Write the arrays of a finished stage, whole or not at all."""
        payload = safetensors.numpy.save({key: np.ascontiguousarray(array) for key, array in arrays.items()})
        with replacing(self._path(name, what)) as part:
            part.write_bytes(hashlib.sha256(payload).digest() + payload)

    def _path(self, name: str, what: Any) -> Path:
        key = hashlib.sha256(json.dumps([self._fingerprint, name, what], sort_keys=True).encode()).hexdigest()
        return self.folder / f"{key[:32]}.stage"
