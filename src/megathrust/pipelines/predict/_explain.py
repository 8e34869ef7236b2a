"""What a saved model used on a table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import (
    BoolArray,
    FloatArray,
    InputError,
    ProgressCallback,
    TableError,
    fill_missing,
    refuse_same,
)
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    ExplainedStack,
    make_background,
)
from megathrust.models import SavedModel, load_model
from megathrust.pipelines.build import iter_open_table
from megathrust.pipelines.predict._usable import check_usable
from megathrust.pipelines.relevance import families_of, relevance_dataset
from megathrust.pipelines.work import writing_netcdf
from megathrust.table import MAGNITUDE_UNIT, FeatureTable, schema_path, with_indicators


def explain(
    model: str | os.PathLike[str] | SavedModel,
    table: FeatureTable,
    *,
    methods: Sequence[str] = ("relative-lrp",),
    rule: str = "epsilon",
    epsilon: float = 1e-6,
    contrast: str = "log-odds",
    background: Background | None = None,
    by_family: bool = True,
    progress: ProgressCallback | None = None,
) -> xr.Dataset:
    """Share what every network of a model says out among its features, for every segment of a table.

    What is explained is a class against the others (log-odds), or the magnitude, as it differs from its mean
    over a background of at most 32 segments that stand for the training segments: those of the table that
    the model's networks were trained on, or all of the table where the model does not know of any.

    Parameters
    ----------
    model : str, path_like or SavedModel
        A model folder, the name of a released model, or what `load_model` or `import_networks` gave.
    table : FeatureTable
        Needs the model's features, in any order; segments that lack one are left out.
    methods : sequence of str
        Of `megathrust.explanation.ATTRIBUTIONS`. ``"shapley"`` and ``"occlusion"`` explain families of
        features as wholes, see ``by_family``.
    rule : str
        One of `megathrust.explanation.RULES` or `megathrust.explanation.COMPOSITES`, for LRP.
    epsilon : float
        Stabiliser of the rule, > 0.
    contrast : {"log-odds", "outputs"}
        ``"outputs"`` for networks whose outputs are independent sigmoids, each the log-odds of its class.
    background : Background, optional
        Instead of the one described above.
    by_family : bool
        Whether ``"shapley"`` and ``"occlusion"`` switch families, or single features.
    progress : callable, optional
        Called with (members done, members in all), method by method.

    Returns
    -------
    Dataset
        ``relevance`` (method, member, class, segment, feature), ``family_relevance``, ``bias``, ``delta``:
        relevance and bias make delta. Along ``segment`` region, segment_number, s_km, lon, lat, and
        ``held_out`` (member, segment): whether the network was not trained on the segment; only there does
        relevance tell of more than memory.

    Raises
    ------
    ModelError
        If the model cannot be used, or was made for features that the table lacks.
    TableError
        If no segment has every feature that the model needs.
    InputError
        If a method, rule or contrast is unknown.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = load_builtin_table()
    >>> few = table.select_rows(table["region"] == "cas", "another region")
    >>> explain("great-regions", few)["relevance"].dims
    ('method', 'member', 'class', 'segment', 'feature')
    """
    saved = model if isinstance(model, SavedModel) else load_model(model)
    training, rest = _training_rows(saved, table)
    training = training if len(training) else rest
    background = make_background(training) if background is None else background
    asked = _Asked(tuple(methods), rule, epsilon, contrast, by_family)
    return _explained(saved, table, training, background, asked, progress)


@dataclass(frozen=True)
class _Asked:
    """How segments are explained; see `explain`."""

    methods: tuple[str, ...] = ("relative-lrp",)
    rule: str = "epsilon"
    epsilon: float = 1e-6
    contrast: str = "log-odds"
    by_family: bool = True


def _training_rows(saved: SavedModel, table: FeatureTable) -> tuple[FloatArray, FloatArray]:
    """Return the usable rows of a table that the networks were trained on, and all usable ones."""
    table = with_indicators(table, saved.feature_names)
    frame = table.frame[check_usable(saved, table)]
    values = frame[list(saved.feature_names)].to_numpy(dtype=np.float64)
    return values[_trained_on(saved, frame).any(0)], values


def _explained(
    saved: SavedModel,
    table: FeatureTable,
    training: FloatArray,
    background: Background,
    asked: _Asked,
    progress: ProgressCallback | None = None,
) -> xr.Dataset:
    """Explain the usable rows of a table; ``training`` says what stands for a missing value."""
    table = with_indicators(table, saved.feature_names)
    names = list(saved.feature_names)
    frame = table.frame[check_usable(saved, table)]
    values = fill_missing(frame[names].to_numpy(dtype=np.float64), training)
    columns = [table.columns[name] for name in names]
    unit = str(saved.notes.get("target_unit") or MAGNITUDE_UNIT)
    number = ("magnitude", unit) if unit == MAGNITUDE_UNIT else (str(saved.notes["target"]), unit)
    explained = ExplainedStack(saved.stack, asked.contrast, number=number)
    groups = tuple(families_of(columns)) if asked.by_family else None
    options = AttributionOptions(rule=asked.rule, epsilon=asked.epsilon, groups=groups, progress=progress)
    found = {
        _named(method, asked.rule): ATTRIBUTIONS[method](explained, values, background, options)
        for method in asked.methods
    }
    dataset = relevance_dataset(
        found,
        explained,
        columns,
        frame,
        {"all": background},
        members={"trained_in": [str(member.get("fold", "")) for member in saved.members]},
        more={"networks": repr(saved)},
    )
    return dataset.assign_coords(held_out=(("member", "segment"), ~_trained_on(saved, frame)))


def explain_file(
    model: str | os.PathLike[str] | SavedModel,
    table: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    every_member: bool = True,
    background: Background | None = None,
    **options: Any,
) -> Path:
    """Explain every segment of a table file block by block: memory does not grow with the table.

    Parameters
    ----------
    model : str, path_like or SavedModel
        As for `explain`.
    table : path_like
        Segment table; segments that lack a feature of the model are left out.
    out : path_like
        netCDF file (``.nc``) for what `explain` returns.
    every_member : bool
        Whether what each network says is written; else mean and standard deviation over the networks,
        ``relevance`` and ``relevance_spread``, a hundredth of the size.
    background : Background, optional
        As for `explain`; by default of the segments of the table that the networks were trained on, else of
        its first block.
    **options
        ``methods``, ``rule``, ``epsilon``, ``contrast`` and ``by_family`` of `explain`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MegathrustError
        As by `explain`, and if ``out`` is the table or cannot be written.
    """
    target = Path(out)
    if target.suffix != ".nc":
        raise InputError("unknown kind of file for relevance", given=out, allowed="a name ending in .nc")
    refuse_same(target, table, schema_path(table))
    saved = model if isinstance(model, SavedModel) else load_model(model)
    asked = _Asked(**options)
    training = _training_of_file(saved, table)
    background = make_background(training) if background is None else background
    with writing_netcdf(target) as append:
        for block in _usable_blocks(saved, table):
            said = _explained(saved, block, training, background, asked)
            append(said if every_member else _over_members(said))
    return target


def _usable_blocks(saved: SavedModel, table: str | os.PathLike[str]) -> Iterator[FeatureTable]:
    """Give the blocks of a table that hold a usable row; refuse a table without any."""
    found, unusable = False, TableError("the table has no rows", given=table)
    for block in iter_open_table(table, label_required=False):
        try:
            check_usable(saved, with_indicators(block, saved.feature_names))
        except TableError as error:
            unusable = error
            continue
        found = True
        yield block
    if not found:
        raise unusable


def _training_of_file(saved: SavedModel, table: str | os.PathLike[str]) -> FloatArray:
    """Return the rows of a table that the networks were trained on, else those of its first block."""
    training: list[FloatArray] = []
    first: list[FloatArray] = []
    for block in _usable_blocks(saved, table):
        trained, values = _training_rows(saved, block)
        training.append(trained)
        first = first or [values]
    trained = np.concatenate(training)
    return trained if len(trained) else first[0]


def _over_members(dataset: xr.Dataset) -> xr.Dataset:
    """Return mean and spread over the networks of whatever each of them says."""
    varying = [name for name, variable in dataset.data_vars.items() if "member" in variable.dims]
    with xr.set_options(keep_attrs=True):  # type: ignore[no-untyped-call]
        means = {name: dataset[name].mean("member") for name in varying}
        spreads = {f"{name}_spread": dataset[name].std("member") for name in varying}
    rest = dataset.drop_dims("member")
    return rest.assign({**means, **spreads})


def _named(method: str, rule: str) -> str:
    return f"{method}: {rule}" if method.endswith("lrp") else method


def _trained_on(model: SavedModel, frame: pd.DataFrame) -> BoolArray:
    """Return which networks were trained on which segments, (members, segments); none where unknown."""
    keys = (frame["region"].astype(str) + ":" + frame["segment"].astype(str)).to_numpy()
    known = {fold: np.isin(keys, list(segments)) for fold, segments in model.folds.items()}
    nothing = np.zeros(len(keys), dtype=bool)
    return np.stack([known.get(str(member.get("fold")), nothing) for member in model.members])
