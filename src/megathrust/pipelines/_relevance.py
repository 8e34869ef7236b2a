"""Relevance of every feature for every class and held-out segment, as one netCDF dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from megathrust.core import FloatArray, ProgressCallback
from megathrust.evaluation import predicted_class
from megathrust.explain import relevance
from megathrust.models import FCNStack
from megathrust.pipelines._experiment import Problem
from megathrust.splits import Fold


def relevance_dataset(
    stack: FCNStack,
    problem: Problem,
    folds: Sequence[Fold],
    members: Sequence[FloatArray],
    *,
    epsilon: float,
    progress: ProgressCallback | None = None,
) -> xr.Dataset:
    """Explain each segment by the members that were not fitted on it.

    Parameters
    ----------
    stack : FCNStack
        All members, fold by fold.
    problem : Problem
    folds : sequence of Fold
    members : sequence of ndarray
        Probabilities of each fold's members, (members, test rows, classes).
    epsilon : float
        Stabiliser of the epsilon rule.

    Returns
    -------
    Dataset
        ``relevance`` (member, class, segment, feature), ``bias_share`` and ``logit`` (member, class,
        segment); along ``segment`` region, s_km, lon, lat, scenario, observed and predicted class.
    """
    count = len(members[0])
    parts = []
    for number, fold in enumerate(folds):
        own = stack.select(range(number * count, (number + 1) * count))
        parts.append(relevance(own, problem.features[fold.test], epsilon=epsilon))
        if progress is not None:
            progress(number + 1, len(folds))
    rows = np.concatenate([fold.test for fold in folds])
    frame = problem.table.frame.iloc[rows]
    columns = [problem.table.columns[name] for name in problem.table.feature_names]
    predicted = predicted_class(np.concatenate([p.mean(0) for p in members]))
    logit = ("member", "class", "segment")
    return xr.Dataset(
        {
            "relevance": (
                (*logit, "feature"),
                np.concatenate([part.features for part in parts], axis=2).astype(np.float32),
                {"units": "1", "long_name": "share of the feature in the logit of the class"},
            ),
            "bias_share": (
                logit,
                np.concatenate([part.bias for part in parts], axis=2),
                {"units": "1", "long_name": "share of biases and stabiliser in the logit of the class"},
            ),
            "logit": (
                logit,
                np.concatenate([part.logits for part in parts], axis=2),
                {"units": "1", "long_name": "explained output"},
            ),
        },
        coords={
            "feature": ("feature", [column.name for column in columns]),
            "feature_family": ("feature", [column.family for column in columns]),
            "feature_group": ("feature", [column.group for column in columns]),
            "region": ("segment", frame["region"].to_numpy().astype(str)),
            "s_km": ("segment", frame["s_km"].to_numpy(), {"units": "km"}),
            "lon": ("segment", frame["lon"].to_numpy(), {"units": "degrees_east"}),
            "lat": ("segment", frame["lat"].to_numpy(), {"units": "degrees_north"}),
            "scenario": ("segment", np.repeat([f.name for f in folds], [len(f.test) for f in folds])),
            "observed_class": ("segment", problem.classes[rows]),
            "predicted_class": ("segment", predicted),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Layer-wise relevance of held-out segments",
            "method": f"LRP, epsilon rule, epsilon = {epsilon:g}; relevance + bias_share = logit",
        },
    )
