"""A slow plain twin of the search's inner scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from sklearn.metrics import f1_score

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.models import FCNArchitecture
from megathrust.testing._network_oracles import train_plainly
from megathrust.training import InnerProblem, Member, SearchUnit, Targets, TrainingOptions, make_stack


def plain_inner_score(problem: InnerProblem, unit: SearchUnit, seeds: FloatArray) -> float:
    """Train the networks of one unit one after another and score what they say about held-out rows.

    Parameters
    ----------
    problem : InnerProblem
    unit : SearchUnit
    seeds : ndarray of int, shape (inner folds, members)
        Seeds of the networks.

    Returns
    -------
    float
        Macro-F1 of all validated rows together, with the mean probability over members.
    """
    trial = unit.trial
    network = trial.network
    architecture = problem.architecture(network)
    options = replace(problem.question.options(network), epochs=unit.epochs)
    observed, predicted = [], []
    for fold, own_seeds in zip(problem.folds[unit.scenario], seeds, strict=True):
        total = np.zeros((len(fold.test), architecture.n_outputs))
        for seed in own_seeds:
            member = network.member(fold.train, int(seed))
            features, small = _seen(problem, member, architecture, options)
            part = features[fold.train]
            x = torch.tensor((features[fold.test] - part.mean(0)) / part.std(0), dtype=torch.float32)
            trained = train_plainly(features, _classes(problem), member, small, options)
            with torch.no_grad():
                total += torch.softmax(trained(x), dim=-1).numpy()
        observed.append(_classes(problem)[fold.test])
        predicted.append(total.argmax(1))
    return float(f1_score(np.concatenate(observed), np.concatenate(predicted), average="macro"))


def _seen(
    problem: InnerProblem, member: Member, architecture: FCNArchitecture, options: TrainingOptions
) -> tuple[FloatArray, FCNArchitecture]:
    """Return the columns that a member sees, and the network that takes them all."""
    targets = Targets(_classes(problem)[None])
    subset = make_stack(problem.features[None], targets, [member], architecture, options).subset
    if subset is None:
        return problem.features, architecture
    columns = subset.chosen[0].numpy()
    return problem.features[:, columns], replace(architecture, n_features=len(columns), features_seen=None)


def _classes(problem: InnerProblem) -> IntArray:
    classes = problem.question.targets(np.arange(len(problem.features))).classes
    if classes is None:
        raise InputError("the plain search knows classes only")
    return classes
