"""Do held-out predictions go with the label within chunks: the same signs, without a single surrogate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray, check_same_length
from megathrust.evaluation._intervals import Prediction
from megathrust.evaluation._p_value import p_value
from megathrust.worlds import path_modes, random_signs

# Share of waves below which what a line leaves of them is rounding.
_ROUNDING = 1e-9
# Share of the largest value below which what networks say of different rows differs by rounding.
_SINGLE_ROUNDING = 1e-6
# Two chunks are in each other's training rows: what one's labels teach about the other, and the other's about
# the one, is one coincidence counted twice. The sum then spreads wider than independent signs say, for a
# linear model by the root of 2 at most; for networks, logistic regression and trees by 1.0 to 1.19 in 100
# worlds without a signal of each of three kinds.
WIDER = 1.2


@dataclass(frozen=True)
class HeldOutSigns:
    """What the signs say of held-out predictions.

    Attributes
    ----------
    statistic : float
        Sum of the products of the waves of prediction and label, in units of its spread under independent
        random signs.
    p : float
        Share of worlds of random signs at least as good, this one among them; one-sided. Random sums of
        several scenarios spread a fifth wider than independent signs: chunks are in each other's training
        rows.
    waves : int
        How many products there are: waves of chunks whose segments differ both in label and in prediction.
    """

    statistic: float
    p: float
    waves: int


def held_out_signs(
    predictions: Sequence[Prediction],
    observed: np.ndarray,
    region: np.ndarray,
    s_km: FloatArray,
    *,
    beyond: Sequence[FloatArray] | None = None,
    worlds: int = 9999,
    seed: int = 0,
) -> HeldOutSigns:
    """Test whether a model says within a held-out chunk where the great ruptures are.

    In each chunk of a region both prediction and label are taken apart into waves, without the mean: what a
    region's base rate says, and the negative bias of held-out means, can neither help nor hurt. Signs of the
    products give the worlds without a signal; nothing is trained for them. Their sums are made to spread
    wider, by 1.2, since a label teaches the model of every other chunk; not so for a single scenario.

    **Void where a rupture lies both in a chunk and in the training rows of its model**: without any signal
    the nearest segment's label then rejects in 57 % of worlds. Only folds with whole ruptures may be judged
    (protocol "rupture-grouped"), and each kind of model must be calibrated before anything is claimed.

    Parameters
    ----------
    predictions : sequence of Prediction
        One per scenario: probability of the upper class (rows,), of all classes (rows, classes), of which
        the last is taken, or magnitude.
    observed : ndarray, shape (rows of the table,)
        Label of every row: 0 or 1, class, or magnitude.
    region : ndarray of str, shape (rows of the table,)
    s_km : ndarray, shape (rows of the table,)
        Arc length along the region's trench in km.
    beyond : sequence of ndarray, optional
        For every scenario what was known of its rows without the model, (rows,), such as
        `neighbour_log_odds`: one line through it, for the waves of all chunks, is taken out of prediction and
        label.
    worlds : int
    seed : int

    Raises
    ------
    InputError
        If no chunk of a region holds two labels and two predictions, or ``beyond`` does not fit them.

    Examples
    --------
    >>> observed = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 2)
    >>> said = [Prediction("0", np.arange(8), observed[:8]), Prediction("1", np.arange(8, 16), observed[8:])]
    >>> held_out_signs(said, observed, np.array(["sam"] * 16), np.arange(16.0), worlds=99).p
    0.01
    """
    check_same_length(observed=observed, region=region, s_km=s_km)
    said = [np.asarray(each.predicted, dtype=np.float64) for each in predictions]
    said = [each[:, -1] if each.ndim == 2 else each for each in said]
    known = _known(said, beyond)
    waves = np.concatenate(
        [
            _waves(each.rows, np.column_stack([observed[each.rows], *columns]), region, s_km)
            for each, *columns in zip(predictions, said, known, strict=True)
        ]
    )
    label, probability, line = waves.T
    if line.any():
        label, probability = (_beside(each, line) for each in (label, probability))
    products = label * probability
    products = products[products != 0.0]
    if not len(products):
        raise InputError(
            "no chunk of a region holds two labels and two predictions",
            given=f"{len(predictions)} scenarios",
            action="use fewer chunks, or a threshold that some segments of a chunk reach and others do not",
        )
    null = wider(predictions) * (random_signs(worlds, len(products), seed=seed) @ products)
    spread = float(np.sqrt(np.sum(products**2)))
    return HeldOutSigns(float(products.sum()) / spread, p_value(products.sum(), null), len(products))


def wider(scenarios: Sequence[object], factor: float = WIDER) -> float:
    """Return how much wider random sums spread: no wider where no chunk is in another's training rows."""
    return factor if len(scenarios) > 1 else 1.0


def _known(said: Sequence[FloatArray], beyond: Sequence[FloatArray] | None) -> list[FloatArray]:
    """Return what was known of the rows of every scenario, 0 where nothing was, or refuse what is no such."""
    if beyond is None:
        return [np.zeros(len(each)) for each in said]
    known: list[FloatArray] = [np.asarray(each, dtype=np.float64) for each in beyond]
    if [each.shape for each in known] != [each.shape for each in said]:
        raise InputError(
            "what was known does not fit the predictions",
            given=f"shapes {[each.shape for each in known]}"[:100],
            allowed=f"shapes {[each.shape for each in said]}"[:100],
        )
    if not all(np.isfinite(each).all() for each in known):
        raise InputError("what was known is not finite somewhere", action="give a number for every row")
    return known


def _beside(waves: FloatArray, line: FloatArray) -> FloatArray:
    """Return what a line leaves of waves; 0 where that is rounding."""
    left = waves - line * (line @ waves) / (line @ line)
    return left if np.linalg.norm(left) > _ROUNDING * np.linalg.norm(waves) else np.zeros(len(waves))


def _waves(rows: IntArray, columns: FloatArray, region: np.ndarray, s_km: FloatArray) -> FloatArray:
    """Return the waves of label, prediction and what was known of one scenario, region by region."""
    parts = [np.zeros((0, 3))]
    for name in np.unique(region[rows]):
        own = np.flatnonzero(region[rows] == name)
        own = own[np.argsort(s_km[rows[own]], kind="stable")]
        # What does not vary has no waves but those of rounding.
        varies = np.ptp(columns[own], axis=0) > _SINGLE_ROUNDING * np.abs(columns).max(0)
        if varies[:2].all():
            parts.append(np.where(varies, path_modes(s_km[rows[own]]).T @ columns[own], 0.0))
    return np.concatenate(parts)
