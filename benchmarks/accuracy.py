"""Nested macro-F1 of the networks and all rivals, for exclusion distances, protocols, classes and tables.

Usage: python benchmarks/accuracy.py --out OUT [--table TABLE] [--budget 15 --workers 2]

Every cell is a search of its own: configurations are chosen on inner folds of each outer fold's training rows
and scored once on its test rows. With --defaults nothing is searched: the networks of a plain run are scored,
a run per problem. Without --table the built-in table is taken. What is finished is kept in OUT, so an
interrupted call goes on where it stopped; OUT/accuracy.csv has all numbers, with a figure per problem.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd
import yaml

from megathrust.evaluation import DEFAULT_RIVALS
from megathrust.pipelines.build import open_table
from megathrust.pipelines.run import run
from megathrust.pipelines.search import load_search_config, search
from megathrust.pipelines.settings import load_config
from megathrust.plots import exclusion_scores_info, plot_exclusion_scores, save_figure

DISTANCES = (50.0, 100.0, 0.0, 300.0, 600.0)
# Protocol and class thresholds, in the order of the work.
PROBLEMS = (
    ("seed", (8.0,)),
    ("seed", (6.4, 8.3)),
    ("rupture-grouped", (8.0,)),
    ("rupture-grouped", (6.4, 8.3)),
)
# Narrowed by inner_scores.py: networks on all features, or on features as they are, fell behind.
SPACE = {
    "encoding": ["piecewise_linear"],
    "features_seen": [6, 10, 16],
    "depth": [1, 2],
    "width": [32, 64, 128],
    "learning_rate": {"low": 3e-4, "high": 1e-2, "log": True},
    "batch_size": [32, 64],
    "epochs": [30, 60],
}
RIVALS = [name for name in DEFAULT_RIVALS if name != "majority class"]


def configuration(table, protocol, thresholds, distance, args):
    content = {"kind": protocol, "exclusion_km": distance}
    return load_search_config(
        "seed" if table else "quick",
        thresholds=thresholds,
        protocol=content,
        seed=args.seed,
        bootstrap_replicates=1000,
        search={
            "budget": args.budget,
            "space": SPACE,
            "baselines": RIVALS,
            "refit_members": args.members,
        },
    )


def cell(table, protocol, thresholds, distance, args):
    """Return the nested estimate and all scores of one cell, from its folder if it is there."""
    name = f"{protocol}_{len(thresholds) + 1}_classes_{distance:g}_km"
    folder, started = args.out / name, time.perf_counter()
    config = configuration(args.table, protocol, thresholds, distance, args)
    if not folder.exists():
        search(table, config, folder, workers=args.workers)
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    if yaml.safe_load((folder / "search.yaml").read_text()) != config.model_dump(mode="json"):
        raise SystemExit(f"{folder} holds another search: take another --out")
    nested, scores = pd.read_csv(folder / "nested.csv"), pd.read_csv(folder / "scores.csv")
    nested.insert(0, "classes", len(thresholds) + 1)
    nested.insert(0, "protocol", protocol)
    nested.insert(2, "exclusion_km", distance)
    mean = scores.query("model == 'FCN' and metric == 'f1' and `class` == 'macro' and scenario == 'mean'")
    return nested.assign(fcn_low=mean["low"].item(), fcn_high=mean["high"].item()), scores


def plain_run(table, protocol, thresholds, args):
    """Return all scores of the default networks and their rivals at every distance, on complete rows."""
    folder = args.out / f"{protocol}_{len(thresholds) + 1}_classes"
    config = load_config(
        "seed" if args.table else "quick",
        thresholds=thresholds,
        missing_values="leave_out",
        protocol={"kind": protocol, "exclusion_km": 50.0},
        network={"members": args.members},
        baselines=RIVALS,
        curve={"exclusion_km": sorted(DISTANCES), "members": args.members, "baselines": RIVALS},
        nulls={"surrogates": 0, "planted": 0},
        claims={"worlds": 0},
        explaining={"encodings": ["none"], "members": 1},
        figures={"kinds": []},
        bootstrap_replicates=1000,
        seed=args.seed,
    )
    if not folder.exists():
        run(table, config, folder, workers=args.workers)
    return pd.read_csv(folder / "scores.csv")


def defaults(table, args):
    """Print a line per problem and distance: each scenario, the mean with its interval, the rivals."""
    kept = []
    for protocol, thresholds in PROBLEMS[: args.problems]:
        scores = plain_run(table, protocol, thresholds, args)
        macro = scores.query("metric == 'f1' and `class` == 'macro'").drop_duplicates(
            ["model", "exclusion_km", "scenario"]
        )
        kept.append(macro.assign(classes=len(thresholds) + 1))
        info = exclusion_scores_info(scores, networks=["FCN"], protocol=protocol)
        save_figure(plot_exclusion_scores(info), args.out / f"{protocol}_{len(thresholds) + 1}_classes.png")
    frame = pd.concat(kept, ignore_index=True)
    frame.to_csv(args.out / "accuracy.csv", index=False)
    rows = ["protocol", "classes", "exclusion_km"]
    means = frame[frame["scenario"] == "mean"].pivot(index=rows, columns="model", values="value")
    networks = frame[frame["model"] == "FCN"]
    ends = networks[networks["scenario"] == "mean"].set_index(rows)[["low", "high"]]
    print(networks.pivot(index=rows, columns="scenario", values="value").round(3).to_string())
    print(ends.join(means[["FCN", *RIVALS]]).round(3).to_string())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", type=int, default=15)
    parser.add_argument("--members", type=int, default=30)
    parser.add_argument("--problems", type=int, default=len(PROBLEMS), help="how many of them")
    parser.add_argument("--defaults", action="store_true", help="the networks of a plain run, no search")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    table = open_table(args.table)
    if args.defaults:
        defaults(table, args)
        return
    parts = []
    for protocol, thresholds in PROBLEMS[: args.problems]:
        curve = []
        for distance in DISTANCES:
            nested, scores = cell(table, protocol, thresholds, distance, args)
            parts.append(nested)
            curve.append(scores)
            frame = pd.concat(parts, ignore_index=True)
            frame.to_csv(args.out / "accuracy.csv", index=False)
        info = exclusion_scores_info(pd.concat(curve), networks=["FCN"], protocol=protocol)
        figure = plot_exclusion_scores(info)
        save_figure(figure, args.out / f"{protocol}_{len(thresholds) + 1}_classes.png")
    frame = frame[frame["scenario"] == "mean"].drop(columns=["scenario", "trial"])
    print(frame.to_string(index=False, float_format="%.3f"))


if __name__ == "__main__":
    main()
