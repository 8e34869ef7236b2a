"""How often nulls reject without a signal: a linear statistic without networks, and networks with rivals.

Usage: python benchmarks/nulls.py statistic --out OUT [--table TABLE] [--worlds 200] [--surrogates 99]
       python benchmarks/nulls.py models --out OUT [--table TABLE] [--worlds 100] [--surrogates 19]
              [--world NAME]
       python benchmarks/nulls.py signs --out OUT [--table TABLE] [--worlds 100] [--world NAME] [--model NAME]
       python benchmarks/nulls.py families --out OUT [--table TABLE] [--worlds 100] [--surrogates 19]
              [--world NAME] [--slope NUMBER] [--beyond region]
       python benchmarks/nulls.py time --out OUT [--table TABLE]

"statistic": labels are drawn without a signal in every way of `WORLDS`; the largest covariance of a
feature's ranks within trenches with rupture scores is compared with worlds of every null of `NULLS`.
"models": small networks (3 together per chunk, chunks at 50 km) and quick rivals against their own nulls, in
worlds without a signal; three exceedances settle p. "signs": held-out predictions of networks of the quick
preset and of rivals, plainly and beyond the neighbours' labels, whole ruptures at 100 km, without a signal,
and with one feature planted at slope 4, at the table's own base rates and with half of every trench great;
mean and spread of the statistic, which would be 0 and 1 if chunks taught each other nothing. All print
rejections at .01 .05 .1 .2 with their upper 95 % bounds (Clopper & Pearson). "families": losses of networks
without one family (`megathrust families`), the planted one and another, without a signal and at slope 4,
beyond the region and beyond the neighbours. "time": seconds of two nulls of 500 worlds of single networks in
the quick preset on one core, and of own nulls where p is near .3 and near .01. Each writes one CSV into OUT.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from megathrust.evaluation import p_value, rupture_scores, sequential_p_value, trench_ranks
from megathrust.models import derived_seed
from megathrust.pipelines.association import make_question, share
from megathrust.pipelines.build import open_table
from megathrust.pipelines.experiment import make_experiment
from megathrust.pipelines.experiment._nulls import _score_worlds, _Setting
from megathrust.pipelines.experiment._own_nulls import _Learner, _rival_in, _score_world
from megathrust.pipelines.experiment._signs import neighbours_of, signs_of
from megathrust.pipelines.experiment._worlds import networks_in, surrogate
from megathrust.pipelines.families._losses import BEYOND, family_columns, family_experiment, losses_of
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import ProgressBars, StageStore, Work, open_engine
from megathrust.worlds import NULLS, WORLDS, World, driver_of, whole_features, world_labels

LEVELS = (0.01, 0.05, 0.1, 0.2)
RIVALS = ("nearest segment", "logistic regression", "extra trees")
SMALL = {"members": 3, "hidden": [16], "epochs": 20}
RUNS = ("spectral signs", "shifted labels")
WORLDS_OF_MODELS = ("independent", "cut score")


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
    """Compare small networks and rivals with their own nulls, in worlds of every kind that was asked for."""
    config = load_config(network=SMALL, nulls={"kinds": RUNS}, baselines=RIVALS)
    rows = []
    for world in args.world or WORLDS_OF_MODELS:
        found, start = {}, time.process_time()
        for number, (_, experiment) in enumerate(in_worlds(make_experiment(table, config), world, args)):
            (task,) = tasks_of(experiment.table, experiment.config)
            for model in (None, "nearest segment", "logistic regression"):
                real = score(experiment, task, "as it is", model, 0)
                for kind in RUNS:
                    # A lookup does not see features.
                    if kind == "shifted labels" or model != "nearest segment":
                        draw = partial(score, experiment, task, kind, model)
                        found.setdefault((model or "networks", kind), []).append(sequential(draw, real, args))
            if (number + 1) % 10 == 0:
                print(world, number + 1, {k: float(np.mean(p)) for k, p in found.items()}, flush=True)
        seconds = (time.process_time() - start) / args.worlds
        rows += [
            {"world": world, "model": m, "null": k, **rejected(p), "seconds per world, all": seconds}
            for (m, k), p in found.items()
        ]
        print(pd.DataFrame(rows).to_string(index=False), flush=True)
    return pd.DataFrame(rows)


def sequential(draw, real, args, exceedances=3):
    """Return p by sequential stopping, of surrogates drawn one by one."""
    null = []
    while len(null) < args.surrogates and sum(value >= real for value in null) < exceedances:
        null.append(draw(len(null)))
    return sequential_p_value(real, np.array(null), exceedances=exceedances)[0]


def signs(table, args):
    """Ask the signs of held-out predictions of networks of the quick preset and of rivals."""
    protocol = {"kind": "rupture-grouped", "exclusion_km": 100.0}
    config = load_config("quick", protocol=protocol, baselines=RIVALS)
    experiment = make_experiment(table, config)
    cases = [(world, 0.0, False) for world in args.world or WORLDS_OF_MODELS]
    cases += [("independent", 0.0, True), ("independent", 4.0, True), ("independent", 4.0, False)]
    rows = []
    for world, slope, balanced in cases:
        found = {}
        for number, (_, each) in enumerate(
            in_worlds(experiment, world, args, slope=slope, balanced=balanced)
        ):
            (task,) = tasks_of(each.table, each.config)
            along = neighbours_of(each)
            for model in args.model or ("networks", *RIVALS):
                said = held_out(each, task, None if model == "networks" else model)
                for kind, known in (("", None), (", beyond", [along[one.scenario] for one in said])):
                    signs = signs_of(each, said, beyond=known)
                    if signs is not None:
                        found.setdefault(model + kind, []).append((signs.statistic, signs.p))
            if (number + 1) % 10 == 0:
                spreads = {name: float(np.std(values, axis=0)[0]) for name, values in found.items()}
                print(world, slope, number + 1, spreads, flush=True)
        for model, values in found.items():
            statistic, p = np.transpose(values)
            row = {"world": world, "slope": slope, "base rate": "half" if balanced else "own", "model": model}
            # Where signs are independent the statistic has a spread of 1.
            row |= {"mean statistic": statistic.mean(), "spread": statistic.std(ddof=1)}
            rows.append(row | rejected(p))
        print(pd.DataFrame(rows).to_string(index=False), flush=True)
    return pd.DataFrame(rows)


def families(table, args):
    """Ask networks without the family that was planted, and without another one; and without a signal."""
    rows = []
    for kind_of_world, slope, beyond in itertools.product(
        args.world or ["independent"], args.slope or [0.0, 4.0], args.beyond or BEYOND
    ):
        found = {"planted": [], "another": []}
        experiment = family_experiment(table, seed=args.seed)
        groups = family_columns(experiment)
        every = sorted(column for columns in groups.values() for column in columns)
        worlds = in_worlds(experiment, kind_of_world, args, slope=slope, columns=every)
        for number, (column, each) in enumerate(worlds):
            random = np.random.default_rng(derived_seed(args.seed, "families", str(number)))
            own = next(name for name, columns in groups.items() if column in columns)
            other = str(random.choice([name for name in groups if name != own]))
            asked = {name: groups[name] for name in (own, other)}
            with TemporaryDirectory() as place, ProgressBars(visible=False) as bars, open_engine() as engine:
                work = Work(StageStore(Path(place), ""), bars, engine)
                losses = losses_of(each, asked, args.surrogates, 3, work, beyond=beyond).table.set_index(
                    "family"
                )
            for kind, name in (("planted", own), ("another", other)):
                found[kind].append(float(losses.loc[name, "p"]))
            if (number + 1) % 10 == 0:
                said = {k: float(np.mean(p)) for k, p in found.items()}
                print(kind_of_world, slope, beyond, number + 1, said, flush=True)
        what = {"world": kind_of_world, "slope": slope, "beyond": beyond}
        rows += [what | {"family": kind, **rejected(p)} for kind, p in found.items()]
        print(pd.DataFrame(rows).to_string(index=False), flush=True)
    return pd.DataFrame(rows)


def held_out(experiment, task, rival):
    """Return what networks, or a rival, say of held-out rows of the real labels."""
    predictand = task.leading
    if rival is not None:
        return _rival_in(surrogate(experiment, "as it is", 0), experiment, predictand, rival)
    (said,) = networks_in(
        [surrogate(experiment, "as it is", 0)],
        task,
        task.members,
        device="cpu",
        progress=lambda done, total: None,
    )
    return said[predictand.name]


def in_worlds(experiment, kind, args, *, slope=0.0, balanced=False, columns=None):
    """Yield planted columns and experiments whose labels lie where they, or chance, put them."""
    trenches = experiment.trenches
    for number in range(args.worlds):
        seed = derived_seed(args.seed, kind, str(number)) % 2**31
        random = np.random.default_rng(seed)
        own = half_great(trenches, random) if balanced else trenches
        features = whole_features(trenches)
        column = int(random.choice(range(features.shape[1]) if columns is None else columns))
        driver = driver_of(features[:, [column]], trenches.region) if slope else None
        drawn = world_labels(kind, own, worlds=1, seed=seed, driver=driver, slope=slope)
        frame, target = experiment.table.frame, experiment.table.target()
        names = [f"{region} {one}" for region, one in zip(trenches.region, drawn.ruptures[0], strict=True)]
        numbers = np.unique(names, return_inverse=True)[1]
        moved = frame.assign(**{target: drawn.labels[0], f"{target}_rupture": numbers})
        config = experiment.config.model_copy(update={"seed": seed})
        yield column, make_experiment(dataclasses.replace(experiment.table, frame=moved), config)


def half_great(trenches, random):
    """Return trenches covered by ruptures of lengths drawn from all great ones, half of them great."""
    great = trenches.labels >= 8.0
    pool = np.unique(trenches.ruptures[great], return_counts=True)[1]
    labels, ruptures = np.empty(len(great)), np.empty(len(great), dtype=np.int64)
    for rows in trenches.along():
        ends = np.cumsum(random.choice(pool, size=len(rows)))
        number = np.searchsorted(ends, np.arange(len(rows)), side="right")
        labels[rows] = np.where(random.permutation(np.arange(number[-1] + 1) % 2)[number], 8.5, 7.0)
        ruptures[rows] = number
    return dataclasses.replace(trenches, labels=labels, ruptures=ruptures)


def as_it_is(trenches, seed):
    """Return the world of the labels themselves, so that one function scores both."""
    return World(trenches.features, np.arange(len(trenches.region)), trenches.ruptures)


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
        for first in range(0, count, 10):
            _score_worlds(
                _Setting(experiment, task, "cpu"), (kind, range(first, first + 10)), lambda done, total: None
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


NULLS.register("as it is")(as_it_is)
PARTS = {
    "statistic": statistic, "models": models, "signs": signs, "families": families, "time": timed
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument(
        "--world", action="append", choices=WORLDS, help="again for more; for models, signs, families"
    )
    parser.add_argument("--model", action="append", choices=("networks", *RIVALS), help="for signs")
    parser.add_argument("--slope", action="append", type=float, help="again for more; for families")
    parser.add_argument("--beyond", action="append", choices=BEYOND, help="again for more; for families")
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
