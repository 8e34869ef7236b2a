"""What each part of the default networks is worth, and outside rivals beside them, on held-out segments.

Usage: python benchmarks/ablation.py settings --out OUT [--table TABLE] [--members 10]
       python benchmarks/ablation.py missing --out OUT [--table TABLE]
       python benchmarks/ablation.py rivals --out OUT [--table TABLE] [--protocol seed]

Without --table the built-in table is taken. Every difference is one to the default networks on the same rows,
mean over scenarios, with a 95 % interval from one bootstrap of both over ruptures; a positive one means that
the default is better in log loss or worse in macro-F1. ``missing`` compares networks trained on complete
segments with those trained on all, on the complete ones, pooled. OUT gets a CSV per part and the held-out
probabilities of every way.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.evaluation import (
    BASELINES,
    EXPERT,
    Prediction,
    classification_scores,
    paired_difference,
    rupture_weights,
)
from megathrust.geometry import SEED_STUDY_ALIGNMENT
from megathrust.pipelines.build import open_table
from megathrust.pipelines.experiment import (
    ensemble,
    make_experiment,
    predict_rivals,
    roster_of,
    segment_names,
    train_task,
)
from megathrust.pipelines.settings import changed, load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine

#: Changes to the default configuration, by name.
WAYS = {
    "default": {},
    "no dropout": {"network": {"dropout": 0.0}},
    "dropout 0.5": {"network": {"dropout": 0.5}},
    "no weight decay": {"network": {"weight_decay": 0.0}},
    "labels not smoothed": {"network": {"label_smoothing": 0.0}},
    "batch norm after": {"network": {"batch_norm": "after"}},
    "batch norm before": {"network": {"batch_norm": "before"}},
    "features as they are": {"network": {"encoding": "none"}},
    "periodic encoding": {"network": {"encoding": "periodic"}},
    "all features": {"network": {"features_seen": None}},
    "subsets drawn evenly": {"network": {"feature_draw": "uniform"}},
    "plain network": {"network": {"encoding": "none", "features_seen": None, "label_smoothing": 0.0}},
    "one layer": {"network": {"hidden": [64]}},
    "class weights": {"network": {"class_weights": True}},
    "temperature fitted": {"temperature": {"fitted": True}},
    "magnitude beside classes": {"tasks": ["both"]},
}
METRICS = (("log_score", "all"), ("f1", "macro"), ("brier", "all"), ("roc_auc", "macro"))


def held_out(experiment, work):
    """Return the held-out predictions of the networks of an experiment."""
    task = tasks_of(experiment.table, experiment.config)[0]
    fit = train_task(experiment, task, work)
    said = roster_of(experiment, task).said_of_test_rows(fit.stack, experiment.rows.features, task.leading)
    return ensemble(task.leading, experiment.folds, said)


def row_of(name, predictions, reference, classes, weights, seconds):
    """Return the scores of one way beside those of the default."""
    row = {"way": name}
    for metric in METRICS:
        values = [
            classification_scores(classes[each.rows], each.predicted)[metric][0] for each in predictions
        ]
        row[metric[0]] = np.nanmean(values)
    for metric in METRICS[:2]:
        found = paired_difference(predictions, reference, classes, weights, metric=metric)
        row |= {
            f"{metric[0]} more": found[0],
            f"{metric[0]} low": found[1],
            f"{metric[0]} high": found[2],
        }
    return row | {"seconds": seconds}


def settings_table(table, config, work, args):
    rows, reference = [], None
    for name, changes in WAYS.items():
        if args.only not in name and name != "default":
            continue
        experiment = make_experiment(table, changed(config, changes))
        started = time.perf_counter()
        predictions = held_out(experiment, work)
        seconds = time.perf_counter() - started
        reference = reference or predictions
        rows.append(row_of(name, predictions, reference, experiment.classes, experiment.weights, seconds))
        keep(args.out, f"settings-{name}", predictions)
        report(rows, args.out / "settings.csv")


def on_our_trenches(table):
    """Return the seed study's table with arc lengths from where the package's trenches begin."""
    theirs = table.frame["s_km"]
    ours = theirs + table.frame["region"].map(SEED_STUDY_ALIGNMENT)
    # A few segments lie ahead of the beginning: there, in their order.
    return dataclasses.replace(table, frame=table.frame.assign(s_km=ours.where(ours > 0.0, theirs / 1000.0)))


def rivals_table(table, config, work, args):
    experiment = make_experiment(table, config)
    predictand = tasks_of(experiment.table, config)[0].leading
    started = time.perf_counter()
    reference = held_out(experiment, work)
    seconds = time.perf_counter() - started
    given = experiment.classes, experiment.weights
    rows = [row_of("default networks", reference, reference, *given, seconds)]
    keep(args.out, f"rivals-{config.protocol.kind}-default networks", reference)
    for name in BASELINES:
        if args.only in name:
            started = time.perf_counter()
            asked = experiment
            if name == EXPERT and args.table and Path(args.table).name == "seed_study":
                # The experts are asked by arc length. Folds and rows stay.
                asked = dataclasses.replace(experiment, table=on_our_trenches(experiment.table))
            found = predict_rivals(asked, predictand, [name], work, title=name)[name]
            rows.append(row_of(name, found, reference, *given, time.perf_counter() - started))
            keep(args.out, f"rivals-{config.protocol.kind}-{name}", found)
            report(rows, args.out / f"rivals-{config.protocol.kind}.csv")


def missing_table(table, config, work, args):
    rows, pooled, experiments = [], {}, {}
    for kind in ("fill", "leave_out"):
        experiment = make_experiment(table, changed(config, {"missing_values": kind}))
        predictions = held_out(experiment, work)
        own = row_of(kind, predictions, predictions, experiment.classes, experiment.weights, np.nan)
        rows.append({"segments": len(experiment.table), **own})
        pooled[kind] = {
            name: chance
            for each in predictions
            for name, chance in zip(segment_names(experiment.table)[each.rows], each.predicted, strict=True)
        }
        experiments[kind] = experiment
        keep(args.out, f"missing-{kind}", predictions)
    experiment = experiments["leave_out"]
    names = segment_names(experiment.table)
    both = np.array([i for i, name in enumerate(names) if all(name in each for each in pooled.values())])
    weights = rupture_weights(experiment.ruptures, replicates=1000, seed=0)
    said = {
        kind: [Prediction("all", both, np.array([each[name] for name in names[both]]))]
        for kind, each in pooled.items()
    }
    for kind, predictions in said.items():
        row = row_of(
            f"{kind}, scored on complete segments",
            predictions,
            said["fill"],
            experiment.classes,
            weights,
            np.nan,
        )
        rows.append({"segments": len(both), **row})
    report(rows, args.out / "missing.csv")


def keep(out, name, predictions):
    arrays = {
        f"{part}/{each.scenario}": getattr(each, part)
        for each in predictions
        for part in ("rows", "predicted")
    }
    np.savez_compressed(out / f"{name}.npz", **arrays)


def report(rows, path):
    frame = pd.DataFrame(rows)
    frame.to_csv(path, index=False)
    print(frame.tail(1).to_string(index=False, header=len(rows) == 1, float_format="%.3f"), flush=True)


PARTS = {"settings": settings_table, "missing": missing_table, "rivals": rivals_table}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=list(PARTS))
    parser.add_argument("--table")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--protocol", default="rupture-grouped")
    parser.add_argument("--exclusion-km", type=float, default=50.0)
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--only", default="", help="ways or rivals whose name contains this")
    parser.add_argument("--epochs", type=int, help="fewer, to try the script")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    network = {"members": args.members, **({} if args.epochs is None else {"epochs": args.epochs})}
    config = load_config(protocol={"kind": args.protocol, "exclusion_km": args.exclusion_km}, network=network)
    with ProgressBars(visible=False) as bars, open_engine(workers=1) as engine:
        work = Work(StageStore(args.out / "stages", str(time.time())), bars, engine)
        PARTS[args.part](open_table(args.table), config, work, args)


if __name__ == "__main__":
    main()
