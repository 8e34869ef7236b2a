"""The shape of a fully connected network, the same for every member of a stack."""

from __future__ import annotations

from dataclasses import dataclass

from megathrust.core import InputError, check_choice, check_range

ACTIVATIONS = ("elu", "leaky_relu", "relu", "selu", "sigmoid", "tanh")
BATCH_NORM_PLACES = ("none", "before", "after")


@dataclass(frozen=True)
class FCNArchitecture:
    """Widths and kinds of the layers of a fully connected network.

    Parameters
    ----------
    n_features : int
        Inputs.
    n_outputs : int
        Outputs; for classification one logit per class.
    hidden : tuple of int
        Widths of the hidden layers, from the input on.
    activation : str
        One of `ACTIVATIONS`, after every hidden layer.
    batch_norm : str
        ``"none"``, ``"before"`` each hidden linear layer, or ``"after"`` it (ahead of the activation).

    Raises
    ------
    InputError
        If a width is below 1 or a name is unknown.
    """

    n_features: int
    n_outputs: int
    hidden: tuple[int, ...] = (200, 200)
    activation: str = "relu"
    batch_norm: str = "none"

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("place of batch norm", self.batch_norm, BATCH_NORM_PLACES)
        check_range("the number of features", self.n_features, low=1)
        check_range("the number of outputs", self.n_outputs, low=1)
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        if not self.hidden or min(self.hidden) < 1:
            raise InputError("a hidden layer has no unit", given=self.hidden, allowed="widths of 1 or more")
