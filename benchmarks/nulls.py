"""How often nulls reject without a signal: a linear statistic without networks, and networks with rivals.

Usage: python benchmarks/nulls.py statistic --out OUT [--table TABLE] [--worlds 200] [--surrogates 99]
       python benchmarks/nulls.py models --out OUT [--table TABLE] [--worlds 100] [--surrogates 19]
       python benchmarks/nulls.py time --out OUT [--table TABLE]

"statistic": labels are drawn without a signal in every way of `WORLDS`; the largest covariance of a
feature's ranks within trenches with rupture scores is compared with worlds of every null of `NULLS`.
"models": labels of "independent" worlds; small networks (3 together) and rivals against their own nulls,
chunks at 50 km and whole ruptures at 100 km, without sequential stopping. Rejections at .01 .05 .1 .2 with
their upper 95 % bounds (Clopper & Pearson). "time": seconds of two nulls of 500 worlds of single networks in
the quick preset on one core, and of own nulls where p is near .3 and near .01. Each writes one CSV into OUT.

Cost on one core: statistic three minutes, models (100 worlds) about two hours, time about half an hour.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
import pandas as pd

from megathrust.evaluation import p_value, rupture_scores, sequential_p_value, trench_ranks
from megathrust.models import derived_seed
from megathrust.pipelines.association import make_question, share
from megathrust.pipelines.build import open_table
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.experiment._nulls import _score_worlds, _Setting
from megathrust.pipelines.experiment._own_nulls import _Learner, _score_world
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.worlds import NULLS, WORLDS, world_labels

LEVELS = (0.01, 0.05, 0.1, 0.2)
RIVALS = ("nearest segment", "logistic regression", "extra trees")
SMALL = {"members": 3, "hidden": [16], "epochs": 20}
RUNS = ("ruptures laid out anew", "spectral signs", "random phases")


def rejected(p):
    row = {"worlds": len(p), "mean p": float(np.mean(p))}
    for level in LEVELS:
        counted = share("rejected", np.asarray(p) <= level)
        row |= {f"at {level:g}": counted["rejected"], f"at {level:g} high": counted["rejected_high"]}
    return row


def statistic(table, args):
    question = make_question(table)
    trenches = question.trenches
    ranks = trench_ranks(trenches.features, trenches.region)
    features = {
        kind: [
            trench_ranks(NULLS[kind](trenches, seed).features, trenches.region)
            for seed in range(args.surrogates)
        ]
        for kind in NULLS
        if NULLS[kind](trenches, 0).features is not trenches.features
    }
    rows = []
    for world in WORLDS:
        drawn = world_labels(world, trenches, worlds=args.worlds, seed=args.seed)
        scores = rupture_scores(drawn.labels, drawn.ruptures, trenches.region)
        scores -= scores.mean(1, keepdims=True)
        real = np.abs(scores @ ranks).max(1)
        for kind in NULLS:
            if kind in features:
                null = np.stack([np.abs(scores @ each).max(1) for each in features[kind]])
            else:
                null = np.empty((args.surrogates, args.worlds))
                for number in range(args.worlds):
                    own = dataclasses.replace(
                        trenches, labels=drawn.labels[number], ruptures=drawn.ruptures[number]
                    )
                    moved = [NULLS[kind](own, seed).labelled for seed in range(args.surrogates)]
                    null[:, number] = np.abs(scores[number][np.stack(moved)] @ ranks).max(1)
            p = [p_value(one, null[:, number]) for number, one in enumerate(real)]
            rows.append({"null": kind, "world": world, **rejected(p)})
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def models(table, args):
    NULLS.register("as it is")(as_it_is)
    rows = []
    for protocol in ({"exclusion_km": 50.0}, {"kind": "rupture-grouped", "exclusion_km": 100.0}):
        found = {}
        for number in range(args.worlds):
            seed = derived_seed(args.seed, "world", str(number))
            config = load_config(
                protocol=protocol, network=SMALL, seed=seed % 2**31, nulls={"kinds": RUNS}, baselines=RIVALS
            )
            experiment = in_world(make_experiment(table, config), seed)
            (task,) = tasks_of(experiment.table, config)
            for model in (None, *RIVALS):
                real = score(experiment, task, "as it is", model, 0)
                for kind in RUNS:
                    null = [score(experiment, task, kind, model, k) for k in range(args.surrogates)]
                    found.setdefault((model or "networks", kind), []).append(p_value(real, np.array(null)))
            if (number + 1) % 10 == 0:
                print(protocol, number + 1, {k: float(np.mean(p)) for k, p in found.items()}, flush=True)
        words = experiment.splitter.protocol
        rows += [{"protocol": words, "model": m, "null": k, **rejected(p)} for (m, k), p in found.items()]
        print(pd.DataFrame(rows).to_string(index=False), flush=True)
    return pd.DataFrame(rows)


def in_world(experiment, seed):
    """Return an experiment whose labels lie where chance put them, and whose folds are made of these."""
    drawn = NULLS["ruptures laid out anew"](experiment.trenches, seed)
    frame, target = experiment.table.frame, experiment.table.target()
    names = {target: frame[target].to_numpy()[drawn.labelled], f"{target}_rupture": drawn.ruptures}
    moved = dataclasses.replace(experiment.table, frame=frame.assign(**names))
    return make_experiment(moved, experiment.config)


def as_it_is(trenches, seed):
    """Return the world of the labels themselves, so that one function scores both."""
    return dataclasses.replace(NULLS["spectral signs"](trenches, 0), features=trenches.features)


def score(experiment, task, kind, model, number):
    learner = _Learner(experiment, task, task.predictands, kind, "cpu", model)
    (value,) = _score_world(learner, number, lambda done, total: None).values()
    return float(value[0])


def timed(table, args):
    config = load_config("quick")
    experiment = make_experiment(table, config)
    (task,) = tasks_of(experiment.table, config)
    rows = []
    for kind in config.nulls.kinds:
        start, count = time.process_time(), 50
        for first in range(0, count, 5):
            _score_worlds(
                _Setting(experiment, task, "cpu"), (kind, range(first, first + 5)), lambda done, total: None
            )
        seconds = (time.process_time() - start) / count
        rows.append({"what": f"single networks, {kind}", "seconds per world": seconds, "worlds": 500})
    for model in (None, *RIVALS):
        start, count = time.process_time(), 5
        for number in range(count):
            score(experiment, task, config.nulls.kinds[0], model, number)
        seconds = (time.process_time() - start) / count
        for p in (0.3, 0.01):
            for most in (99, 999):
                worlds = expected_worlds(p, most)
                what = f"{model or 'networks'}, p {p:g}, at most {most}"
                rows.append({"what": what, "seconds per world": seconds, "worlds": worlds})
    frame = pd.DataFrame(rows)
    return frame.assign(seconds=frame["seconds per world"] * frame["worlds"])


def expected_worlds(p, most):
    """Return the mean number of worlds of sequential stopping where each reaches the score with chance p."""
    random = np.random.default_rng(0)
    null = random.random((2000, most)) < p
    return np.mean([sequential_p_value(0.5, each, exceedances=10)[1] for each in null.astype(float)])


PARTS = {"statistic": statistic, "models": models, "time": timed}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--surrogates", type=int, default=19)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    numbers = PARTS[args.part](open_table(args.table), args)
    args.out.mkdir(parents=True, exist_ok=True)
    name = f"{args.part}_{args.table.name if args.table else 'builtin'}.csv"
    numbers.to_csv(args.out / name, index=False, float_format="%.4g")
    print(numbers.to_string(index=False))


if __name__ == "__main__":
    main()
