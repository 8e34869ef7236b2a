"""Apply a saved model to another table."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import InputError, replacing
from megathrust.evaluation import predicted_class
from megathrust.models import SavedModel, check_features, load_model
from megathrust.pipelines._record import segment_names
from megathrust.table import FeatureTable

_WRITERS = (".csv", ".parquet")


def predict(
    model: str | os.PathLike[str] | SavedModel, table: FeatureTable, out: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Predict class probabilities of every segment of a table with every member of a saved stack.

    Parameters
    ----------
    model : path_like or SavedModel
        A model folder, or what `load_model` gave.
    table : FeatureTable
        Needs the model's features, in any order; a label is not needed.
    out : path_like, optional
        ``.csv`` or ``.parquet`` file for the result.

    Returns
    -------
    DataFrame
        A row per segment, in the table's order: where it is, ``probability_<class>`` (mean over
        members), ``probability_spread`` (standard deviation over members, of the highest class),
        ``predicted_class``, ``trained_on_share`` (share of the members that saw this very segment in
        training: there the prediction is no test). A segment that lacks a feature has empty numbers and
        its reason in ``note``.

    Raises
    ------
    ModelError
        If the model cannot be used, or was made for features that the table lacks.
    InputError
        If ``out`` ends in something else.
    """
    if out is not None and Path(out).suffix not in _WRITERS:
        raise InputError(
            "unknown kind of prediction file", given=out, allowed="names ending in " + ", ".join(_WRITERS)
        )
    saved = model if isinstance(model, SavedModel) else load_model(model)
    check_features(saved, table.feature_names)
    features = table.frame[list(saved.feature_names)]
    whole = features.notna().all(axis=1).to_numpy()
    probabilities = saved.stack.probabilities(features.to_numpy(dtype=np.float64)[whole])
    frame = table.frame[["region", "segment", "s_km", "lon", "lat"]].copy()
    mean = probabilities.mean(0)
    for c in range(mean.shape[1]):
        frame[f"probability_{c}"] = _spread_out(mean[:, c], whole)
    frame["probability_spread"] = _spread_out(probabilities[:, :, -1].std(0), whole)
    frame["predicted_class"] = pd.array(_spread_out(predicted_class(mean), whole), dtype="Int64")
    frame["trained_on_share"] = _trained_on_share(saved, table)
    frame["note"] = [
        "" if row.all() else "missing " + ", ".join(features.columns[~row])
        for row in features.notna().to_numpy()
    ]
    if out is not None:
        with replacing(out) as part:
            if Path(out).suffix == ".csv":
                frame.to_csv(part, index=False, float_format="%.10g")
            else:
                frame.to_parquet(part, index=False)
    return frame


def _spread_out(values: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Put the values of the whole rows where they belong, NaN elsewhere."""
    result = np.full(len(whole), np.nan)
    result[whole] = values
    return result


def _trained_on_share(saved: SavedModel, table: FeatureTable) -> np.ndarray:
    names = segment_names(table)
    seen = {fold: np.isin(names, list(segments)) for fold, segments in saved.folds.items()}
    return np.asarray(np.mean([seen[str(member["fold"])] for member in saved.members], axis=0))
