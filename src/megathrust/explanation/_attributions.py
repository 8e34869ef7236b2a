"""What every attribution gives, and attributions by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from megathrust.core import FloatArray, Registry, short_repr


@short_repr
@dataclass(frozen=True)
class Relevance:
    """How a logit divides among the features.

    Attributes
    ----------
    features : ndarray, shape (members, classes, rows, features)
        Relevance of each feature for the logit of each class (for other heads: for each output).
    bias : ndarray, shape (members, classes, rows)
        What the biases and the stabiliser took; ``features.sum(-1) + bias`` is the logit.
    logits : ndarray, shape (members, classes, rows)
        The explained outputs.
    """

    features: FloatArray
    bias: FloatArray
    logits: FloatArray


#: Attributions by name, called as ``(stack, features, rule=..., epsilon=..., progress=...)``.
ATTRIBUTIONS: Registry[Callable[..., Relevance]] = Registry("attribution")
