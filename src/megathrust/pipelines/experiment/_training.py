"""Networks trained block by block, wherever the engine has room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from megathrust.core import FloatArray, IntArray, ModelError, ProgressCallback, short_repr
from megathrust.models import FCNStack
from megathrust.pipelines.tasks import Task
from megathrust.pipelines.work import Arrays, Work
from megathrust.training import Fit, Member, fit_stack, single_threaded

# Members trained at once: their parameters and moments then stay within the caches of a laptop.
_BLOCK = 25


@short_repr
@dataclass(frozen=True)
class Block:
    """Members that are trained at once on one task; row i has the label of ``labelled[i]``, or its own."""

    task: Task
    members: tuple[Member, ...]
    labelled: IntArray | None = None

    @property
    def key(self) -> list[object]:
        """What tells its networks from others on the same table."""
        members = [[member.seed, len(member.train), int(member.train.sum())] for member in self.members]
        drawn = [] if self.labelled is None else [self.labelled.tolist()]
        return [asdict(self.task.network), *members, *drawn]


def train(
    features: FloatArray,
    labelled: IntArray,
    task: Task,
    members: Sequence[Member],
    *,
    device: str,
    progress: ProgressCallback | None = None,
) -> Fit:
    """Train a stack on a task, where row i has the label of ``labelled[i]``; shapes as in `fit_stack`.

    Raises
    ------
    ModelError
        If the training of a network failed: its NaN would make a fold's mean prediction NaN.
    """
    with single_threaded():
        fit = fit_stack(
            features,
            task.targets(labelled),
            members,
            task.architecture(features.shape[-1]),
            task.options(),
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


def train_blocks(
    features: FloatArray, blocks: Sequence[Block], work: Work, *, name: str, title: str
) -> list[Fit]:
    """Train several stacks side by side, recalling those that an interrupted command had finished."""
    done = work.compute(
        name,
        _train_block,
        (features, work.device),
        blocks,
        keys=[block.key for block in blocks],
        title=title,
    )
    return [
        fit_of(arrays, block.task, features.shape[-1]) for arrays, block in zip(done, blocks, strict=True)
    ]


def train_members(
    features: FloatArray,
    task: Task,
    members: Sequence[Member],
    work: Work,
    *,
    name: str,
    title: str,
    labelled: IntArray | None = None,
) -> Fit:
    """Train any number of members of one task, on other labels if asked, and return them as one stack."""
    blocks = [
        Block(task, tuple(members[start : start + _BLOCK]), labelled)
        for start in range(0, len(members), _BLOCK)
    ]
    fits = train_blocks(features, blocks, work, name=name, title=title)
    losses = np.concatenate([fit.losses for fit in fits], axis=1)
    return Fit(FCNStack.join([fit.stack for fit in fits]), losses)


def _train_block(shared: tuple[FloatArray, str], block: Block, advance: ProgressCallback) -> Arrays:
    features, device = shared
    rows = np.arange(len(features)) if block.labelled is None else block.labelled
    return arrays_of(train(features, rows, block.task, block.members, device=device, progress=advance))


def arrays_of(fit: Fit) -> Arrays:
    """Return a fit as arrays by name."""
    extra = {} if fit.temperatures is None else {"temperatures": fit.temperatures}
    state = {key: tensor.numpy() for key, tensor in fit.stack.state_dict().items()}
    return {**state, "losses": fit.losses, **extra}


def fit_of(arrays: Arrays, task: Task, n_features: int) -> Fit:
    """Return the fit that `arrays_of` took apart."""
    state = {name: array for name, array in arrays.items() if name not in ("losses", "temperatures")}
    return Fit(
        FCNStack.from_arrays(task.architecture(n_features), state),
        arrays["losses"],
        temperatures=arrays.get("temperatures"),
    )
