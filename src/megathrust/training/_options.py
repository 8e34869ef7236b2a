"""How a stack is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_choice, check_range, check_same_length

FEATURE_DRAWS = ("mutual_information", "uniform")
OPTIMIZERS = ("adam", "adamw")
SAMPLINGS = ("balanced", "shuffled")
SCHEDULES = ("constant", "one_cycle")
TASK_WEIGHTINGS = ("fixed", "learned")


@dataclass(frozen=True)
class Member:
    """What sets one member of a stack apart: its rows, its seed, its hyperparameters.

    Attributes
    ----------
    train : ndarray of int, shape (n,)
        Rows it is fitted on.
    seed : int
        Seed of its random streams (initial parameters, batches, dropout, features seen).
    learning_rate : float
        Largest learning rate of its schedule.
    weight_decay : float
        Decoupled for AdamW, added to the gradient for Adam.
    dropout : float
        Share of hidden units dropped, in [0, 1).
    label_smoothing : float
        Share of a label that is spread evenly over all classes while training, in [0, 1).
    world : int
        Which of several versions of features or targets it sees: 0 is the first, often the only one.
    validation : ndarray of int, shape (v,), optional
        Rows of the inner validation set, such as `megathrust.splits.InnerSplitter` gives: the parameters of
        the epoch with the least loss there are kept. Without them those of the last epoch are. Only these
        and the training rows matter for anything of the member.
    row_weights : ndarray, shape (n,), optional
        Weight of every training row in the loss, >= 0; 1 by default.
    """

    train: IntArray
    seed: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    dropout: float = 0.0
    label_smoothing: float = 0.0
    world: int = 0
    validation: IntArray | None = None
    row_weights: FloatArray | None = None

    def __post_init__(self) -> None:
        check_range("the number of training rows", len(self.train), low=1)
        check_range("the seed", self.seed, low=0)
        check_range("the learning rate", self.learning_rate, low=0.0, open_low=True)
        check_range("the weight decay", self.weight_decay, low=0.0)
        check_range("the dropout rate", self.dropout, low=0.0, high=0.99)
        check_range("the label smoothing", self.label_smoothing, low=0.0, high=0.99)
        if self.validation is not None:
            check_range("the number of validation rows", len(self.validation), low=1)
            shared = np.intersect1d(self.train, self.validation)
            if len(shared):
                raise InputError(
                    "a member validates on rows that it trains on",
                    given=f"{len(shared)} shared rows, row {shared[0]} among them",
                    action="take the validation rows out of its training rows",
                )
        if self.row_weights is not None:
            check_same_length(train=self.train, row_weights=self.row_weights)
            check_range("the least weight of a row", float(np.min(self.row_weights)), low=0.0)
            check_range(
                "the sum of the weights of the rows", float(np.sum(self.row_weights)), open_low=True, low=0.0
            )


@dataclass(frozen=True)
class TrainingOptions:
    """What all members of a stack share.

    Parameters
    ----------
    epochs : int
        Passes over a member's training rows.
    batch_size : int
        Rows per step at most; the rows of an epoch are spread evenly over its steps, so that no step is
        left with a single row.
    optimizer : str
        ``"adam"`` or ``"adamw"``.
    schedule : str
        ``"one_cycle"`` (stepped per batch) or ``"constant"``.
    class_weights : bool
        Weigh each class by the inverse of its share among the member's own training rows.
    sampling : str
        ``"shuffled"``, each training row once an epoch; or ``"balanced"``, as many rows drawn with
        replacement so that every class is drawn as often.
    task_weights : str
        Of a stack with classes and magnitude: ``"fixed"``, loss of the classes plus ``magnitude_weight``
        times that of the magnitude; or ``"learned"``, by the homoscedastic uncertainty of both (Kendall
        et al. 2018, arXiv:1705.07115), each member its own.
    magnitude_weight : float
        Weight of the loss of the magnitude.
    huber_delta : float
        Where the Huber loss turns from square to linear, in the units that the magnitude is fitted in.
    feature_draw : str
        Where members see subsets of the features (`FCNArchitecture.features_seen`): ``"uniform"``, all
        features equally probable; or ``"mutual_information"``, by `feature_probabilities` of a member's own
        training rows.
    patience : int, optional
        Epochs without a lower validation loss after which a member stops; none lets it go on to the end.

    Raises
    ------
    InputError
        If an entry is out of range or unknown.
    """

    epochs: int = 120
    batch_size: int = 32
    optimizer: str = "adam"
    schedule: str = "one_cycle"
    class_weights: bool = False
    sampling: str = "shuffled"
    task_weights: str = "fixed"
    magnitude_weight: float = 1.0
    huber_delta: float = 1.0
    feature_draw: str = "uniform"
    patience: int | None = None

    def __post_init__(self) -> None:
        check_range("the number of epochs", self.epochs, low=1)
        check_range("the batch size", self.batch_size, low=2)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("sampling", self.sampling, SAMPLINGS)
        check_choice("draw of features", self.feature_draw, FEATURE_DRAWS)
        check_choice("weighting of tasks", self.task_weights, TASK_WEIGHTINGS)
        check_range("the weight of the magnitude", self.magnitude_weight, low=0.0, open_low=True)
        check_range("the turn of the Huber loss", self.huber_delta, low=0.0, open_low=True)
        if self.patience is not None:
            check_range("the patience", self.patience, low=1)
