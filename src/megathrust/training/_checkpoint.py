"""Checkpoints: all that a training needs to go on, in one file that is whole or absent."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from megathrust.core import FloatArray, ModelError, replacing
from megathrust.models import FCNArchitecture
from megathrust.training._network import Member, TrainingOptions
from megathrust.training._targets import Targets

_KEY = "megathrust checkpoint"

# Bytes of the checksum ahead of the tensors.
_DIGEST = 32


def fingerprint(
    features: FloatArray,
    targets: Targets,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
) -> str:
    """Return 64 hexadecimal digits that differ when anything that a training depends on differs."""
    settings = dataclasses.asdict(architecture), dataclasses.asdict(options)
    digest = hashlib.sha256(repr(settings).encode())
    entries: list[Any] = [features, targets.classes, targets.magnitudes]
    for member in members:
        entries += [getattr(member, field.name) for field in dataclasses.fields(member)]
    for entry in entries:
        if isinstance(entry, np.ndarray):
            digest.update(f"{entry.dtype}{entry.shape}".encode())
            digest.update(np.ascontiguousarray(entry).tobytes())
        else:
            digest.update(repr(entry).encode())
    return digest.hexdigest()


def write_checkpoint(
    path: str | os.PathLike[str], tensors: Mapping[str, Tensor], record: Mapping[str, Any]
) -> None:
    """Write tensors (safetensors) and a record (JSON in its header) as one file, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    payload = safetensors.torch.save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
        metadata={_KEY: json.dumps(record)},
    )
    with replacing(path) as part:
        part.write_bytes(hashlib.sha256(payload).digest() + payload)


def read_checkpoint(path: str | os.PathLike[str], *, of: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return tensors and record of a checkpoint.

    Parameters
    ----------
    path : path_like
    of : str
        Fingerprint of the training that shall go on.

    Raises
    ------
    ModelError
        If the file is no checkpoint, was changed since, or is one of another training.
    """
    try:
        content = Path(path).read_bytes()
        payload = content[_DIGEST:]
        if hashlib.sha256(payload).digest() != content[:_DIGEST]:
            raise ValueError("its bytes are not those that were written")
        length = int.from_bytes(payload[:8], "little")
        record = json.loads(json.loads(payload[8 : 8 + length])["__metadata__"][_KEY])
        tensors = safetensors.torch.load(payload)
    except (SafetensorError, LookupError, TypeError, ValueError) as error:
        raise ModelError(
            "the file is no checkpoint of a training",
            given=path,
            action="remove it or name another file for the checkpoint",
        ) from error
    if record["training"] != of:
        raise ModelError(
            "the checkpoint belongs to another training",
            given=path,
            allowed="the same data, members, architecture and options",
            action="remove it or name another file for the checkpoint",
        )
    return tensors, record
