"""Is what a model credits to a family right on segments that it never saw: signs, corrected for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megathrust.core import FloatArray, InputError, check_same_length
from megathrust.evaluation._held_out import wider
from megathrust.evaluation._intervals import Prediction
from megathrust.worlds import path_modes, random_signs

# Share of the largest contribution that is rounding.
_ROUNDING = 1e-9
# As `WIDER`, beside the other families: chosen in worlds without a signal, too.
_WIDER_BESIDE = 1.25


@dataclass(frozen=True)
class FamilySigns:
    """What the signs say of the contributions of families.

    Attributes
    ----------
    statistic : ndarray, shape (families,)
        Sum of the products of the waves of contribution and label, in units of its spread under independent
        random signs.
    p, corrected : ndarray, shape (families,)
        One-sided: for the family alone, and for looking at all of them; of random sums that spread a fifth
        wider, because chunks are in each other's training rows.
    beside : ndarray, shape (families,)
        As ``corrected``, of what contribution and label have beyond the other families' contributions, each
        with a weight of its own: a family that only goes with one that acts loses here.
    """

    statistic: FloatArray
    p: FloatArray
    corrected: FloatArray
    beside: FloatArray


def held_out_family_signs(
    contributions: Sequence[Prediction],
    observed: np.ndarray,
    region: np.ndarray,
    s_km: FloatArray,
    *,
    worlds: int = 9999,
    seed: int = 0,
) -> FamilySigns:
    """Test, family by family, whether its contribution goes with the label within held-out chunks.

    As `held_out_signs`, with what a model credits to a family in place of the prediction: a family whose
    contribution rises where the great ruptures are, on segments that the model never saw, is validated. The
    signs are the same for all families, so that the largest of each world corrects for looking at all of
    them, whatever goes with what.

    **Void where a rupture lies both in a chunk and in the training rows of its model**, as `held_out_signs`.
    Random sums of several scenarios are made to spread wider, by 1.2 (``beside``: 1.25), since a label
    teaches the model of every other chunk: without that, a nominal .05 let .13 to .15 of worlds without a
    signal through (``beside``: .19 to .23).

    Parameters
    ----------
    contributions : sequence of Prediction
        One per scenario: contributions to the log-odds of the upper class, (rows, families).
    observed : ndarray, shape (rows of the table,)
    region : ndarray of str, shape (rows of the table,)
    s_km : ndarray, shape (rows of the table,)
        Arc length along the region's trench in km.
    worlds, seed : int

    Raises
    ------
    InputError
        If no chunk of a region holds two labels.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, ISBN 978-0-471-55761-6; residuals of both:
    Freedman & Lane (1983), doi:10.2307/1391660.

    Examples
    --------
    >>> region = np.repeat(["alu", "kur", "sam", "sum"], 8)
    >>> observed = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 4)
    >>> noise = np.random.default_rng(0).normal(size=32)
    >>> said = [Prediction("0", np.arange(32), np.stack([observed, noise], axis=1))]
    >>> held_out_family_signs(said, observed, region, np.arange(32.0), worlds=99).p.round(2)
    array([0.01, 0.55])
    """
    check_same_length(observed=observed, region=region, s_km=s_km)
    if not contributions:
        raise InputError("there is no contribution to test", action="give one scenario at least")
    parts = [_waves(each, observed, region, s_km) for each in contributions]
    said = np.concatenate([waves for waves, _ in parts])
    label = np.concatenate([waves for _, waves in parts])
    products = said * label[:, None]
    if not np.any(products):
        raise InputError(
            "no chunk of a region holds two labels and two contributions",
            given=f"{len(contributions)} scenarios",
            action="use fewer chunks, or a threshold that some segments of a chunk reach and others do not",
        )
    signs = random_signs(worlds, len(products), seed=seed)
    statistic, null = _against(signs, products)
    beside, beside_null = _against(signs, _beyond_others(said, label))
    null, beside_null = wider(contributions) * null, wider(contributions, _WIDER_BESIDE) * beside_null
    p = (1.0 + (null >= statistic).sum(0)) / (worlds + 1.0)
    return FamilySigns(statistic, p, _stepped_down(statistic, null), _stepped_down(beside, beside_null))


def _against(signs: FloatArray, products: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum of products by family in units of its spread, and the same under random signs."""
    spread = np.sqrt(np.sum(products**2, axis=0))
    varies = spread > 0.0
    scaled = np.where(varies, products / np.where(varies, spread, 1.0), 0.0)
    # Rounding keeps equal sums equal in whatever order they are added.
    return scaled.sum(0).round(9), (signs @ scaled).round(9)


def _beyond_others(said: FloatArray, label: FloatArray) -> FloatArray:
    """Return products of what the waves of all other families leave of contribution and of label."""
    products = np.empty(said.shape)
    for family in range(said.shape[1]):
        others, both = np.delete(said, family, axis=1), np.stack([said[:, family], label], axis=1)
        left = both - others @ np.linalg.lstsq(others, both, rcond=None)[0]
        # What others explain but for rounding has nothing of its own.
        left[:, np.linalg.norm(left, axis=0) <= _ROUNDING * np.linalg.norm(both, axis=0)] = 0.0
        products[:, family] = left[:, 0] * left[:, 1]
    return products


def _stepped_down(statistic: FloatArray, null: FloatArray) -> FloatArray:
    """Return p-values against the largest of those that have not yet been passed."""
    order = np.argsort(-statistic, kind="stable")
    largest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]
    stepped = (1.0 + (largest >= statistic[order]).sum(0)) / (len(null) + 1.0)
    corrected = np.empty(len(statistic))
    corrected[order] = np.maximum.accumulate(stepped)
    return corrected


def _waves(
    contribution: Prediction, observed: np.ndarray, region: np.ndarray, s_km: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the waves of contributions, (waves, families), and of the label, (waves,), chunk by chunk."""
    said = np.asarray(contribution.predicted, dtype=np.float64)
    parts, labels = [np.zeros((0, said.shape[1]))], [np.zeros(0)]
    for name in np.unique(region[contribution.rows]):
        own = np.flatnonzero(region[contribution.rows] == name)
        rows = contribution.rows[own]
        order = np.argsort(s_km[rows], kind="stable")
        label = observed[rows[order]]
        if np.ptp(label) > 0.0:
            modes = path_modes(s_km[rows[order]])
            waves = modes.T @ said[own[order]]
            # What varies by rounding only, beside the largest contribution, has no waves.
            waves[:, np.ptp(said[own], axis=0) <= _ROUNDING * np.abs(said).max()] = 0.0
            parts.append(waves)
            labels.append(modes.T @ label)
    return np.concatenate(parts), np.concatenate(labels)
