"""Train every member of a stack at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from megathrust.core import (
    FloatArray,
    InputError,
    IntArray,
    ProgressCallback,
    check_range,
    known_mean_and_spread,
    known_medians,
    short_repr,
)
from megathrust.models import FCNArchitecture, FCNStack, PiecewiseLinearEncoding
from megathrust.training._checkpoint import fingerprint
from megathrust.training._network import Member, TrainingOptions
from megathrust.training._sharing import check_groups
from megathrust.training._subsets import draw_subsets
from megathrust.training._targets import Targets, check_problem, in_worlds, of_world
from megathrust.training._trainer import Trainer


@short_repr
@dataclass(frozen=True)
class Fit:
    """A trained stack and how it got there.

    Attributes
    ----------
    stack : FCNStack
        In evaluation mode, on the CPU.
    losses : ndarray, shape (epochs, members)
        Mean training loss of every epoch; NaN for epochs after a member stopped.
    validation_losses : ndarray, shape (epochs, members), optional
        Loss on the member's validation rows after every epoch; NaN without such rows.
    best_epochs : ndarray of int, shape (members,), optional
        Epoch, from 0, whose parameters a member has; -1 for the last one, of members without validation.
    stopped : tuple of str
        Why a member stopped before its last epoch; empty for those that did not. A member that failed
        before any epoch was validated predicts NaN.
    temperatures : ndarray, shape (members,), optional
        What the outputs of the classes were divided by after training; none where they were left alone.
    """

    stack: FCNStack
    losses: FloatArray
    validation_losses: FloatArray | None = None
    best_epochs: IntArray | None = None
    stopped: tuple[str, ...] = ()
    temperatures: FloatArray | None = None


def fit_classifier(
    features: FloatArray,
    classes: IntArray,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
    *,
    device: str = "cpu",
    progress: ProgressCallback | None = None,
) -> Fit:
    """Fit a stack of classifiers: `fit_stack` for classes alone.

    Parameters
    ----------
    features : ndarray, shape (rows, features) or (worlds, rows, features)
        Numbers in their units, NaN where a value is missing: each member then takes the median of its
        training rows. Several versions of them for surrogate worlds.
    classes : ndarray of int, shape (rows,) or (worlds, rows)
        Class of every row, from 0.
    members : sequence of Member
        Training rows, seed and hyperparameters of each network.
    architecture : FCNArchitecture
        Shape of every network; its number of outputs is the number of classes.
    options : TrainingOptions
        What the members share.
    device : str
        Where to compute, such as ``"cpu"`` or ``"cuda"``.
    progress : callable, optional
        Called with (steps done, steps in all).

    Raises
    ------
    InputError
        If shapes do not fit, a feature is infinite, or the device is not there.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> members = [Member(np.arange(100), seed=number) for number in range(3)]
    >>> shape = FCNArchitecture(n_features=6, n_outputs=2, hidden=(8,))
    >>> options = TrainingOptions(epochs=5)
    >>> fit = fit_classifier(table.features(), table.classes([8.0]), members, shape, options)
    >>> fit.stack.probabilities(table.features()).shape, fit.losses.shape
    ((3, 130, 2), (5, 3))
    """
    targets = Targets(classes=classes)
    return fit_stack(features, targets, members, architecture, options, device=device, progress=progress)


def fit_stack(
    features: FloatArray,
    targets: Targets,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
    *,
    device: str = "cpu",
    progress: ProgressCallback | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 500,
) -> Fit:
    """Fit a stack to classes, magnitudes, or both; whatever is fitted of a member comes from its own rows.

    A member whose loss becomes NaN stops and says so in the result; the others go on. Members that share
    weights (``architecture.shared_by``) stop together and keep the epoch of their least mean validation loss.

    Parameters
    ----------
    features : ndarray, shape (rows, features) or (worlds, rows, features)
        Numbers in their units, NaN where a value is missing: each member then takes the median of its
        training rows. Several versions of them for surrogate worlds.
    targets : Targets
        What the heads of the architecture need.
    members : sequence of Member
        Rows, seed and hyperparameters of each network.
    architecture : FCNArchitecture
        Shape and heads of every network.
    options : TrainingOptions
        What the members share.
    device : str
        Where to compute, such as ``"cpu"`` or ``"cuda"``.
    progress : callable, optional
        Called with (steps done, steps in all).
    checkpoint : path_like, optional
        File that the state of the training is written to, whole or not at all. If it exists, the training
        goes on from there and ends, on the same machine, with the very numbers it would have had without a
        break. It stays when the training ends, so that the same call gives the result at once.
    checkpoint_every : int
        Steps between two checkpoints.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        If shapes do not fit, a feature is infinite, members that share weights differ in rows, world,
        learning rate or weight decay, or the device is not there.
    ModelError
        If the checkpoint is damaged or belongs to another training.

    Examples
    --------
    >>> from megathrust.models import Heads
    >>> random = np.random.default_rng(0)
    >>> x = random.normal(size=(40, 3))
    >>> magnitude = 8.0 + 0.5 * x[:, 0]
    >>> heads = Heads(classes=2, magnitude="mse")
    >>> targets = Targets((magnitude >= 8.0).astype(int), magnitude)
    >>> members = [Member(np.arange(30), seed, learning_rate=0.01) for seed in range(2)]
    >>> architecture = FCNArchitecture(3, heads.n_outputs, (8,), heads=heads)
    >>> stack = fit_stack(x, targets, members, architecture, TrainingOptions(epochs=40)).stack
    >>> stack.probabilities(x).shape, stack.magnitudes(x).shape
    ((2, 40, 2), (2, 40))
    >>> bool(np.abs(stack.magnitudes(x[30:]) - magnitude[30:]).mean() < 0.3)
    True
    """
    check_range("the number of steps between checkpoints", checkpoint_every, low=1)
    features, targets = in_worlds(features, targets)
    check_problem(features, targets, members, architecture)
    check_groups(members, architecture.shared_by)
    _check_options(options, members, architecture)
    place = device_named(device)
    stack = make_stack(features, targets, members, architecture, options)
    trainer = Trainer(stack.to(place), features, targets, members, options)
    if checkpoint is not None:
        training = fingerprint(features, targets, members, architecture, options)
        if Path(checkpoint).exists():
            trainer.resume(checkpoint, training)
        trainer.keep(checkpoint, training, checkpoint_every)
    trainer.run(progress)
    done = trainer.members
    return Fit(stack.cpu().eval(), done.losses, done.validation_losses, done.best_epoch, tuple(done.stopped))


def make_stack(
    features: FloatArray,
    targets: Targets,
    members: Sequence[Member],
    architecture: FCNArchitecture,
    options: TrainingOptions,
) -> FCNStack:
    """Return the stack ahead of its first step: what is fitted once is fitted, what is drawn is drawn.

    Fitted are scaling, what missing values count as, bins and the scale of the magnitude; drawn are subsets
    of features and parameters.

    Parameters
    ----------
    features : ndarray, shape (worlds, rows, features)
    targets : Targets
        With an axis of worlds.
    members : sequence of Member
    architecture : FCNArchitecture
    options : TrainingOptions
    """
    shift, scale = standardization(features, members)
    fill = np.stack([known_medians(of_world(features, member)[member.train]) for member in members])
    stack = FCNStack(architecture, shift, scale, fill)
    stack.draw([member.seed for member in members])
    if stack.magnitude_scale is not None and targets.magnitudes is not None:
        for k, member in enumerate(members):
            stack.magnitude_scale.fit(k, of_world(targets.magnitudes, member)[member.train])
    subset, encoding = stack.subset, stack.encoding
    if subset is not None:
        drawn = draw_subsets(features, targets, members, architecture.n_seen, options.feature_draw)
        # The rows of a shared matrix stand for the features that the first member of the group sees.
        drawn = drawn[:: architecture.shared_by].repeat(architecture.shared_by, axis=0)
        subset.chosen.copy_(torch.from_numpy(drawn))
    for k, member in enumerate(members):
        if isinstance(encoding, PiecewiseLinearEncoding):
            own = (of_world(features, member)[member.train] - shift[k]) / scale[k]
            encoding.fit(k, own if subset is None else own[:, subset.chosen[k].numpy()])
    return stack


def standardization(features: FloatArray, members: Sequence[Member]) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of every member's training rows, each (members, features).

    Missing values do not count. A feature that is constant there gets the scale 1, so that it stays a plain
    zero.

    Parameters
    ----------
    features : ndarray, shape (worlds, rows, features)
    members : sequence of Member
    """
    parts = [known_mean_and_spread(of_world(features, member)[member.train]) for member in members]
    shift = np.stack([mean for mean, _ in parts])
    scale = np.stack([spread for _, spread in parts])
    # A spread at rounding level of the mean is a constant, whatever std says.
    constant = scale <= 1e-9 * np.abs(shift)
    return shift, np.where(constant, 1.0, scale)


def _check_options(
    options: TrainingOptions, members: Sequence[Member], architecture: FCNArchitecture
) -> None:
    if not architecture.heads.classes:
        for name, asked in (
            ("class weights", options.class_weights),
            ("balanced sampling", options.sampling == "balanced"),
            ("label smoothing", any(member.label_smoothing for member in members)),
        ):
            if asked:
                raise InputError(f"{name} need classes", given="heads without classes")
    if options.patience is not None and not all(member.validation is not None for member in members):
        raise InputError(
            "patience needs a validation set", action="give every member validation rows or no patience"
        )


def devices() -> list[str]:
    """Return where PyTorch can train on this machine.

    Examples
    --------
    >>> devices()[0]
    'cpu'
    """
    found = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return ["cpu", *found]


def device_named(name: str) -> torch.device:
    """Return a device that tensors can be put on.

    Raises
    ------
    InputError
        If PyTorch has no such device.

    Examples
    --------
    >>> device_named("cpu")
    device(type='cpu')
    """
    try:
        place = torch.device(name)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        # PyTorch says that a device is missing with either of the two.
        raise InputError(
            "the device cannot be used", given=name, allowed="cpu, or cuda where PyTorch finds a GPU"
        ) from error
    return place
