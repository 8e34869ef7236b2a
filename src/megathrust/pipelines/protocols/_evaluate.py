"""Models as rows, protocols as columns: score, interval, and p against each model's own kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from megathrust.core import FolderKind, InputError, replacing, short_repr, write_csv, write_json
from megathrust.pipelines.experiment import (
    NETWORK,
    Experiment,
    Judgement,
    collect,
    fingerprint,
    inner_folds,
    judge,
    make_experiment,
    train_task,
)
from megathrust.pipelines.protocols._columns import PROTOCOLS, named_protocol, protocol_name
from megathrust.pipelines.settings import ProtocolConfig, RunConfig
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, Work, open_engine, workplace
from megathrust.plots import plot_protocol_scores, save_figure
from megathrust.table import FeatureTable

_SCORES, _ANSWER, _FIGURE, _CONFIG = "protocols.csv", "protocols.json", "protocols.png", "config.yaml"
_FOLDER = FolderKind("evaluation of protocols", (_SCORES, _ANSWER), lambda folder: (_FIGURE, _CONFIG))

_READING = (
    "Cells: score of all held-out segments together, its 95 % interval, median of the model's own null, p. "
    "Of several kinds of null that of the largest p is shown; the file beside has all."
)


@short_repr
@dataclass(frozen=True)
class ProtocolScores:
    """What every model scores under every protocol.

    Attributes
    ----------
    table : DataFrame
        One row per protocol, model and kind of null: protocol, model, value, low, high (95 %), null (kind),
        null_value (median), null_low, null_high (95 % of worlds), p, worlds, segments, ruptures (of the
        highest class). Without a null of its own a model has one row, with NaN there.
    refused : mapping of str to str
        Protocols that the table does not allow for, and why.
    metric : str
        What is scored, over all held-out segments together.
    lower_is_better : bool
    """

    table: pd.DataFrame
    refused: dict[str, str]
    metric: str
    lower_is_better: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the networks and the strongest rival score under each protocol."""
        lines = [f"{self.metric[0].upper()}{self.metric[1:]} of all held-out segments together:"]
        for protocol, part in self.table.groupby("protocol", sort=False):
            rows = part.drop_duplicates("model").set_index("model")["value"]
            rivals = rows.drop(NETWORK)
            best = rivals.idxmin() if self.lower_is_better else rivals.idxmax()
            own = part[(part["model"] == NETWORK) & part["p"].notna()]
            p = ", ".join(f"p {p:.3g} ({kind})" for kind, p in zip(own["null"], own["p"], strict=True))
            lines.append(
                f"  {protocol:<24} {NETWORK} {rows[NETWORK]:.3f}{', ' if p else ''}{p}; "
                f"strongest rival {best} {rivals[best]:.3f}"
            )
        lines += [f"  {name:<24} not possible: {why}" for name, why in self.refused.items()]
        return tuple(lines)

    def content(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        plain = self.table.astype(object).where(self.table.notna(), None)
        return {
            "metric": self.metric,
            "lower_is_better": self.lower_is_better,
            "sentences": list(self.sentences),
            "refused": dict(self.refused),
            "scores": plain.to_dict(orient="records"),
        }


def evaluate_protocols(
    table: FeatureTable,
    config: RunConfig,
    out: str | os.PathLike[str],
    *,
    protocols: Sequence[str] = PROTOCOLS,
    overwrite: bool = False,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> ProtocolScores:
    """Train, score, and compare every model with its own kind, under one protocol after the other.

    Every protocol trains networks of its own, and so do its surrogate worlds. All scores are those of the
    held-out segments of all scenarios together, so that columns may be compared; a run of a chunk protocol
    gives the mean over scenarios instead. Random folds leak: they are there to show how much.

    Parameters
    ----------
    table : FeatureTable
    config : RunConfig
        Networks, rivals and nulls (``nulls.per_model``, ``nulls.exceedances``, ``nulls.models``); of the
        protocol all but kind and distance. Its first task is asked.
    out : path_like
        Folder for ``protocols.csv``, ``.json``, ``.png`` and ``config.yaml``. An interrupted call leaves
        ``<out>.stages`` and goes on from there.
    protocols : sequence of str
        See `named_protocol`.
    overwrite, progress, workers, processes, scheduler
        As for `megathrust.run`.

    Raises
    ------
    InputError
        If a protocol is unknown, or the table allows for none of them.
    OutputError
        If ``out`` exists, or cannot be written.
    """
    given = [named_protocol(name, config.protocol) for name in protocols]
    asked = {protocol_name(protocol): protocol for protocol in given}
    with (
        workplace(out, _FOLDER, overwrite=overwrite) as (folder, store),
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        work = Work(store, bars, engine, config.device)
        found = _evaluate(table, config, asked, work)
        _write(found, config, folder)
    return found


def _evaluate(
    table: FeatureTable, config: RunConfig, asked: dict[str, ProtocolConfig], work: Work
) -> ProtocolScores:
    parts, refused = [], {}
    metric, lower = "", False
    for name, protocol in asked.items():
        own = config.model_copy(update={"protocol": protocol, "tasks": config.tasks[:1]})
        try:
            experiment = replace(make_experiment(table, own), together=True)
            if own.temperature.fitted:
                inner_folds(experiment)
        except InputError as error:
            # The next protocol may well be possible: a table without places has chunks all the same.
            refused[name] = str(error)
            continue
        work.bars.stage(f"protocol {name}")
        judgement = _ask(experiment, work.keyed(fingerprint(table, own)))
        parts.append(_rows(name, experiment, judgement))
        metric, lower = judgement.predictand.metric_name, judgement.predictand.lower_is_better
    if not parts:
        raise InputError("the table allows for none of the protocols", given="; ".join(refused.values()))
    return ProtocolScores(pd.concat(parts, ignore_index=True), refused, metric, lower)


def _ask(experiment: Experiment, work: Work) -> Judgement:
    (task,) = tasks_of(experiment.table, experiment.config)
    fit = train_task(experiment, task, work)
    arrays = collect(experiment, task, fit, work, singles=False)
    return judge(experiment, task, fit, arrays).judgements[0]


def _rows(name: str, experiment: Experiment, judgement: Judgement) -> pd.DataFrame:
    means = judgement.mean_scores().set_index("model")
    size = len(experiment.table), experiment.ruptures_of_highest_class
    records: list[tuple[object, ...]] = []
    for model in judgement.predictions:
        value = tuple(means.loc[model, ["value", "low", "high"]])
        nulls = [null for null in judgement.own_nulls if null.model == model]
        for null in nulls:
            band = tuple(means.loc[null.name, ["value", "low", "high"]])
            records.append((name, model, *value, null.kind, *band, null.p, len(null.scores), *size))
        if not nulls:
            records.append((name, model, *value, None, *[float("nan")] * 4, 0, *size))
    columns = ("protocol", "model", "value", "low", "high", "null", "null_value", "null_low", "null_high")
    return pd.DataFrame.from_records(records, columns=[*columns, "p", "worlds", "segments", "ruptures"])


def _write(found: ProtocolScores, config: RunConfig, folder: Path) -> None:
    write_csv(folder / _SCORES, found.table)
    write_json(folder / _ANSWER, found.content())
    with replacing(folder / _CONFIG) as part:
        part.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    figure = plot_protocol_scores(found.table, metric=found.metric, lower_is_better=found.lower_is_better)
    first = found.table.iloc[0]
    size = f"{first['segments']} segments, {first['ruptures']} ruptures in the highest class."
    save_figure(figure, folder / _FIGURE, caption=f"{size} {_READING}")
