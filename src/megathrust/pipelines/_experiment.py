"""Networks and rivals on the same splits: who predicts what about rows it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, IntArray, ModelError, ProgressCallback
from megathrust.evaluation import BASELINES, Prediction, Rows, baseline
from megathrust.models import FCNArchitecture, FCNStack, Heads, derived_seed
from megathrust.pipelines._config import NetworkConfig, ProtocolConfig
from megathrust.pipelines._stages import Arrays, StageStore
from megathrust.pipelines._tasks import ClassTask, Task
from megathrust.splits import ChunkSplitter, Fold, RegionSplitter, Splitter
from megathrust.table import FeatureTable
from megathrust.training import Fit, Job, Member, fit_stack, side_by_side

# Members trained at once: their parameters and moments then stay within the caches of a laptop.
_BLOCK = 25


@dataclass(frozen=True)
class Problem:
    """The arrays that every model of a run learns from.

    Attributes
    ----------
    table : FeatureTable
        Complete rows.
    features : ndarray, shape (rows, features)
    classes : ndarray of int, shape (rows,)
    ruptures : ndarray of int, shape (rows,)
    n_classes : int
    """

    table: FeatureTable
    features: FloatArray
    classes: IntArray
    ruptures: IntArray
    n_classes: int

    @property
    def task(self) -> ClassTask:
        """What the networks that classify are asked."""
        return ClassTask(self.classes, self.n_classes)

    @property
    def rows(self) -> Rows:
        """What the rivals may know."""
        frame = self.table.frame
        return Rows(self.features, frame["region"].to_numpy(), frame["s_km"].to_numpy())


def make_splitter(config: ProtocolConfig, *, exclusion_km: float | None = None) -> Splitter:
    """Return the splitter of a protocol, at another exclusion distance if one is given."""
    if config.kind == "leave-one-region-out":
        return RegionSplitter()
    return ChunkSplitter(
        exclusion_km=config.exclusion_km if exclusion_km is None else exclusion_km,
        chunks=config.chunks,
        half_open_end=config.half_open_end,
        closed_regions=config.closed_regions,
        whole_ruptures=config.kind == "rupture-grouped",
    )


def members_of(folds: Sequence[Fold], network: NetworkConfig, count: int, seed: int) -> list[Member]:
    """Return ``count`` members per fold, fold by fold."""
    return [
        Member(
            train=fold.train,
            seed=derived_seed(seed, number, repeat),
            learning_rate=network.learning_rate,
            weight_decay=network.weight_decay,
            dropout=network.dropout,
            label_smoothing=network.label_smoothing,
        )
        for number, fold in enumerate(folds)
        for repeat in range(count)
    ]


def network_architecture(network: NetworkConfig, n_features: int, heads: Heads) -> FCNArchitecture:
    """Return the shape of the networks that a configuration asks for."""
    shape = FCNArchitecture(
        n_features,
        heads.n_outputs,
        network.hidden,
        network.activation,
        network.batch_norm,
        network.encoding,
        network.encoding_units,
        network.frequency_spread,
        heads=heads,
    )
    return shape.seeing(network.features_seen)


def train(
    features: FloatArray,
    rows: IntArray,
    task: Task,
    members: Sequence[Member],
    network: NetworkConfig,
    *,
    device: str,
    progress: ProgressCallback | None = None,
) -> Fit:
    """Train a stack on a task, where row i has the label of ``rows[i]``; shapes as in `fit_stack`.

    Raises
    ------
    ModelError
        If the training of a network failed: its NaN would make a fold's mean prediction NaN.
    """
    architecture = network_architecture(network, features.shape[-1], task.heads)
    fit = fit_stack(
        features,
        task.targets(rows),
        members,
        architecture,
        task.options(network),
        device=device,
        progress=progress,
    )
    failed = [reason for reason in fit.stopped if reason]
    if failed:
        raise ModelError(
            "the training of a network failed",
            given=f"{len(failed)} of {len(members)} networks, the first: {failed[0]}",
            action="take a lower learning rate",
        )
    return fit


def train_in_blocks(
    features: FloatArray,
    task: Task,
    members: Sequence[Member],
    network: NetworkConfig,
    store: StageStore,
    *,
    name: str,
    device: str,
    progress: ProgressCallback | None = None,
) -> Fit:
    """Train members block by block, recalling blocks that an interrupted run had finished."""
    blocks = [members[start : start + _BLOCK] for start in range(0, len(members), _BLOCK)]
    work = [(block, network) for block in blocks]
    fits = train_side_by_side(features, task, work, store, name=name, device=device, progress=progress)
    losses = np.concatenate([fit.losses for fit in fits], axis=1)
    return Fit(FCNStack.join([fit.stack for fit in fits]), losses)


def train_side_by_side(
    features: FloatArray,
    task: Task,
    blocks: Sequence[tuple[Sequence[Member], NetworkConfig]],
    store: StageStore,
    *,
    name: str,
    device: str,
    progress: ProgressCallback | None = None,
) -> list[Fit]:
    """Train several stacks, each of networks of its own kind, recalling those that were finished."""
    every = np.arange(len(features))

    def job(members: Sequence[Member], network: NetworkConfig) -> Job[Arrays]:
        def compute(advance: ProgressCallback) -> Arrays:
            fit = train(features, every, task, members, network, device=device, progress=advance)
            state = {key: tensor.numpy() for key, tensor in fit.stack.state_dict().items()}
            return {**state, "losses": fit.losses}

        def work(advance: ProgressCallback) -> Arrays:
            what: list[object] = [network.model_dump_json()]
            what += [[member.seed, len(member.train), int(member.train.sum())] for member in members]
            return store.compute_or_recall(name, what, lambda: compute(advance))

        return work

    jobs = [job(members, network) for members, network in blocks]
    done = side_by_side(jobs, workers=None if device == "cpu" else 1, progress=progress)
    fits = []
    for (_, network), recalled in zip(blocks, done, strict=True):
        arrays = dict(recalled)
        losses = arrays.pop("losses")
        architecture = network_architecture(network, features.shape[-1], task.heads)
        fits.append(Fit(FCNStack.from_arrays(architecture, arrays), losses))
    return fits


def predict_members(stack: FCNStack, problem: Problem, folds: Sequence[Fold], count: int) -> list[FloatArray]:
    """Return each fold's probabilities by its own members, each (members, test rows, classes)."""
    return [
        stack.select(range(number * count, (number + 1) * count)).probabilities(problem.features[fold.test])
        for number, fold in enumerate(folds)
    ]


def predict_rivals(
    problem: Problem,
    folds: Sequence[Fold],
    names: Sequence[str],
    seed: int,
    *,
    progress: ProgressCallback | None = None,
) -> dict[str, list[Prediction]]:
    """Return the predictions of every rival on every fold."""
    rows = problem.rows

    def job(name: str, number: int) -> Job[Prediction]:
        fold, rival = folds[number], baseline(name)
        # The place in the list of rivals keeps the seeds of two of them apart.
        own_seed = derived_seed(seed, 1000 + list(BASELINES).index(name), number)

        def work(advance: ProgressCallback) -> Prediction:
            probabilities = rival(
                rows.take(fold.train),
                problem.classes[fold.train],
                rows.take(fold.test),
                problem.n_classes,
                own_seed,
            )
            return Prediction(fold.name, fold.test, probabilities)

        return work

    jobs = [job(name, number) for name in names for number in range(len(folds))]
    scored = iter(side_by_side(jobs, progress=progress))
    return {name: [next(scored) for _ in folds] for name in names}
