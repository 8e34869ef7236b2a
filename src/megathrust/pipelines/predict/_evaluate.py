"""A saved or imported model on a labelled table: every segment by the networks that did not see it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, FloatArray, InputError
from megathrust.evaluation import (
    BASELINES,
    Prediction,
    Rows,
    bootstrap_units,
    held_out_signs,
    rupture_weights,
    score_table,
)
from megathrust.models import SavedModel, load_model
from megathrust.pipelines.experiment import segment_names
from megathrust.pipelines.predict._usable import check_usable
from megathrust.table import FeatureTable, with_indicators

#: Rivals, fitted on the training segments of every fold.
RIVALS = ("region prior", "nearest segment", "extra trees")

_SHOWN = (("f1", "macro"), ("log_score", "all"), ("brier", "all"), ("roc_auc", "macro"))


@dataclass(frozen=True)
class ModelEvaluation:
    """How a model scores on a table.

    Attributes
    ----------
    scores : DataFrame
        Tidy scores of the networks and their rivals on the same segments (`SCORE_COLUMNS`), with intervals of
        a bootstrap over ruptures.
    segments, seen : int
        Segments that are scored, and those that every network was trained on: they are not.
    p_value : float
        Of the signs of held-out predictions (`held_out_signs`); NaN where a rupture lies on both sides of a
        fold, which makes that test void.
    """

    scores: pd.DataFrame
    segments: int
    seen: int
    p_value: float

    def sentences(self) -> list[str]:
        """Return the scores in words."""
        lines = [
            f"{self.segments} segments scored by networks that were not trained on them; {self.seen} that "
            "all of them were trained on are left out. Macro-F1, log score, Brier score, ROC-AUC with 95 % "
            "interval:"
        ]
        table = self.scores.set_index(["model", "metric", "class"])
        for model in self.scores["model"].unique():
            told = [table.loc[(model, *key)] for key in _SHOWN]
            lines.append(
                f"  {model:<18} " + "  ".join(f"{x.value:.3f} [{x.low:.3f}, {x.high:.3f}]" for x in told)
            )
        if np.isnan(self.p_value):
            lines.append(
                "No p-value: ruptures lie both in training and among the segments scored, so that "
                "autocorrelation alone scores here."
            )
        else:
            lines.append(f"Signs of held-out predictions: p = {self.p_value:.3g}.")
        return lines


def evaluate_model(
    model: str | os.PathLike[str] | SavedModel,
    table: FeatureTable,
    *,
    label: str | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> ModelEvaluation:
    """Score a model with classes on a table that knows the label, beside rivals.

    A network counts for a segment only if the segment is not among those that its fold was trained on.
    Rivals are fitted on the same training segments, fold by fold. Weights are as they are: nothing is trained
    again, and so no surrogate world either.

    Parameters
    ----------
    model : str, path_like or SavedModel
        Saved by a run, or from `megathrust.import_networks` with ``training_segments``.
    table : FeatureTable
        Needs the model's features and a target.
    label : str, optional
        Target; the table's first one by default.
    replicates, seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        If nobody recorded what the networks were trained on (in-sample, no score), the model has no classes,
        or every segment was trained on.
    ModelError
        If the model was made for features that the table lacks.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> found = evaluate_model("great-regions", load_builtin_table(), replicates=20)
    >>> found.segments, sorted(found.scores["model"].unique())
    (895, ['extra trees', 'nearest segment', 'networks', 'region prior'])
    """
    saved = model if isinstance(model, SavedModel) else load_model(model)
    _check(saved)
    table = with_indicators(table, saved.feature_names)
    whole = check_usable(saved, table)
    table = table.select_rows(whole, "lacks a feature of the model")
    rows = Rows(
        table.frame[list(saved.feature_names)].to_numpy(dtype=np.float64),
        table.frame["region"].to_numpy(),
        table.frame["s_km"].to_numpy(),
    )
    classes, ruptures = table.classes(saved.thresholds, label), table.ruptures(label)
    names = segment_names(table)
    trained = {fold: np.isin(names, list(segments)) for fold, segments in saved.folds.items()}
    trained = {fold: seen for fold, seen in trained.items() if seen.any() and not seen.all()}
    if not trained:
        raise InputError(
            "the networks were trained on every segment of the table, or on none",
            given=f"{len(table)} segments",
            action="give a table with the training segments of some folds, and others",
        )
    said = _by_fold(saved, rows, trained)
    for name in RIVALS:
        said[name] = {
            fold: BASELINES[name](
                rows.take(np.flatnonzero(seen)), classes[seen], rows.take(np.flatnonzero(~seen)),
                len(saved.thresholds) + 1, seed,
            )
            for fold, seen in trained.items()
        }  # fmt: skip
    units = bootstrap_units(rows.region, rows.s_km, ruptures, classes == classes.max())
    weights = rupture_weights(units, replicates=replicates, seed=seed)
    protocol = str(saved.notes.get("protocol", "held out"))
    parts = [
        score_table(name, protocol, np.nan, [_pooled(by_fold, trained)], classes, weights)
        for name, by_fold in said.items()
    ]
    scores = pd.concat(parts, ignore_index=True)
    unseen = np.logical_or.reduce([~seen for seen in trained.values()])
    return ModelEvaluation(
        scores[scores["scenario"] == "mean"].reset_index(drop=True),
        int(unseen.sum()),
        int((~unseen).sum()),
        _signs(said["networks"], trained, classes, ruptures, rows),
    )


def _check(saved: SavedModel) -> None:
    if not saved.stack.architecture.heads.classes:
        raise InputError("the model predicts no classes", action="evaluate a model with classes")
    if not {str(member.get("fold")) for member in saved.members} <= set(saved.folds):
        raise InputError(
            "nobody recorded what the networks were trained on: in-sample, no score",
            action="import them with training_segments",
        )


def _by_fold(
    saved: SavedModel, rows: Rows, trained: dict[str, BoolArray]
) -> dict[str, dict[str, FloatArray]]:
    """Return the mean of every fold's networks for the segments that they did not see."""
    own = {}
    for fold, seen in trained.items():
        members = [k for k, member in enumerate(saved.members) if str(member["fold"]) == fold]
        own[fold] = saved.stack.select(members).probabilities(rows.features[~seen]).mean(0)
    return {"networks": own}


def _pooled(by_fold: dict[str, FloatArray], trained: dict[str, BoolArray]) -> Prediction:
    """Return one prediction per segment: the mean over the folds that did not see it."""
    shape = len(next(iter(trained.values()))), next(iter(by_fold.values())).shape[1]
    total, count = np.zeros(shape), np.zeros(shape[0])
    for fold, said in by_fold.items():
        total[~trained[fold]] += said
        count += ~trained[fold]
    known = np.flatnonzero(count)
    return Prediction("all", known, total[known] / count[known, None])


def _signs(
    by_fold: dict[str, FloatArray],
    trained: dict[str, BoolArray],
    classes: np.ndarray,
    ruptures: np.ndarray,
    rows: Rows,
) -> float:
    """Return the p-value of the signs, NaN where they are void."""
    great = classes == classes.max()
    for seen in trained.values():
        if np.isin(ruptures[great & ~seen], ruptures[great & seen]).any():
            return float("nan")
    predictions = [Prediction(fold, np.flatnonzero(~trained[fold]), said) for fold, said in by_fold.items()]
    return held_out_signs(predictions, great.astype(np.float64), rows.region, rows.s_km).p
