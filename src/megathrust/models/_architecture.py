"""The shape of a fully connected network, the same for every member of a stack."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from megathrust.core import InputError, check_choice, check_range
from megathrust.models._heads import Heads

ACTIVATIONS = ("elu", "leaky_relu", "relu", "selu", "sigmoid", "tanh")
BATCH_NORM_PLACES = ("none", "before", "after")
ENCODINGS = ("none", "periodic", "piecewise_linear")


@dataclass(frozen=True)
class FCNArchitecture:
    """Widths and kinds of the layers of a fully connected network.

    Parameters
    ----------
    n_features : int
        Inputs.
    n_outputs : int
        Outputs; for classification one logit per class, otherwise what ``heads`` says.
    hidden : tuple of int
        Widths of the hidden layers, from the input on.
    activation : str
        One of `ACTIVATIONS`, after every hidden layer.
    batch_norm : str
        ``"none"``, ``"before"`` each hidden linear layer, or ``"after"`` it (ahead of the activation).
    encoding : str
        How a feature enters: ``"none"``, as it is; ``"piecewise_linear"``, as shares of bins;
        ``"periodic"``, as sines and cosines.
    encoding_units : int
        Bins or frequencies of every feature.
    frequency_spread : float
        Standard deviation of the first frequencies, in turns per standard deviation of a feature.
    features_seen : int, optional
        Features that each member sees, its own random subset of them (Ho 1998, doi:10.1109/34.709601); all
        by default.
    heads : Heads, optional
        What the outputs mean; one logit per class by default.
    shared_by : int
        Consecutive members that share the matrices of the hidden layers, see `SharedLinear`; with 1 every
        member has its own. Output layers, batch norm and encodings are never shared; a group sees one
        subset of the features.

    Raises
    ------
    InputError
        If a width is below 1, a name is unknown or the heads need another number of outputs.

    Examples
    --------
    >>> from megathrust.models import FCNArchitecture
    >>> network = FCNArchitecture(n_features=6, n_outputs=2, hidden=(64, 64), encoding="piecewise_linear")
    >>> network.hidden, network.encoding
    ((64, 64), 'piecewise_linear')
    """

    n_features: int
    n_outputs: int
    hidden: tuple[int, ...] = (200, 200)
    activation: str = "relu"
    batch_norm: str = "none"
    encoding: str = "none"
    encoding_units: int = 8
    frequency_spread: float = 0.1
    features_seen: int | None = None
    # Filled below, where the number of classes is known.
    heads: Heads = None  # type: ignore[assignment]
    shared_by: int = 1

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("place of batch norm", self.batch_norm, BATCH_NORM_PLACES)
        check_choice("encoding", self.encoding, ENCODINGS)
        check_range("the number of units of an encoding", self.encoding_units, low=1)
        check_range("the spread of frequencies", self.frequency_spread, low=0.0, open_low=True)
        check_range("the number of features", self.n_features, low=1)
        check_range("the number of outputs", self.n_outputs, low=1)
        check_range("the number of members that share weights", self.shared_by, low=1)
        if self.features_seen is not None:
            check_range(
                "the number of features that a member sees", self.features_seen, low=1, high=self.n_features
            )
        # NumPy's integers, such as a grid of parameters may hold, cannot be written as JSON.
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        for name in ("encoding_units", "features_seen", "shared_by"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else int(value))
        if not self.hidden or min(self.hidden) < 1:
            raise InputError("a hidden layer has no unit", given=self.hidden, allowed="widths of 1 or more")
        object.__setattr__(self, "heads", _fitting(self.heads, self.n_outputs))

    def seeing(self, count: int | None) -> FCNArchitecture:
        """Return the architecture of members that see so many features; all, where there are not more."""
        return replace(self, features_seen=None if count is None or count >= self.n_features else count)

    @property
    def n_encoded(self) -> int:
        """Inputs of the first linear layer."""
        if self.encoding == "none":
            return self.n_seen
        # A frequency gives a sine and a cosine.
        return self.n_seen * self.encoding_units * (2 if self.encoding == "periodic" else 1)

    @property
    def n_seen(self) -> int:
        """Features that a member sees."""
        return self.n_features if self.features_seen is None else self.features_seen


def numbers_of(architecture: FCNArchitecture, members: int) -> int:
    """Return a number that the weights of a stack have at least: those of its matrices and its scaling."""
    widths = (architecture.n_encoded, *architecture.hidden)
    hidden = sum(n_inputs * n_outputs for n_inputs, n_outputs in pairwise(widths))
    heads = architecture.heads
    scores = heads.magnitude_outputs + (1 if heads.ordinal else heads.class_outputs)
    groups = members // architecture.shared_by
    return groups * hidden + members * (2 * architecture.n_features + architecture.hidden[-1] * scores)


def _fitting(heads: Heads | None, n_outputs: int) -> Heads:
    if heads is None:
        return Heads(classes=n_outputs)
    if heads.n_outputs != n_outputs:
        raise InputError("the heads need another number of outputs", given=n_outputs, allowed=heads.n_outputs)
    return heads
