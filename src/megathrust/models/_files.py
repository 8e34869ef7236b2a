"""Saved models: a folder of safetensors and JSON, never pickle."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
import safetensors.torch
from safetensors import SafetensorError

from megathrust.core import InputError, ModelError, replacing, replacing_folder, sha256_of, write_json
from megathrust.models._architecture import FCNArchitecture
from megathrust.models._card import model_card
from megathrust.models._heads import Heads
from megathrust.models._released import find_model
from megathrust.models._saved import SavedModel
from megathrust.models._stack import FCNStack

_KIND = "megathrust FCN stack"
_FORMAT = 1
_WEIGHTS, _DESCRIPTION = "weights.safetensors", "model.json"
_ARRAYS, _CARD = "arrays.safetensors", "README.md"


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
    with replacing_folder(folder, overwrite=overwrite) as part:
        tensors = {name: tensor.contiguous() for name, tensor in model.stack.state_dict().items()}
        with replacing(part / _WEIGHTS) as weights:
            safetensors.torch.save_file(tensors, weights)
        hashes = {"weights_sha256": sha256_of(part / _WEIGHTS)}
        if model.arrays:
            with replacing(part / _ARRAYS) as arrays:
                safetensors.numpy.save_file(
                    {name: np.ascontiguousarray(array) for name, array in model.arrays.items()}, arrays
                )
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
    SavedModel(FCNStack(70 networks: 62 features, 64 x 64, 2 outputs), classes parted at Mw 8)
    """
    root = find_model(folder)
    description = _read_description(root)
    weights = _proved(root / _WEIGHTS, description.get("weights_sha256"), "weights")
    try:
        architecture = _architecture(description["architecture"])
        empty = np.zeros((int(description["members_count"]), architecture.n_features))
        stack = FCNStack(architecture, empty, empty)
        stack.load_state_dict(safetensors.torch.load_file(weights))
        features = description["features"]
        return SavedModel(
            stack.eval(),
            tuple(str(feature["name"]) for feature in features),
            tuple(str(feature["unit"]) for feature in features),
            tuple(float(threshold) for threshold in description["thresholds"]),
            tuple(description["members"]),
            {name: tuple(segments) for name, segments in description["folds"].items()},
            description["notes"],
            _read_arrays(root, description),
        )
    except (InputError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            "the description and the weights of the model do not fit", given=str(error).splitlines()[0]
        ) from error


def _read_arrays(root: Path, description: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    # A model without them, such as one of an earlier version, can still predict.
    if "arrays_sha256" not in description:
        return {}
    return safetensors.numpy.load_file(_proved(root / _ARRAYS, description["arrays_sha256"], "arrays"))


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


def _read_description(root: Path) -> dict[str, Any]:
    path = root / _DESCRIPTION
    if not path.is_file():
        raise ModelError("there is no such model", given=root, allowed=f"a folder with {_DESCRIPTION}")
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{_DESCRIPTION} is no JSON", given=str(error)) from error
    if not isinstance(description, dict) or description.get("kind") != _KIND:
        raise ModelError("the file is no model of megathrust", given=path, allowed=f"kind: {_KIND}")
    if description.get("format") != _FORMAT:
        raise ModelError(
            "the model has a format this version cannot read",
            given=description.get("format"),
            allowed=_FORMAT,
            action="use the version of megathrust that saved it",
        )
    return description
