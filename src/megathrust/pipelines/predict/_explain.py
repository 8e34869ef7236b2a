"""What a saved model used on a table."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import BoolArray, ProgressCallback, fill_missing
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    ExplainedStack,
    make_background,
)
from megathrust.models import SavedModel, load_model
from megathrust.pipelines.predict._usable import check_usable
from megathrust.pipelines.relevance import families_of, relevance_dataset
from megathrust.table import FeatureTable, with_indicators


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
    table = with_indicators(table, saved.feature_names)
    names = list(saved.feature_names)
    frame = table.frame[check_usable(saved, table)]
    values = frame[names].to_numpy(dtype=np.float64)
    columns = [table.columns[name] for name in names]
    trained = _trained_on(saved, frame)
    training = values[trained.any(0)] if trained.any() else values
    if background is None:
        background = make_background(training)
    values = fill_missing(values, training)
    explained = ExplainedStack(saved.stack, contrast)
    groups = tuple(families_of(columns)) if by_family else None
    options = AttributionOptions(rule=rule, epsilon=epsilon, groups=groups, progress=progress)
    found = {
        _named(method, rule): ATTRIBUTIONS[method](explained, values, background, options)
        for method in methods
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
    return dataset.assign_coords(held_out=(("member", "segment"), ~trained))


def _named(method: str, rule: str) -> str:
    return f"{method}: {rule}" if method.endswith("lrp") else method


def _trained_on(model: SavedModel, frame: pd.DataFrame) -> BoolArray:
    """Return which networks were trained on which segments, (members, segments); none where unknown."""
    keys = (frame["region"].astype(str) + ":" + frame["segment"].astype(str)).to_numpy()
    known = {fold: np.isin(keys, list(segments)) for fold, segments in model.folds.items()}
    nothing = np.zeros(len(keys), dtype=bool)
    return np.stack([known.get(str(member.get("fold")), nothing) for member in model.members])
