"""Training a stack of networks against training one after another, and against what the machine can do.

Usage: python benchmarks/bench_training.py [--members 48 --width 100 --epochs 40 --batch-size 16]

Every rival trains networks of the same widths on as many rows with the same batch size and number of epochs.
Rivals are measured on a stated part of the work and extrapolated; all of them run in the same process, one
after another, with as many threads as there are cores.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.utils.data import DataLoader, Dataset

from megathrust.models import FCNArchitecture
from megathrust.pipelines.work import open_engine
from megathrust.training import Member, TrainingOptions, fit_classifier, single_threaded

ROWS, FEATURES, CLASSES = 430, 49, 2
DROPOUT, RATE = 0.2, 1e-3
BLOCK = 24


class RowDataset(Dataset):
    """One row of a frame at a time, as networks on tables are often fed."""

    def __init__(self, frame):
        self.frame = frame

    def __len__(self):
        return len(self.frame)

    def __getitem__(self, index):
        row = self.frame.iloc[index]
        return torch.tensor(row.iloc[:-1].to_numpy(dtype=np.float32)), int(row.iloc[-1])


def network(width):
    return nn.Sequential(
        nn.Linear(FEATURES, width), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(width, width), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(width, CLASSES),
    )  # fmt: skip


def train_network(batches, epochs, width, steps_per_epoch):
    """Train one network on what ``batches()`` yields, as PyTorch's own tutorials do."""
    model = network(width).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=epochs * steps_per_epoch + 1)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for x, y in batches():
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()


def seconds(work):
    """Return wall-clock and processor seconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return np.array([time.perf_counter() - wall, time.process_time() - processor])


def by_stack(x, y, args):
    architecture = FCNArchitecture(FEATURES, CLASSES, (args.width, args.width))
    options = TrainingOptions(args.epochs, args.batch_size)
    # Every member has a rate of its own, as in a random search: no two of them share a kernel call.
    members = [
        Member(np.arange(ROWS), seed, RATE * (1.0 + seed / 1000.0), 0.0, DROPOUT)
        for seed in range(args.members)
    ]
    blocks = [members[start : start + BLOCK] for start in range(0, len(members), BLOCK)]
    with open_engine() as engine:
        return seconds(
            lambda: list(engine(fit_block, (x, y, architecture, options), blocks, lambda done: None))
        )


def fit_block(shared, block, advance):
    x, y, architecture, options = shared
    with single_threaded():
        return fit_classifier(x, y, block, architecture, options, progress=advance)


def by_row_loader(x, y, args):
    frame = pd.DataFrame(x).assign(label=y)
    loader = DataLoader(RowDataset(frame), batch_size=args.batch_size, shuffle=True)
    epochs = min(args.epochs, 3)
    took = seconds(lambda: train_network(lambda: loader, epochs, args.width, len(loader)))
    return took * args.epochs / epochs * args.members, f"{epochs} epochs of 1 network"


def by_tensors(x, y, args):
    features, classes = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    steps = -(-ROWS // args.batch_size)

    def batches():
        for chosen in torch.randperm(ROWS).split(args.batch_size):
            yield features[chosen], classes[chosen]

    count = min(args.members, 2)
    took = sum(seconds(lambda: train_network(batches, args.epochs, args.width, steps)) for _ in range(count))
    return took * args.members / count, f"{count} networks"


def by_sklearn(x, y, args):
    count = min(args.members, 2)
    took = np.zeros(2)
    for seed in range(count):
        model = MLPClassifier(
            (args.width, args.width), batch_size=args.batch_size, max_iter=args.epochs, tol=0.0,
            n_iter_no_change=args.epochs + 1, learning_rate_init=RATE, random_state=seed,
        )  # fmt: skip
        took += seconds(lambda model=model: model.fit(x, y))
    return took * args.members / count, f"{count} networks, without dropout and schedule"


def work_of(args):
    """Return floating-point operations and bytes that the networks need at least, all steps together."""
    per_layer = np.array([FEATURES * args.width, args.width**2, args.width * CLASSES])
    steps = args.members * args.epochs * -(-ROWS // args.batch_size)
    # Forward, gradient of the weights, gradient of the inputs; the first layer does without the last.
    operations = 2.0 * args.members * args.epochs * ROWS * (3 * per_layer.sum() - per_layer[0])
    # The weights are read forward and backward, gradients written; Adam reads 4 arrays and writes 3.
    bytes_moved = steps * per_layer.sum() * 4.0 * (2 + 1 + 7)
    return operations, bytes_moved


def machine():
    """Return the matrix multiply rate in GFLOP/s (float32) and the copy rate in GB/s, best of several."""
    a = torch.randn(1536, 1536)
    product = min(seconds(lambda: a @ a)[0] for _ in range(6))
    source, target = torch.randn(32_000_000), torch.empty(32_000_000)
    copy = min(seconds(lambda: target.copy_(source))[0] for _ in range(6))
    return 2.0 * 1536**3 / product / 1e9, 2.0 * source.nbytes / copy / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=48)
    parser.add_argument("--width", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    cores = len(os.sched_getaffinity(0))
    torch.set_num_threads(cores)
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, FEATURES))
    y = (x[:, 0] + x[:, 1] + 0.5 * random.normal(size=ROWS) > 0).astype(np.int64)
    print(
        f"{args.members} networks {FEATURES}-{args.width}-{args.width}-{CLASSES}, {args.epochs} epochs of"
        f" {ROWS} rows in batches of {args.batch_size}; {cores} cores, load {os.getloadavg()[0]:.1f}"
    )
    fastest = min((by_stack(x, y, args) for _ in range(2)), key=lambda took: took[0])
    print(f"stack, blocks of {BLOCK} side by side: {fastest[0]:8.2f} s, {fastest[1]:.2f} s of processor")
    for name, rival in (
        ("one by one, rows of a frame", by_row_loader),
        ("one by one, tensors", by_tensors),
        ("one by one, sklearn", by_sklearn),
    ):
        took, part = rival(x, y, args)
        wall, processor = took / fastest
        print(
            f"{name:28s} {took[0]:8.2f} s, {took[1]:.2f} s of processor (from {part}):"
            f" the stack is {wall:.1f} times as fast, {processor:.1f} by processor time"
        )
    operations, bytes_moved = work_of(args)
    product, copy = machine()
    bound = max(operations / product, bytes_moved / copy) / 1e9
    print(
        f"stack: {operations / fastest[0] / 1e9:.1f} of {product:.1f} GFLOP/s (matrix multiply),"
        f" {bytes_moved / fastest[0] / 1e9:.1f} of {copy:.1f} GB/s (copy);"
        f" bound {bound:.2f} s, reached {bound / fastest[0]:.0%} of it"
    )
    print(f"torch {torch.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
