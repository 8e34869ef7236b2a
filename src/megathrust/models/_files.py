"""Saved models: a folder of safetensors and JSON, never pickle."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
import safetensors.torch
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError

from megathrust.core import (
    MODEL_PARAMETERS,
    FolderKind,
    InputError,
    ModelError,
    read_json,
    reading,
    replacing,
    replacing_folder,
    sha256_of,
    write_json,
)
from megathrust.models._architecture import FCNArchitecture, numbers_of
from megathrust.models._card import model_card
from megathrust.models._heads import Heads
from megathrust.models._released import find_model
from megathrust.models._saved import SavedModel
from megathrust.models._stack import FCNStack

_KIND = "megathrust FCN stack"
_FORMAT = 1
_WEIGHTS, _DESCRIPTION = "weights.safetensors", "model.json"
_ARRAYS, _CARD = "arrays.safetensors", "README.md"
_FOLDER = FolderKind("model", (_DESCRIPTION, _WEIGHTS), lambda folder: (_ARRAYS, _CARD))


def save_model(model: SavedModel, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a model as a folder, whole or not at all, with its card beside the weights.

    Raises
    ------
    OutputError
        If the folder exists already and ``overwrite`` is false, or cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_model(load_model("great-regions"), f"{folder}/mine")
    ...     load_model(f"{folder}/mine").thresholds
    (8.0,)
    """
    with replacing_folder(folder, _FOLDER, overwrite=overwrite) as part:
        tensors = {name: tensor.contiguous() for name, tensor in model.stack.state_dict().items()}
        with replacing(part / _WEIGHTS) as weights:
            # Bytes first: a full disk is then told by the system, not by a library.
            weights.write_bytes(safetensors.torch.save(tensors))
        hashes = {"weights_sha256": sha256_of(part / _WEIGHTS)}
        if model.arrays:
            with replacing(part / _ARRAYS) as arrays:
                held = {name: np.ascontiguousarray(array) for name, array in model.arrays.items()}
                arrays.write_bytes(safetensors.numpy.save(held))
            hashes["arrays_sha256"] = sha256_of(part / _ARRAYS)
        with replacing(part / _CARD) as card:
            card.write_text(model_card(model), encoding="utf-8")
        write_json(
            part / _DESCRIPTION,
            {
                "kind": _KIND,
                "format": _FORMAT,
                **hashes,
                "architecture": dataclasses.asdict(model.stack.architecture),
                "members_count": model.stack.members,
                "features": [
                    {"name": name, "unit": unit}
                    for name, unit in zip(model.feature_names, model.feature_units, strict=True)
                ],
                "thresholds": list(model.thresholds),
                "members": [dict(member) for member in model.members],
                "folds": {name: list(segments) for name, segments in model.folds.items()},
                "notes": dict(model.notes),
            },
        )


def load_model(folder: str | os.PathLike[str]) -> SavedModel:
    """Read a model.

    Parameters
    ----------
    folder : str or path_like
        A model folder, such as ``RUN/model``, or the name of a released model; see `find_model`.

    Raises
    ------
    ModelError
        If the folder is absent, of another kind or format, or its weights were altered.

    Examples
    --------
    >>> load_model("great-regions")
    SavedModel(FCNStack(70 networks: 83 features, 64 x 64, 2 outputs), classes parted at Mw 8)
    """
    root = find_model(folder)
    description = _read_description(root)
    weights = _proved(root / _WEIGHTS, description.weights_sha256, "weights")
    with reading(weights, "the weights of a model", error=ModelError):
        tensors = safetensors.torch.load_file(weights)
        try:
            return _assembled(description, tensors, _read_arrays(root, description))
        except (InputError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                "the description and the weights of the model do not fit", given=str(error)
            ) from error


def _assembled(
    description: _Description, tensors: Mapping[str, torch.Tensor], arrays: dict[str, npt.NDArray[Any]]
) -> SavedModel:
    architecture, members = _architecture(description.architecture), description.members_count
    announced = numbers_of(architecture, members)
    held = sum(tensor.numel() for tensor in tensors.values())
    if announced > held:
        raise InputError(
            "the description announces numbers that are not there", given=announced, allowed=held
        )
    if len(description.members) != members:
        raise InputError("members are described that are not there", given=len(description.members))
    empty = np.zeros((members, architecture.n_features))
    stack = FCNStack(architecture, empty, empty)
    stack.load_state_dict(tensors)
    return SavedModel(
        stack.eval(),
        tuple(feature.name for feature in description.features),
        tuple(feature.unit for feature in description.features),
        tuple(description.thresholds),
        tuple(description.members),
        {name: tuple(segments) for name, segments in description.folds.items()},
        description.notes.model_dump(exclude_unset=True),
        arrays,
    )


def _read_arrays(root: Path, description: _Description) -> dict[str, npt.NDArray[Any]]:
    # A model without them, such as one of an earlier version, can still predict.
    if description.arrays_sha256 is None:
        return {}
    path = _proved(root / _ARRAYS, description.arrays_sha256, "arrays")
    with reading(path, "the arrays of a model", error=ModelError):
        return safetensors.numpy.load_file(path)


def _proved(path: Path, sha256: object, what: str) -> Path:
    """Return the path of a file that is there and has the hash it was saved with."""
    if not path.is_file():
        raise ModelError(f"the model has no {what}", given=path.parent, allowed=f"a folder with {path.name}")
    if sha256_of(path) != sha256:
        raise ModelError(
            f"the {what} of the model are not those it was saved with",
            given=path,
            action="get an unaltered copy of the model",
        )
    return path


def _architecture(entries: dict[str, Any]) -> FCNArchitecture:
    heads = entries.get("heads")
    # Models saved before there were heads have one logit per class.
    return FCNArchitecture(**{**entries, "heads": None if heads is None else Heads(**heads)})


class _Feature(BaseModel):
    name: str
    unit: str


class _Notes(BaseModel):
    """What is told of a model; entries that only its card shows may hold anything."""

    model_config = ConfigDict(extra="allow")

    target_long_name: str | None = None
    verdict: list[str] = []
    may_be_missing: list[str] = []
    verdict_passed: bool | None = None


class _Description(BaseModel):
    """The file that says what the weights are."""

    weights_sha256: str
    arrays_sha256: str | None = None
    architecture: dict[str, Any]
    members_count: int = Field(ge=1, le=MODEL_PARAMETERS)
    features: list[_Feature]
    thresholds: list[Annotated[float, Field(allow_inf_nan=False)]]
    members: list[dict[str, Any]]
    folds: dict[str, list[str]]
    notes: _Notes


def _read_description(root: Path) -> _Description:
    path = root / _DESCRIPTION
    if not path.is_file():
        raise ModelError("there is no such model", given=root, allowed=f"a folder with {_DESCRIPTION}")
    content = read_json(path, "the description of a model", error=ModelError)
    if not isinstance(content, dict) or content.get("kind") != _KIND:
        raise ModelError("the file is no model of megathrust", given=path, allowed=f"kind: {_KIND}")
    if content.get("format") != _FORMAT:
        raise ModelError(
            "the model has a format this version cannot read",
            given=content.get("format"),
            allowed=_FORMAT,
            action="use the version of megathrust that saved it",
        )
    try:
        return _Description.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelError(
            f"the description of the model is wrong at {place}",
            given=first.get("input"),
            allowed=first["msg"],
        ) from error
