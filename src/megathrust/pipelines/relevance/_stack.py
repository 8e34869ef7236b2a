"""Networks that are trained to be explained: all features, several encodings, no draw by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, fill_missing
from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    ExplainedStack,
    Relevance,
    make_background,
)
from megathrust.models import FCNStack, derived_seed
from megathrust.splits import Fold
from megathrust.training import Member, Network

#: Encodings of the networks that are explained.
ENCODINGS = ("none", "piecewise_linear")
#: What they are called.
ENCODING_NAMES: Mapping[str, str] = {
    "none": "plain",
    "piecewise_linear": "bins",
    "periodic": "waves",
}


def explaining(network: Network, encoding: str) -> Network:
    """Return the settings of networks that see all features in one encoding."""
    return network.with_parameters(encoding=encoding, features_seen=None, feature_draw="uniform")


def explaining_members(
    network: Network, folds: Sequence[Fold], count: int, seed: int, *, world: int = 0
) -> list[Member]:
    """Return ``count`` members for every fold, fold by fold."""
    return [
        network.member(fold.train, derived_seed(seed, "explaining", fold.name, f"{number}"), world=world)
        for fold in folds
        for number in range(count)
    ]


@dataclass(frozen=True)
class HeldOut:
    """Every segment explained by the networks of its fold.

    Attributes
    ----------
    rows : ndarray of int, shape (segments,)
        Rows of the table, fold by fold.
    backgrounds : mapping of str to Background
        Of every fold, from its training rows.
    """

    rows: np.ndarray
    backgrounds: Mapping[str, Background]


def held_out_rows(features: FloatArray, folds: Sequence[Fold]) -> HeldOut:
    """Return the rows in the order in which they are explained, and the folds' backgrounds."""
    return HeldOut(
        np.concatenate([fold.test for fold in folds]),
        {
            fold.name: make_background(fill_missing(features[fold.train], features[fold.train]))
            for fold in folds
        },
    )


def explain_held_out(
    stack: FCNStack,
    features: FloatArray,
    folds: Sequence[Fold],
    backgrounds: Mapping[str, Background],
    method: str,
    options: AttributionOptions,
    *,
    contrast: str = "log-odds",
) -> Relevance:
    """Explain the test rows of every fold by its own members.

    Parameters
    ----------
    stack : FCNStack
        As many members for every fold, fold by fold.
    features : ndarray, shape (rows, features)
    folds : sequence of Fold
    backgrounds : mapping of str to Background
    method : str
    options : AttributionOptions
    contrast : str

    Returns
    -------
    Relevance
        Members of one fold along the first axis, test rows fold by fold along the third.
    """
    count = stack.members // len(folds)
    parts = []
    for number, fold in enumerate(folds):
        own = stack.select(range(number * count, (number + 1) * count))
        parts.append(
            ATTRIBUTIONS[method](
                ExplainedStack(own, contrast),
                fill_missing(features[fold.test], features[fold.train]),
                backgrounds[fold.name],
                options,
            )
        )
    return joined(parts, axis=2)


def joined(parts: Sequence[Relevance], *, axis: int) -> Relevance:
    """Put explanations behind one another: of other members (axis 0) or other rows (axis 2)."""
    errors = [part.error for part in parts if part.error is not None]
    return Relevance(
        np.concatenate([part.features for part in parts], axis=axis),
        np.concatenate([part.bias for part in parts], axis=axis),
        np.concatenate([part.delta for part in parts], axis=axis),
        np.concatenate(errors, axis=axis) if len(errors) == len(parts) else None,
    )
