"""How a stack is trained."""

from __future__ import annotations

from dataclasses import dataclass

from megathrust.core import IntArray, check_choice, check_range

OPTIMIZERS = ("adam", "adamw")
SCHEDULES = ("constant", "one_cycle")


@dataclass(frozen=True)
class Member:
    """What sets one member of a stack apart: its training rows, its seed, its hyperparameters.

    Attributes
    ----------
    train : ndarray of int, shape (n,)
        Rows it is fitted on; the only rows that anything of it depends on.
    seed : int
        Seed of its random streams (initial parameters, batches, dropout).
    learning_rate : float
        Largest learning rate of its schedule.
    weight_decay : float
        Decoupled for AdamW, added to the gradient for Adam.
    dropout : float
        Share of hidden units dropped, in [0, 1).
    world : int
        Which of several versions of features or classes it sees: 0 is the first, often the only one.
    """

    train: IntArray
    seed: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    dropout: float = 0.0
    world: int = 0

    def __post_init__(self) -> None:
        check_range("the number of training rows", len(self.train), low=1)
        check_range("the seed", self.seed, low=0)
        check_range("the learning rate", self.learning_rate, low=0.0, open_low=True)
        check_range("the weight decay", self.weight_decay, low=0.0)
        check_range("the dropout rate", self.dropout, low=0.0, high=0.99)


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
    """

    epochs: int = 120
    batch_size: int = 32
    optimizer: str = "adam"
    schedule: str = "one_cycle"
    class_weights: bool = False

    def __post_init__(self) -> None:
        check_range("the number of epochs", self.epochs, low=1)
        check_range("the batch size", self.batch_size, low=2)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("schedule", self.schedule, SCHEDULES)
