"""What a saved model used on a table."""

from __future__ import annotations

import os

import numpy as np
import xarray as xr

from megathrust.core import ModelError
from megathrust.explanation import ATTRIBUTIONS
from megathrust.models import SavedModel, check_features, load_model
from megathrust.pipelines.tasks import class_names
from megathrust.table import FeatureTable


def explain(
    model: str | os.PathLike[str] | SavedModel,
    table: FeatureTable,
    *,
    attribution: str = "lrp",
    rule: str = "epsilon",
    epsilon: float = 1e-6,
) -> xr.Dataset:
    """Share the outputs of every network of a model out among its features, for every segment of a table.

    Every network explains every segment, those that it was trained on included: what is right on segments
    that a network never saw is told by a run, not here.

    Parameters
    ----------
    model : str, path_like or SavedModel
        A model folder, the name of a released model, or what `load_model` gave.
    table : FeatureTable
        Needs the model's features, in any order; segments that lack one are left out.
    attribution : str
        One of `megathrust.explanation.ATTRIBUTIONS`.
    rule : str
        One of `megathrust.explanation.RULES`.
    epsilon : float
        Stabiliser of the rule, > 0.

    Returns
    -------
    Dataset
        ``relevance`` (member, output, segment, feature), ``bias_share`` and ``explained`` (member, output,
        segment), in units of the explained output; along ``segment`` region, segment_number, s_km, lon, lat.
        ``relevance`` summed over features, and ``bias_share``, make ``explained``.

    Raises
    ------
    ModelError
        If the model cannot be used, was made for features that the table lacks, or no segment has them all.
    InputError
        If the attribution or the rule is unknown.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = load_builtin_table()
    >>> few = table.select_rows(table["region"] == "cas", "another region")
    >>> explain("great-regions", few)["relevance"].dims
    ('member', 'output', 'segment', 'feature')
    """
    saved = model if isinstance(model, SavedModel) else load_model(model)
    check_features(saved, table.feature_names)
    names = list(saved.feature_names)
    frame = table.frame.dropna(subset=names)
    if frame.empty:
        raise ModelError(
            "no segment has every feature of the model",
            given=f"{len(table)} segments",
            action="fill the gaps",
        )
    explained = ATTRIBUTIONS[attribution](
        saved.stack, frame[names].to_numpy(dtype=np.float64), rule=rule, epsilon=epsilon
    )
    axes = ("member", "output", "segment")
    heads = saved.stack.architecture.heads
    outputs = list(class_names(saved.thresholds)) if heads.class_outputs == len(saved.thresholds) + 1 else []
    outputs += [f"output {number}" for number in range(len(outputs), heads.n_outputs)]
    return xr.Dataset(
        {
            "relevance": ((*axes, "feature"), explained.features, {"units": "1"}),
            "bias_share": (axes, explained.bias, {"units": "1"}),
            "explained": (axes, explained.logits, {"units": "1"}),
        },
        coords={
            "output": ("output", outputs),
            "feature": ("feature", names),
            "region": ("segment", frame["region"].to_numpy().astype(str)),
            "segment_number": ("segment", frame["segment"].to_numpy()),
            **{name: ("segment", frame[name].to_numpy()) for name in ("s_km", "lon", "lat")},
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Relevance of the features of a model",
            "method": attribution,
        },
    )
