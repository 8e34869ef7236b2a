"""Labels to a day, events since then: what networks, their rivals and plain rates would have foretold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, FolderKind, InputError, write_json
from megathrust.evaluation import (
    LEAST_EVENTS,
    MolchanCurve,
    draw_rates,
    gambling_score,
    information_gain,
    molchan_curve,
)
from megathrust.features import day
from megathrust.pipelines.experiment import (
    NETWORK,
    Experiment,
    ensemble,
    fingerprint,
    make_experiment,
    predict_rivals,
    roster_of,
    train_task,
)
from megathrust.pipelines.forecast._events import catalogue_of, places_of, rows_of, segments_of, skill_p_value
from megathrust.pipelines.forecast._labels import labels_until
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, Work, open_engine, workplace
from megathrust.plots import plot_molchan, save_figure
from megathrust.table import FeatureTable

_FOLDER = FolderKind(
    "hindcast",
    ("about.json", "scores.csv"),
    lambda folder: ("events.csv", "maps.csv", *(path.name for path in folder.glob("molchan*"))),
)

#: What the gain and the gambling score are measured against.
REFERENCE = "rates of regions"

# No segment is left without any rate: of the whole, this share is spread evenly over trench length.
_FLOOR = 0.05


@dataclass(frozen=True)
class Hindcast:
    """Maps from labels to a day, scored with the events since.

    Attributes
    ----------
    until : str
    magnitude : float
        Smallest Mw of the class, and of the events that count.
    events : DataFrame
        Ruptures since then, each once, with ``row``, the segment in which it began.
    scores : DataFrame
        Per map: ``area_skill`` with ``p_value``, ``information_gain`` per event with ``low`` and ``high``,
        ``gambling_score``, both over ``REFERENCE``.
    curves : mapping of str to MolchanCurve
    relative : DataFrame
        Per segment and map, the share of all events that it expects to begin there.
    extent : bool
        Whether an event is spread over the segments that it ruptured, instead of lying where it began.
    """

    until: str
    magnitude: float
    events: pd.DataFrame
    scores: pd.DataFrame
    curves: dict[str, MolchanCurve]
    relative: pd.DataFrame
    extent: bool

    @property
    def place(self) -> str:
        """Where events count, in words."""
        return "one event each, spread over its extent" if self.extent else "one event each at its epicentre"

    def sentences(self) -> list[str]:
        """Return what was foretold how well, in words."""
        lines = [
            f"{len(self.events)} ruptures of Mw >= {self.magnitude:g} began since {self.until}, "
            f"{self.place}; area skill against trench length (0.5 knows nothing), information gain per event "
            "over the rates of regions:"
        ]
        lines += [
            f"  {row.map:<28} {row.area_skill:.2f} (p {row.p_value:.2g})  {row.information_gain:+.2f} "
            f"[{row.low:+.2f}, {row.high:+.2f}]  gambling {row.gambling_score:+.1f}"
            for row in self.scores.itertuples()
        ]
        if len(self.events) < LEAST_EVENTS:
            lines.append(f"TOO FEW EVENTS for any p-value: fewer than {LEAST_EVENTS}.")
        return lines


def hindcast(
    table: FeatureTable,
    ruptures: pd.DataFrame,
    config: RunConfig,
    work: Work,
    *,
    until: str,
    rivals: tuple[str, ...] = ("nearest segment", "logistic regression", "extra trees"),
    extent: bool = False,
) -> Hindcast:
    """Train on labels to a day and score later events.

    Every map is one of shares: in which segments, in which proportion, will events begin? Networks and rivals
    say it by the probability of the highest class of segments that were held out, so that a segment's own
    past does not help them; rates, with features or without, know all of the past.

    Parameters
    ----------
    table : FeatureTable
    ruptures : DataFrame
        As from `load_builtin_ruptures`.
    config : RunConfig
        Protocol, networks, thresholds: the highest one is the magnitude of the events.
    work : Work
    until : str
        Last day of the labels.
    rivals : tuple of str
        Names of baselines.
    extent : bool
        Whether events are spread over the segments that they ruptured, each still with the weight of one.

    Raises
    ------
    InputError
        If no event followed.
    """
    magnitude = config.thresholds[-1]
    before = labels_until(table, ruptures, until=until)
    experiment = make_experiment(before, config.model_copy(update={"label": None}))
    segments = segments_of(experiment.table)
    later = ruptures[
        (ruptures["time"] >= day(until) + pd.Timedelta(days=1))
        & (ruptures["magnitude"] >= magnitude)
        & (ruptures["magnitude_type"] == "Mw")
    ].reset_index(drop=True)
    rows = rows_of(segments, later["region"].to_numpy(dtype=object), later["s_km"].to_numpy())
    later = later.assign(row=rows)[rows >= 0].reset_index(drop=True)
    if later.empty:
        raise InputError("no event followed that could test labels", given=f"none since {until}")
    lengths = segments["length_km"].to_numpy()
    maps = _maps_of_rates(ruptures, segments, until, experiment.table.features())
    maps |= _maps_of_classes(experiment, work, rivals, lengths)
    scores, curves, relative = _scored(later, segments, maps, extent)
    return Hindcast(until, magnitude, later, scores, curves, relative, extent)


def _maps_of_rates(
    ruptures: pd.DataFrame, segments: pd.DataFrame, until: str, features: FloatArray
) -> dict[str, FloatArray]:
    catalogue = catalogue_of(ruptures, segments, since="1918-01-01", until=until, least=7.0)
    drawn = {
        REFERENCE: draw_rates(catalogue, draws=200, even=True),
        "smoothed past events": draw_rates(catalogue, draws=200),
        "rates with features": draw_rates(catalogue, draws=200, features=features),
    }
    return {name: each.above(8.0).mean(0) for name, each in drawn.items()}


def _maps_of_classes(
    experiment: Experiment, work: Work, rivals: tuple[str, ...], lengths: FloatArray
) -> dict[str, FloatArray]:
    """Return relative rates of held-out segments, by networks and rivals."""
    task = tasks_of(experiment.table, experiment.config)[0]
    predictand = task.leading
    fit = train_task(experiment, task, work)
    said = roster_of(experiment, task).said_of_test_rows(fit.stack, experiment.rows.features, predictand)
    predicted = {NETWORK: ensemble(predictand, experiment.folds, said)}
    predicted |= predict_rivals(experiment, predictand, rivals, work, title="fitting the rivals")
    maps = {}
    for name, parts in predicted.items():
        chance = np.empty(len(lengths))
        for part in parts:
            chance[part.rows] = part.predicted[:, -1]
        # The rate of a Poisson process that leaves a segment without event as often as predicted.
        maps[f"{name}, held out"] = -np.log1p(-np.clip(chance, 0.0, 0.999)) * lengths
    own = (experiment.classes == experiment.classes.max()).astype(np.float64)
    maps["has ruptured before"] = own * lengths
    maps["has not ruptured before"] = (1.0 - own) * lengths
    return maps


def _scored(
    later: pd.DataFrame, segments: pd.DataFrame, maps: dict[str, FloatArray], extent: bool
) -> tuple[pd.DataFrame, dict[str, MolchanCurve], pd.DataFrame]:
    """Return scores, curves and relative rates, as a `Hindcast` holds them."""
    lengths, rows = segments["length_km"].to_numpy(), places_of(segments, later, extent=extent)
    even = lengths / lengths.sum()
    shares = {name: _FLOOR * even + (1.0 - _FLOOR) * each / each.sum() for name, each in maps.items()}
    shares["trench length"] = even
    records, curves = [], {}
    for name, share in shares.items():
        curves[name] = molchan_curve(share / lengths, lengths, rows)
        gain = information_gain(share * len(rows), shares[REFERENCE] * len(rows), rows)
        chances, odds = (-np.expm1(-len(rows) * each) for each in (share, shares[REFERENCE]))
        records.append(
            {
                "map": name,
                "area_skill": curves[name].area_skill,
                "p_value": skill_p_value(share / lengths, segments, rows),
                "information_gain": gain.value,
                "low": gain.low,
                "high": gain.high,
                "gambling_score": gambling_score(chances, odds, rows),
            }
        )
    scores = pd.DataFrame.from_records(records).sort_values("area_skill", ascending=False, ignore_index=True)
    relative = pd.concat(
        [segments[["region", "segment", "s_km", "lon", "lat"]], pd.DataFrame(shares)], axis=1
    )
    return scores, curves, relative


def run_hindcast(
    table: FeatureTable,
    ruptures: pd.DataFrame,
    config: RunConfig,
    out: str | os.PathLike[str],
    *,
    until: str,
    extent: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> Hindcast:
    """Do a `hindcast` and write its numbers (scores, events, maps, curves) and the Molchan diagram.

    Parameters
    ----------
    table, ruptures, config, until, extent
        As of `hindcast`.
    out : path_like
        Folder; it appears only when everything is done.
    overwrite, progress, workers, processes, scheduler
        As of `megathrust.pipelines.run.run`.

    Raises
    ------
    MegathrustError
        If an argument cannot be used, or the folder cannot be written.
    """
    with (
        workplace(out, _FOLDER, overwrite=overwrite) as (folder, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        # What was computed for one day and table must not be recalled for another.
        before = fingerprint(labels_until(table, ruptures, until=until), config)
        work = Work(store, bars, engine, config.device).keyed(before)
        found = hindcast(table, ruptures, config, work, until=until, extent=extent)
        _write(found, folder)
    return found


def _write(found: Hindcast, folder: Path) -> None:
    found.scores.to_csv(folder / "scores.csv", index=False)
    found.events.to_csv(folder / "events.csv", index=False)
    found.relative.to_csv(folder / "maps.csv", index=False)
    steps = {
        name: pd.DataFrame({"alarm": curve.alarm, "missed": curve.missed})
        for name, curve in found.curves.items()
    }
    about = {"until": found.until, "magnitude": found.magnitude, "events": len(found.events)}
    about |= {"extent": found.extent}
    write_json(folder / "about.json", {**about, "sentences": found.sentences()})
    shown = found.scores["map"][~found.scores["map"].isin(["trench length", "has not ruptured before"])]
    curves = {name: (found.curves[name].alarm, found.curves[name].missed) for name in shown}
    save_figure(
        plot_molchan(curves, events=len(found.events)),
        folder / "molchan",
        numbers=steps,
        caption=f"Molchan diagram of the {len(found.events)} ruptures of Mw >= {found.magnitude:g} that "
        f"began after {found.until}, {found.place}; alarms by maps that know labels up "
        "to that day. Lower left is better."
        + (" The grey band is that of as many epicentres." if found.extent else ""),
    )
