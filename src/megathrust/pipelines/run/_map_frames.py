"""Segments of a run as maps and strips need them: predictions, what was observed, what was left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from megathrust.evaluation import predicted_class
from megathrust.pipelines.build import read_map_layers
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._likeness import held_out_likeness
from megathrust.plots import MapLayers, rupture_extents

#: Below it, a magnitude of a table stands for no event.
LOWEST_MAGNITUDE = 4.0

_PLACE = ["region", "s_km", "lon", "lat"]


def held_out(run: Run, judgement: Judgement) -> pd.DataFrame:
    """Return one row per segment with what the networks say of it, held out, and the rows left out.

    Returns
    -------
    DataFrame
        Columns region, s_km, lon, lat, fold, observed_magnitude (Mw), ``left_out``, ``outside`` (too unlike
        the rows that the networks were fitted on), those of the prediction file, and of classes
        ``probability`` (of the highest), ``predicted``, ``observed`` and ``spread``.
    """
    predictand, predictions = judgement.predictand, judgement.predictions[NETWORK]
    parts = []
    for fold, (each, said) in enumerate(zip(predictions, judgement.said, strict=True)):
        columns = {**predictand.columns(each.predicted), **predictand.own_columns(said)}
        parts.append(pd.DataFrame(columns, index=each.rows).assign(fold=fold))
    # Published chunks share a few segments; a map shows each once.
    said_of = pd.concat(parts).sort_index(kind="stable")
    said_of = said_of[~said_of.index.duplicated()]
    table = run.experiment.table
    frame = table.frame.loc[said_of.index, _PLACE].join(said_of)
    frame["observed_magnitude"] = table.magnitudes()[said_of.index]
    outside = np.zeros(len(run.experiment.table), dtype=bool)
    for scenario, unlike in zip(run.experiment.folds, held_out_likeness(run).outside, strict=True):
        outside[scenario.test] = unlike
    frame["outside"] = outside[said_of.index]
    return pd.concat([frame.assign(left_out=False), _left_out(run)], ignore_index=True)


def classified(run: Run, judgement: Judgement) -> pd.DataFrame:
    """Return `held_out` of a judgement on classes, with the names that figures of classes know."""
    frame = held_out(run, judgement)
    columns = [name for name in frame if name.startswith("probability_") and name != "probability_spread"]
    kept = ~frame["left_out"].to_numpy(dtype=bool)
    probabilities = frame.loc[kept, columns].to_numpy(dtype=np.float64)
    frame["probability"], frame["spread"] = frame[columns[-1]], frame["probability_spread"]
    frame.loc[kept, "predicted"] = predicted_class(probabilities)
    observed = np.sum(
        frame.loc[kept, ["observed_magnitude"]].to_numpy() >= np.asarray(run.config.thresholds), axis=1
    )
    frame.loc[kept, "observed"] = observed
    return frame


def _left_out(run: Run) -> pd.DataFrame:
    """Return the rows of the given table that are not complete."""
    keys = ["region", "segment"]
    kept = pd.MultiIndex.from_frame(run.experiment.table.frame[keys])
    absent = ~pd.MultiIndex.from_frame(run.table.frame[keys]).isin(kept)
    return run.table.frame.loc[absent, _PLACE].assign(left_out=True)


def ruptures_of(run: Run) -> pd.DataFrame | None:
    """Return the great ruptures that the table's label knows, none where it names none."""
    table = run.table
    target = run.experiment.table.target()
    if not {f"{target}_{name}" for name in ("rupture", "date", "quality")} <= set(table.frame):
        return None
    return rupture_extents(table.frame, magnitude=target, least=8.0)


def layers_of(run: Run) -> MapLayers:
    """Return what maps of the run show beside its values."""
    layers = read_map_layers(run.table.frame["region"])
    return replace(layers, ruptures=ruptures_of(run), label_least=8.5)


def warning_of(judgement: Judgement) -> str | None:
    """Return what figures of networks say that do not beat their rivals."""
    if judgement.verdict.passed:
        return None
    return f"{NETWORK} is not shown to beat its rivals and nulls: this describes the model, not the Earth"
