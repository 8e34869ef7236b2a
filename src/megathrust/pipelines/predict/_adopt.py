"""Networks trained elsewhere, from a file that describes them to a model that is scored and explained."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from megathrust.core import FolderKind, InputError, read_yaml, reading, short_repr
from megathrust.models import SavedModel, import_networks, save_model
from megathrust.pipelines.predict._evaluate import ModelEvaluation, evaluate_model
from megathrust.pipelines.predict._explain import explain_file
from megathrust.pipelines.settings import Frozen, validated
from megathrust.pipelines.work import workplace
from megathrust.table import read_table

_FOLDER = FolderKind(
    "imported model",
    ("model/model.json",),
    lambda folder: tuple(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()),
)

_Numbers = float | tuple[float, ...] | tuple[tuple[float, ...], ...]


class ScalingConfig(Frozen):
    """What the training did to features: one number, one per feature, or one list per network."""

    mean: _Numbers
    std: _Numbers
    power: _Numbers | None = None


class ImportConfig(Frozen):
    """Networks trained elsewhere; paths are relative to the file that names them."""

    networks: tuple[str, ...] = Field(min_length=1)
    features: tuple[str, ...] = Field(min_length=1)
    scaling: ScalingConfig
    thresholds: tuple[float, ...] = Field(min_length=1)
    head: Literal["softmax", "sigmoid"] | None = None
    activation: str | None = None
    batch_norm: Literal["before", "after"] | None = None
    layer_order: tuple[str, ...] | None = None
    training_segments: str | None = None
    title: str = "Model card: networks trained elsewhere"


@short_repr
@dataclass(frozen=True)
class Adopted:
    """A model of networks that were trained elsewhere, and what it is worth where that can be said.

    Attributes
    ----------
    model : SavedModel
    folder : Path
    evaluation : ModelEvaluation or None
        None without a table.
    """

    model: SavedModel
    folder: Path
    evaluation: ModelEvaluation | None

    def sentences(self) -> list[str]:
        """Return what was read, and the scores."""
        told = self.model.notes["imported"]
        said = "" if told["head_said"] else " (assumed: say it by head)"
        lines = [
            f"{self.model.stack.members} networks of {len(self.model.feature_names)} features; scaling: "
            f"{told['scaling']}; head: {told['head']}{said}."
        ]
        return lines if self.evaluation is None else [*lines, *self.evaluation.sentences()]


def adopt(
    description: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    table: str | os.PathLike[str] | None = None,
    label: str | None = None,
    overwrite: bool = False,
) -> Adopted:
    """Import networks, save them as a model, and score and explain them on a table, all in one folder.

    Parameters
    ----------
    description : path_like
        YAML file with ``networks`` (files of state dicts), ``features``, ``scaling`` (``mean``, ``std`` and,
        for Yeo-Johnson, ``power``), ``thresholds``, and where they are needed ``head``, ``activation``,
        ``batch_norm``, ``layer_order``; ``training_segments`` is a CSV file with columns ``network``
        (counted from 0) and ``segment`` (``region:segment``), without which no score can be given.
    out : path_like
        Folder for ``model``, and with a table ``scores.csv`` and ``relevance.nc``.
    table : path_like, optional
        Labelled segment table.
    label : str, optional
        Target; the table's first one by default.
    overwrite : bool
        Whether a folder that an earlier call wrote is replaced.

    Raises
    ------
    MegathrustError
        If the description, a network or the table cannot be used, or the folder cannot be written.
    """
    path = Path(description)
    model = imported_model(path)
    known = None if table is None else read_table(table, label=label)
    with workplace(out, _FOLDER, overwrite=overwrite) as (folder, _):
        save_model(model, folder / "model")
        evaluation = None
        if known is not None and table is not None:
            evaluation = evaluate_model(model, known, label=label)
            evaluation.scores.to_csv(folder / "scores.csv", index=False)
            contrast = "outputs" if model.stack.architecture.heads.sigmoid else "log-odds"
            explain_file(model, table, folder / "relevance.nc", contrast=contrast)
    return Adopted(model, Path(out), evaluation)


def imported_model(path: Path) -> SavedModel:
    """Return the model that a YAML file describes."""
    content = read_yaml(path, "a description of networks")
    if not isinstance(content, dict):
        raise InputError("the description of networks is no mapping", given=path)
    asked = validated(ImportConfig, content)
    near = path.parent
    segments = None
    if asked.training_segments is not None:
        segments = _segments(near / asked.training_segments, len(asked.networks))
    return import_networks(
        [near / name for name in asked.networks],
        feature_names=asked.features,
        mean=_array(asked.scaling.mean),
        std=_array(asked.scaling.std),
        power=None if asked.scaling.power is None else _array(asked.scaling.power),
        thresholds=asked.thresholds,
        head=asked.head,
        activation=asked.activation,
        batch_norm=asked.batch_norm,
        layer_order=asked.layer_order,
        training_segments=segments,
        notes={"title": asked.title},
    )


def _array(values: Any) -> npt.NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except ValueError as error:
        raise InputError(
            "the lists of a scaling differ in length", action="give each network a number for every feature"
        ) from error


def _segments(path: Path, networks: int) -> list[Sequence[str]]:
    """Return the training segments of every network."""
    with reading(path, "training segments", error=InputError):
        frame = pd.read_csv(path, dtype={"network": "int64", "segment": str})
    lacking = {"network", "segment"} - set(frame)
    if lacking:
        raise InputError(
            "the file of training segments lacks a column",
            given=path,
            allowed="network (counted from 0), segment (region:segment)",
        )
    found = [frame["segment"][frame["network"] == number].tolist() for number in range(networks)]
    if not all(found):
        raise InputError(
            "a network has no training segment",
            given=f"network {[bool(each) for each in found].index(False)} in {path}",
        )
    return found
