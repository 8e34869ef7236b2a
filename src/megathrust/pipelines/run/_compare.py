"""Runs side by side: what differs in what was asked, and how their networks differ where both look."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation import (
    PERSISTENCE,
    Prediction,
    bootstrap_units,
    classification_scores,
    paired_difference,
    rupture_weights,
)
from megathrust.models import derived_seed
from megathrust.pipelines.experiment import NETWORK, table_hash
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._shared import shared_segments
from megathrust.pipelines.tasks import ClassPredictand
from megathrust.plots import probability_style, relevance_style
from megathrust.report import ComparePage, Explorer, Variable, compare_page, write_page

#: Scores that are compared, by metric and class, in words.
_COMPARED: Mapping[tuple[str, str], str] = {
    ("f1", "macro"): "macro-F1",
    ("brier", "all"): "Brier score (less is better)",
    ("log_score", "all"): "log score in nats (less is better)",
}
_REPLICATES = 500


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs : DataFrame
        One row per run: segments, regions, ruptures, networks, the compared score of the networks and of the
        nearest segment's label in the run's own scenarios, p-values, verdict.
    settings : DataFrame
        Settings that differ, one column per run.
    differences : DataFrame
        One row per pair of runs and score: both values on the shared segments, and the difference with its
        95 % interval from one bootstrap over ruptures.
    segments : DataFrame
        Shared segments: region, segment, s_km, lon, lat, and per run the probability of the highest class.
    notes : tuple of str
        What the figures stand on.
    """

    runs: pd.DataFrame
    settings: pd.DataFrame
    differences: pd.DataFrame
    segments: pd.DataFrame
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the tables and notes as a terminal shows them."""
        parts = []
        for title, frame in (("Settings that differ", self.settings), ("Differences", self.differences)):
            text = frame.to_string(index=False, float_format="%.3f") if len(frame) else "none"
            parts += [f"{title}:", text, ""]
        return [self.runs.set_index("run").T.to_string(), "", *parts, *self.notes]

    def content(self) -> dict[str, Any]:
        """Return everything but the segments, ready for JSON."""
        return {
            "runs": _records(self.runs),
            "settings": _records(self.settings),
            "differences": _records(self.differences),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        frames = (self.runs, self.differences, self.settings)
        return "".join(frame.to_html(index=False, escape=True) for frame in frames)


@dataclass(frozen=True)
class _Side:
    """What one run says of every segment that it held out."""

    name: str
    run: Run
    frame: pd.DataFrame


def compare(folders: Sequence[str | os.PathLike[str]]) -> Comparison:
    """Set finished runs beside each other.

    The networks of two runs are compared on the segments that both held out, matched by their place, and that
    both label with the same class: the score over all of them at once, in one bootstrap over the ruptures of
    the first run.

    Parameters
    ----------
    folders : sequence of path_like
        Of two or more finished runs that classify.

    Raises
    ------
    InputError
        If there are fewer than two, a folder is no run, or a run predicts no classes.
    """
    if len(folders) < 2:
        raise InputError(
            "a comparison needs two runs", given=f"{len(folders)}", allowed="two or more folders"
        )
    names = _names([Path(folder) for folder in folders])
    sides = [_side(name, Run(folder)) for name, folder in zip(names, folders, strict=True)]
    notes: list[str] = []
    differences = [
        row for first, second in combinations(sides, 2) for row in _differences(first, second, notes)
    ]
    return Comparison(
        pd.DataFrame([_described(side) for side in sides]),
        _settings(sides),
        pd.DataFrame(differences, columns=list(_DIFFERENCE_COLUMNS)),
        _shared(sides),
        tuple(dict.fromkeys(notes)),
    )


def write_comparison(comparison: Comparison, out: str | os.PathLike[str]) -> Path:
    """Write a comparison as one page with tables and a map of the shared segments.

    Raises
    ------
    InputError
        If the name does not end in ``.html``.
    OutputError
        If the place cannot be written.
    """
    if Path(out).suffix != ".html":
        raise InputError("unknown kind of page", given=out, allowed="a name ending in .html")
    tables = {
        "What each run found in its own scenarios": _turned(comparison.runs),
        "Networks on the segments that two runs share": comparison.differences,
        "Settings that differ": comparison.settings,
    }
    page = ComparePage(
        title="Runs side by side",
        summary=f"{len(comparison.runs)} runs; {len(comparison.segments)} segments are in all of them.",
        tables={caption: frame.map(_told) for caption, frame in tables.items()},
        notes=comparison.notes,
        explorer=_explorer(comparison) if len(comparison.segments) else None,
    )
    return write_page(out, compare_page(page))


def _turned(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a column per run, which a page has room for."""
    turned = runs.set_index("run").T
    return turned.rename_axis(columns=None).rename_axis("what").reset_index()


def _names(folders: Sequence[Path]) -> list[str]:
    """Return short names of folders that tell them apart."""
    short = [folder.name or str(folder) for folder in folders]
    return [
        name if short.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(short, start=1)
    ]


def _side(name: str, run: Run) -> _Side:
    judgement = run.judgements[0]
    if not isinstance(judgement.predictand, ClassPredictand):
        raise InputError(
            "only runs that classify are compared", given=run.folder, allowed="task classes or both"
        )
    table, experiment = run.experiment.table, run.experiment
    parts = []
    for own, rival in zip(judgement.predictions[NETWORK], judgement.predictions[PERSISTENCE], strict=True):
        columns = {f"network_{c}": values for c, values in enumerate(own.predicted.T)}
        columns |= {f"rival_{c}": values for c, values in enumerate(rival.predicted.T)}
        parts.append(pd.DataFrame(columns, index=own.rows))
    said = pd.concat(parts).sort_index(kind="stable")
    # Published chunks share a few segments; the first prediction stands.
    said = said[~said.index.duplicated()]
    keys = table.frame.iloc[said.index][["region", "segment", "s_km", "lon", "lat"]].reset_index(drop=True)
    frame = keys.join(said.reset_index(drop=True))
    frame["observed"] = experiment.classes[said.index]
    frame["rupture"] = experiment.ruptures[said.index]
    return _Side(name, run, frame)


def _described(side: _Side) -> dict[str, Any]:
    run, judgement = side.run, side.run.judgements[0]
    means = judgement.mean_scores().set_index("model")
    table = run.experiment.table

    def score(model: str) -> str:
        row = means.loc[model]
        return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"

    return {
        "run": side.name,
        "folder": str(run.folder),
        "place": run.place,
        "segments": len(table),
        "regions": table.frame["region"].nunique(),
        "ruptures": run.experiment.ruptures_of_highest_class,
        "features": len(table.feature_names),
        "networks": len(run.answers[0].roster.members),
        f"networks, {judgement.predictand.metric_name}": score(NETWORK),
        PERSISTENCE: score(PERSISTENCE),
        "p of nulls": ", ".join(
            [f"{kind} {p:.3g}" for kind, p in judgement.verdict.p_values.items()]
            + [f"{kind}, all networks {p:.3g}" for kind, p in judgement.verdict.own_p_values.items()]
        )
        or "none",
        "beats rival and nulls": "yes" if judgement.verdict.passed else "no",
    }


def _settings(sides: Sequence[_Side]) -> pd.DataFrame:
    told = {}
    for side in sides:
        config = side.run.config.model_dump(mode="json")
        told[side.name] = pd.Series(
            {
                "table (sha256)": table_hash(side.run.table)[:12],
                "label": side.run.experiment.table.target(),
                **{key: str(value) for key, value in _flat(config).items() if key != "label"},
            }
        )
    frame = pd.DataFrame(told)
    different = frame.nunique(axis=1, dropna=False) > 1
    return frame[different].rename_axis("setting").reset_index()


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in settings.items():
        result |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return result


_DIFFERENCE_COLUMNS = (
    "first",
    "second",
    "model",
    "score",
    "segments",
    "ruptures",
    "of first",
    "of second",
    "second - first",
    "low",
    "high",
)


def _differences(first: _Side, second: _Side, notes: list[str]) -> list[tuple[Any, ...]]:
    pair = f"{first.name} and {second.name}"
    if first.run.config.thresholds != second.run.config.thresholds:
        notes.append(f"{pair} have other classes: their scores cannot be compared.")
        return []
    rows, others = shared_segments(first.frame, second.frame)
    one = first.frame.iloc[rows].reset_index(drop=True)
    two = second.frame.iloc[others].reset_index(drop=True)
    same = (one["observed"] == two["observed"]).to_numpy()
    one, two = one[same], two[same]
    notes.append(
        f"{pair} share {len(rows)} segments, matched by place within half a segment (of {len(first.frame)} "
        f"and {len(second.frame)}); {int((~same).sum())} of them, which the two label with other classes, "
        "are left out of the differences."
    )
    if not len(one) or one["observed"].nunique() < 2:
        notes.append(f"{pair} share no segments of two classes: nothing to compare.")
        return []
    observed, ruptures = one["observed"].to_numpy(), one["rupture"].to_numpy()
    weights = rupture_weights(
        bootstrap_units(
            one["region"].to_numpy(),
            one["s_km"].to_numpy(),
            np.unique(ruptures, return_inverse=True)[1],
            observed == observed.max(),
        ),
        replicates=_REPLICATES,
        seed=derived_seed(first.run.config.seed, "comparison"),
    )
    great = len(np.unique(ruptures[observed == observed.max()]))
    return [
        (
            first.name,
            second.name,
            model,
            words,
            len(one),
            great,
            *_one_difference(one, two, prefix, observed, weights, metric),
        )
        for model, prefix in (("networks", "network_"), (PERSISTENCE, "rival_"))
        for metric, words in _COMPARED.items()
    ]


def _one_difference(
    one: pd.DataFrame,
    two: pd.DataFrame,
    prefix: str,
    observed: IntArray,
    weights: FloatArray,
    metric: tuple[str, str],
) -> tuple[float, ...]:
    rows = np.arange(len(one))
    first, second = (_probabilities(frame, prefix) for frame in (one, two))
    said = {name: [Prediction("shared", rows, values)] for name, values in (("1", first), ("2", second))}
    difference, low, high = paired_difference(said["2"], said["1"], observed, weights, metric=metric)
    values = [_score(each, observed, metric) for each in (first, second)]
    return (*values, difference, low, high)


def _score(predicted: FloatArray, observed: IntArray, metric: tuple[str, str]) -> float:
    return float(classification_scores(observed, predicted)[metric][0])


def _probabilities(frame: pd.DataFrame, prefix: str) -> FloatArray:
    return np.asarray(frame[[name for name in frame if name.startswith(prefix)]].to_numpy(dtype=np.float64))


def _shared(sides: Sequence[_Side]) -> pd.DataFrame:
    """Return the segments of the first run that all others share, with what each says of them."""
    first = sides[0].frame
    frame = first[["region", "segment", "s_km", "lon", "lat"]].copy()
    for side in sides:
        rows, others = shared_segments(first, side.frame)
        said = np.full(len(frame), np.nan)
        said[rows] = _probabilities(side.frame, "network_")[others, -1]
        frame[f"probability, {side.name}"] = said
    return frame.dropna(subset=[f"probability, {side.name}" for side in sides]).reset_index(drop=True)


def _explorer(comparison: Comparison) -> Explorer:
    frame = comparison.segments
    chances = [name for name in frame if name.startswith("probability, ")]
    variables = [
        Variable(name, name, "Prediction", frame[name], probability_style("the highest class"), listed=True)
        for name in chances
    ]
    for name in chances[1:]:
        values = frame[name] - frame[chances[0]]
        label = f"{name.removeprefix('probability, ')} less {chances[0].removeprefix('probability, ')}"
        variables.append(
            Variable(f"difference, {label}", label, "Difference", values, relevance_style(0.5), listed=True)
        )
    return Explorer(
        frame[["region", "segment", "s_km", "lon", "lat"]].assign(left_out=False),
        tuple(variables),
        first=variables[-1].key,
        strip={"probability": chances[0]},
    )


def _told(value: Any) -> Any:
    return f"{value:.3f}" if isinstance(value, float) else value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(key): value.item() if isinstance(value, np.generic) else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]
