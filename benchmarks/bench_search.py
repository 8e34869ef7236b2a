"""A search of the seed study's size from end to end: its time, and the bound that the machine sets.

Usage: python benchmarks/bench_search.py --table TABLE [--budget 120 --epochs 120 --workers 2]

The seed study trained 120 random configurations in 5 scenarios for 120 epochs. Here every configuration is
also scored on inner folds, so that one training becomes as many as there are inner blocks, and the search
on all rows that gives the recommended configuration is a sixth scenario. Nothing is stopped early (rungs:
1). The bound is the time that the multiplications alone take at the machine's rate of large matrix
products, or the parameters, their gradients and moments at its copy rate, whichever is longer, training by
training.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from bench_training import machine

from megathrust.pipelines.build import open_table
from megathrust.pipelines.search import load_search_config, search
from megathrust.splits import ChunkSplitter, Fold, InnerSplitter


def training_rows(result, config):
    """Return the training rows of all inner folds, scenario by scenario."""
    table, protocol = result.experiment.table, config.protocol
    outer = ChunkSplitter(exclusion_km=protocol.exclusion_km, closed_regions=protocol.closed_regions)
    everything = Fold("all", np.arange(len(table)), np.empty(0, dtype=np.int64))
    inner = InnerSplitter(exclusion_km=protocol.exclusion_km, blocks=config.search.inner_blocks)
    return [[len(f.train) for f in inner.split(table, fold)] for fold in (*outer.split(table), everything)]


def bound_of(result, config, product, copy):
    """Return networks trained, operations, bytes and the least seconds for them, at GFLOP/s and GB/s."""
    rows = training_rows(result, config)
    n_features = result.experiment.rows.features.shape[1]
    networks, operations, bytes_moved, least = 0, 0.0, 0.0, 0.0
    for each in result.measured:
        shape = each.trial.network.architecture(n_features, result.task.heads)
        layers = [a * b for a, b in pairwise((shape.n_encoded, *shape.hidden, shape.n_outputs))]
        for count in rows[each.scenario]:
            # As in bench_training: forward and both gradients (the first layer needs one), ten passes.
            multiplied = 2.0 * each.epochs * count * (3 * sum(layers) - layers[0])
            steps = each.epochs * -(-count // each.trial.network.batch_size)
            moved = 4.0 * 10 * steps * sum(layers)
            networks += 1
            operations += multiplied
            bytes_moved += moved
            least += max(multiplied / product, moved / copy) / 1e9
    return networks, operations, bytes_moved, least


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table")
    parser.add_argument("--budget", type=int, default=120)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--inner-blocks", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    config = load_search_config(
        "seed",
        search={
            "budget": args.budget,
            "rungs": 1,
            "inner_blocks": args.inner_blocks,
            "inner_members": 1,
            "space": {"epochs": [args.epochs]},
        },
    )
    product, copy = machine()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = search(open_table(args.table), config, Path(folder) / "found", workers=args.workers)
    wall = time.perf_counter() - started
    trained = sum(each.seconds for each in result.measured)
    networks, operations, bytes_moved, least = bound_of(result, config, product, copy)
    print("\n".join(result.summary()))
    print(
        f"{args.budget} trials x {len(result.scenarios)} scenarios x {args.inner_blocks} inner folds ="
        f" {networks} networks of {args.epochs} epochs; with {config.search.refit_members} refitted networks"
        f" per outer fold, rivals and figures {wall / 60:.1f} min, {args.workers} workers on"
        f" {len(os.sched_getaffinity(0))} cores (load {os.getloadavg()[0]:.1f});"
        f" training {trained / 60:.1f} min of one core"
    )
    print(
        f"training: {operations / trained / 1e9:.1f} GFLOP/s, {bytes_moved / trained / 1e9:.1f} GB/s a core;"
        f" the machine: {product:.1f} GFLOP/s, {copy:.1f} GB/s with {torch.get_num_threads()} threads;"
        f" bound {least / 60:.1f} min, {least / wall:.0%} of the whole time"
    )


if __name__ == "__main__":
    main()
