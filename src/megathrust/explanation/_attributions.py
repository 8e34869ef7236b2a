"""What every attribution gives, what it is given, and attributions by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from megathrust.core import FloatArray, ProgressCallback, Registry, check_range, short_repr
from megathrust.explanation._background import Background
from megathrust.explanation._explained import Explained


@short_repr
@dataclass(frozen=True)
class Relevance:
    """How a quantity divides among the features.

    Attributes
    ----------
    features : ndarray, shape (members, classes, rows, features)
        Relevance of each feature (or group of features) for each explained quantity.
    bias : ndarray, shape (members, classes, rows)
        What no feature got: biases, stabilisers, and what a method leaves over;
        ``features.sum(-1) + bias`` is ``delta``.
    delta : ndarray, shape (members, classes, rows)
        What is divided: the quantity less its mean over the background, or as it is without a background.
    error : ndarray, shape (members, classes, rows, features), optional
        Standard error of each relevance, where it comes from random draws.
    """

    features: FloatArray
    bias: FloatArray
    delta: FloatArray
    error: FloatArray | None = field(default=None)


@dataclass(frozen=True)
class AttributionOptions:
    """What attributions may be told; each takes what it has a use for.

    Parameters
    ----------
    rule : str
        Rule or composite of LRP.
    epsilon : float
        Stabiliser of LRP, > 0.
    groups : tuple of str, optional
        Group of each feature, for the methods that switch groups; every feature is its own by default.
    steps : int
        Points on the path from each background segment, for integrated gradients.
    draws : int
        Random points for expected gradients, >= 2.
    permutations : int
        Random orders of the groups for Shapley values, for every background segment, where there are too
        many groups for all coalitions; 4 at least.
    exact_groups : int
        Up to so many groups every coalition is looked at.
    seed : int
        Of what is drawn.
    progress : callable, optional
        Called with (done, in all).
    """

    rule: str = "epsilon"
    epsilon: float = 1e-6
    groups: tuple[str, ...] | None = None
    steps: int = 32
    draws: int = 512
    permutations: int = 4
    exact_groups: int = 10
    seed: int = 0
    progress: ProgressCallback | None = None

    def __post_init__(self) -> None:
        check_range("epsilon", self.epsilon, low=0.0, open_low=True)
        for name in ("steps", "exact_groups"):
            check_range(f"the number of {name.replace('_', ' ')}", getattr(self, name), low=1)
        # One draw has no standard error.
        check_range("the number of draws", self.draws, low=2)
        check_range("the number of permutations", self.permutations, low=4)

    def tell(self, done: int, of: int) -> None:
        """Tell whoever watches how much is done."""
        if self.progress is not None:
            self.progress(done, of)


#: (what is explained, features (rows, features), background, options) -> relevance
Attribution = Callable[[Explained, FloatArray, Background, AttributionOptions], Relevance]

#: Attributions by name.
ATTRIBUTIONS: Registry[Attribution] = Registry("attribution")
