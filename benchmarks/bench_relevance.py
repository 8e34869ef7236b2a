"""Relevance of a whole stack at once against Captum, and Shapley values of families.

Usage: python benchmarks/bench_relevance.py [--members 30 --rows 556 --repeats 3]

Both kinds are timed in turn in the same process on one thread, by processor time; the fastest repeat of each
counts. Captum is asked sample by sample (60 calls timed, the rest reckoned) and in one batch for every member
and class, in both precisions.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

import numpy as np
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    ExplainedStack,
    make_background,
    relevance,
)
from megathrust.models import import_networks

FEATURES, WIDTH, CLASSES, EPSILON, FAMILIES, CALLS = 49, 64, 2, 1e-6, 10, 60


def fastest(function, repeats):
    """Return the least processor seconds of a few calls."""
    took = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        took.append(time.process_time() - start)
    return min(took)


def captum(network, rows, target):
    """Return what Captum says of one network and class; it takes its rules off after every call."""
    for layer in network:
        if isinstance(layer, nn.Linear):
            layer.rule = EpsilonRule(EPSILON)
    return LRP(network).attribute(rows.clone().requires_grad_(), target=target)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=30)
    parser.add_argument("--rows", type=int, default=556)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(args.rows, FEATURES))
    networks = [
        nn.Sequential(
            nn.Linear(FEATURES, WIDTH),
            nn.ReLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.ReLU(),
            nn.Linear(WIDTH, CLASSES),
        )
        for _ in range(args.members)
    ]
    stack = import_networks(
        networks,
        feature_names=[f"F{number}" for number in range(FEATURES)],
        mean=np.zeros(FEATURES),
        std=np.ones(FEATURES),
        thresholds=[8.0],
    ).stack
    print(
        f"{args.members} networks {FEATURES}-{WIDTH}-{WIDTH}-{CLASSES}, {args.rows} segments;"
        f" load {os.getloadavg()[0]:.1f}"
    )
    for precision, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        own = [network.to(dtype) for network in networks]
        rows = torch.tensor(x, dtype=dtype)
        ours = fastest(lambda precision=precision: relevance(stack, x, precision=precision), args.repeats)
        one_by_one = fastest(
            lambda own=own, rows=rows: [captum(own[0], rows[[i]], i % CLASSES) for i in range(CALLS)], 1
        )
        one_by_one *= args.members * CLASSES * args.rows / CALLS
        batched = fastest(
            lambda own=own, rows=rows: [captum(each, rows, c) for each in own for c in range(CLASSES)],
            args.repeats,
        )
        print(
            f"{precision}: ours {ours:.3f} s; Captum sample by sample {one_by_one:.1f} s,"
            f" {one_by_one / ours:.0f} x; batched member by member {batched:.3f} s, {batched / ours:.1f} x"
        )
    background = make_background(x)
    groups = tuple(f"family {number % FAMILIES}" for number in range(FEATURES))
    for words, members, exact in (
        ("exact, one member", 1, FAMILIES),
        ("random orders, all", args.members, 1),
    ):
        explained = ExplainedStack(stack.select(range(members)))
        options = AttributionOptions(groups=groups, exact_groups=exact)
        took = fastest(
            lambda explained=explained, options=options: ATTRIBUTIONS["shapley"](
                explained, x, background, options
            ),
            1,
        )
        whole = took / members * args.members
        print(
            f"Shapley values of {FAMILIES} families, {words}: {took:.1f} s; {args.members} members on all"
            f" segments {whole:.0f} s, each segment by the fifth that never saw it {whole / 5:.0f} s"
        )


if __name__ == "__main__":
    main()
