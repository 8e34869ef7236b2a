"""What each way to a better network is worth, by the inner scores of every scenario.

Usage: python benchmarks/inner_scores.py --table TABLE [--thresholds 8.0] [--only smoothing] [--members 12]

Every way is one setting of the networks. Its score is the macro-F1 of all rows that the inner folds of a
scenario validate, with the mean probability of some networks, averaged over the scenarios of the protocol.
A scenario's own test rows are never looked at, but they are validated in the others: whoever chooses a way by
the average has seen every label, and outer scores on the same table are then not strictly nested.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from megathrust.evaluation import BASELINES, Rows, classification_scores
from megathrust.models import Heads
from megathrust.pipelines.build import open_table
from megathrust.pipelines.work import open_engine
from megathrust.splits import ChunkSplitter, InnerSplitter
from megathrust.table import complete
from megathrust.testing import ClassQuestion
from megathrust.training import (
    InnerProblem,
    Network,
    SearchUnit,
    Trial,
    plan_stacks,
    score_stack,
)

PLAIN = Network(encoding="none", features_seen=None, label_smoothing=0.0)
ENCODED = {"encoding": "piecewise_linear"}
SUBSET = {**ENCODED, "features_seen": 10}
SMOOTHED = {**SUBSET, "label_smoothing": 0.1}

#: By name: settings of the networks, then what only the shape knows.
WAYS = {
    "features as they are": ({}, {}),
    "... 128 x 128": ({"width": 128}, {}),
    "... dropout 0.5": ({"dropout": 0.5}, {}),
    "... weight decay 1": ({"weight_decay": 1.0}, {}),
    "... learning rate 0.01": ({"learning_rate": 1e-2}, {}),
    "... subsets of 10, by information": ({"features_seen": 10}, {}),
    "periodic, 8 frequencies": ({"encoding": "periodic", "encoding_units": 8}, {}),
    "piecewise-linear, 16 bins": (ENCODED, {}),
    "... 8 bins": ({**ENCODED, "encoding_units": 8}, {}),
    "... dropout 0.5 ": ({**ENCODED, "dropout": 0.5}, {}),
    "... hidden matrices shared": (ENCODED, {"shared_by": True}),
    "piecewise-linear, subsets of 10, even": ({**SUBSET, "feature_draw": "uniform"}, {}),
    "... subsets of 20, even": ({**SUBSET, "features_seen": 20, "feature_draw": "uniform"}, {}),
    "piecewise-linear, subsets of 10, by information": (SUBSET, {}),
    "... subsets of 6": ({**SUBSET, "features_seen": 6}, {}),
    "... subsets of 16": ({**SUBSET, "features_seen": 16}, {}),
    "... dropout 0.4": ({**SUBSET, "dropout": 0.4}, {}),
    "... weight decay 0.3": ({**SUBSET, "weight_decay": 0.3}, {}),
    "... label smoothing 0.1": (SMOOTHED, {}),
    "... label smoothing 0.05": ({**SUBSET, "label_smoothing": 0.05}, {}),
    "... label smoothing 0.2": ({**SUBSET, "label_smoothing": 0.2}, {}),
    "... class weights": ({**SUBSET, "class_weights": True}, {}),
    "... label smoothing 0.1, class weights": ({**SMOOTHED, "class_weights": True}, {}),
    "... label smoothing 0.1, balanced sampling": ({**SMOOTHED, "sampling": "balanced"}, {}),
    "... label smoothing 0.1, subsets of 16": ({**SMOOTHED, "features_seen": 16}, {}),
    "... label smoothing 0.1, ordinal": (SMOOTHED, {"ordinal": True}),
}
RIVALS = ("nearest segment", "region prior", "extra trees", "random forest", "gradient boosting")


@dataclass(frozen=True)
class OrdinalQuestion(ClassQuestion):
    """Classes, by cumulative logits if asked to."""

    ordinal: bool = False

    @property
    def heads(self):
        return Heads(int(self.classes.max()) + 1, ordinal=self.ordinal)


def problem_of(table, architecture, args):
    """Return the inner problem of one way."""
    inner = InnerSplitter(exclusion_km=50.0, blocks=args.blocks)
    outer = ChunkSplitter(exclusion_km=50.0, closed_regions=("sum",)).split(table)
    return InnerProblem(
        features=table.features(),
        question=OrdinalQuestion(table.classes(args.thresholds), ordinal=architecture.get("ordinal", False)),
        folds=tuple(tuple(inner.split(table, fold)) for fold in outer),
        members=args.members,
        shared_by=args.members if "shared_by" in architecture else 1,
    )


def network_scores(problem, decided, engine):
    """Return the inner score of every scenario."""
    trial = Trial(0, PLAIN.with_parameters(**decided))
    units = [SearchUnit(trial, scenario, trial.network.epochs) for scenario in range(len(problem.folds))]
    found = {}
    stacks = plan_stacks(problem, units)
    for position, scores in engine(score_stack, problem, stacks, lambda done: None):
        found |= {unit.scenario: score.score for unit, score in zip(stacks[position], scores, strict=True)}
    return np.array([found[scenario] for scenario in sorted(found)])


def rival_scores(problem, table, name):
    """Return the same score of a rival."""
    frame, rival, scores = table.frame, BASELINES[name], []
    classes = problem.question.classes
    n_classes = problem.question.heads.classes
    rows = Rows(problem.features, frame["region"].to_numpy(), frame["s_km"].to_numpy())
    for folds in problem.folds:
        held_out = np.concatenate([fold.test for fold in folds])
        predicted = [
            rival(rows.take(fold.train), classes[fold.train], rows.take(fold.test), n_classes, 0)
            for fold in folds
        ]
        pooled = classification_scores(classes[held_out], np.concatenate(predicted))
        scores.append(pooled["f1", "macro"][0])
    return np.array(scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table")
    parser.add_argument("--thresholds", type=float, nargs="+", default=[8.0])
    parser.add_argument("--only", default="", help="ways and rivals whose name contains this")
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--members", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    table = complete(open_table(args.table), max_missing_share=0.2)
    with open_engine(workers=args.workers) as engine:
        for name, (decided, architecture) in WAYS.items():
            if args.only in name:
                problem = problem_of(table, architecture, args)
                report(name, network_scores(problem, decided, engine))
    problem = problem_of(table, {}, args)
    for name in RIVALS:
        if args.only in name:
            report(name, rival_scores(problem, table, name))


def report(name, scores):
    print(f"{name:50s} {scores.mean():.3f}   " + " ".join(f"{score:.3f}" for score in scores), flush=True)


if __name__ == "__main__":
    main()
