"""Members that share the matrices of their hidden layers against members that have their own.

Usage: python benchmarks/bench_sharing.py [--members 30 --width 128 --epochs 10 --batch-size 32 --repeats 5]

Both kinds are trained in turn in the same process, as one stack on one thread, the way blocks of a run are
trained side by side; the fastest repeat of each counts. The spread is the standard deviation of a
probability over the members, averaged over rows that they were not trained on.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
import torch

from megathrust.models import FCNArchitecture
from megathrust.training import Member, TrainingOptions, fit_classifier

ROWS, FEATURES, CLASSES = 430, 49, 2


def train(x, y, architecture, args):
    """Return wall-clock and processor seconds per epoch and the trained stack."""
    members = [Member(np.arange(ROWS), seed, 1e-3, 0.01, 0.2) for seed in range(args.members)]
    options = TrainingOptions(args.epochs, args.batch_size)
    wall, processor = time.perf_counter(), time.process_time()
    stack = fit_classifier(x, y, members, architecture, options).stack
    took = np.array([time.perf_counter() - wall, time.process_time() - processor])
    return took / args.epochs, stack


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=30)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    x = random.normal(size=(2 * ROWS, FEATURES))
    y = (x[:, 0] + x[:, 1] + 0.5 * random.normal(size=len(x)) > 0).astype(np.int64)
    print(
        f"{args.members} networks {FEATURES}-{args.width}-{args.width}-{CLASSES}, {ROWS} rows in batches of"
        f" {args.batch_size}; one thread, load {os.getloadavg()[0]:.1f}"
    )
    for encoding in ("none", "piecewise_linear"):
        kinds = {
            shared_by: FCNArchitecture(
                FEATURES, CLASSES, (args.width, args.width), encoding=encoding, shared_by=shared_by
            )
            for shared_by in (1, args.members)
        }
        seconds = {shared_by: np.full(2, np.inf) for shared_by in kinds}
        stacks = {}
        for _ in range(args.repeats):
            for shared_by, architecture in kinds.items():
                took, stacks[shared_by] = train(x, y, architecture, args)
                seconds[shared_by] = np.minimum(seconds[shared_by], took)
        for shared_by, stack in stacks.items():
            numbers = sum(p.numel() for p in stack.parameters() if p.requires_grad) / args.members
            wall, processor = 1e3 * seconds[shared_by]
            spread = stack.probabilities(x[ROWS:])[..., 1].std(0).mean()
            print(
                f"{encoding:16s} shared by {shared_by:2d}: {numbers:8.0f} trained numbers per member,"
                f" {wall:6.1f} ms per epoch of all ({processor:6.1f} ms of processor), spread {spread:.3f}"
            )
    print(f"torch {torch.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
