"""Ranges that hold the observed magnitude as often as promised, and how often they really do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, check_range, check_same_length
from megathrust.evaluation._conformal import grouped_quantile


def magnitude_margin(
    observed: FloatArray, low: FloatArray, high: FloatArray, groups: npt.ArrayLike, *, coverage: float = 0.9
) -> float:
    """Return by how much predicted ranges must grow on either side to hold what they promise.

    The score of a row is how far its observed magnitude lies outside the range that held-out networks
    predicted, negative inside. Groups weigh as in `conformal_threshold`, whose notes on what is promised hold
    here too. Where a single magnitude was predicted, it is both ends of its range.

    Parameters
    ----------
    observed : ndarray, shape (rows,)
        Largest observed Mw; rows of NaN, without an event, do not count.
    low, high : ndarray, shape (rows,)
        Predicted ends of the range, by networks that were not fitted on the rows.
    groups : array_like, shape (rows,)
        Rupture or region of every row.
    coverage : float
        Share of the rows of a new group whose range shall hold the observed magnitude, in (0, 1].

    Returns
    -------
    float
        In units of Mw; infinite where there are too few groups for the coverage.

    References
    ----------
    Scores: Romano, Patterson & Candes (2019), arXiv:1905.03222. Groups: as of `conformal_threshold`.

    Examples
    --------
    >>> observed = np.array([8.0, 8.4, 7.5])
    >>> round(magnitude_margin(observed, observed - 0.1, observed + 0.3, [1, 2, 3], coverage=0.5), 12)
    -0.1
    """
    check_same_length(observed=observed, low=low, high=high, groups=np.asarray(groups))
    check_range("the coverage of the ranges", coverage, low=0.0, high=1.0, open_low=True)
    known = np.isfinite(observed)
    outside = np.maximum(low - observed, observed - high)[known]
    return grouped_quantile(outside, np.asarray(groups)[known], coverage)


def magnitude_range(low: FloatArray, high: FloatArray, margin: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of ranges that grew by a margin; ends that a negative one made cross meet half-way.

    Parameters
    ----------
    low, high : ndarray, shape (rows,)
        Predicted ends.
    margin : float
        From `magnitude_margin`.
    """
    middle = 0.5 * (low + high)
    return np.minimum(low - margin, middle), np.maximum(high + margin, middle)


def held_out_range_coverage(
    observed: FloatArray,
    low: FloatArray,
    high: FloatArray,
    groups: npt.ArrayLike,
    regions: npt.ArrayLike,
    *,
    coverage: float = 0.9,
) -> pd.DataFrame:
    """Measure how often ranges hold the observed magnitude in regions that did not help to calibrate them.

    Parameters
    ----------
    observed, low, high, groups
        As in `magnitude_margin`.
    regions : array_like, shape (rows,)
        Region of every row; each is left out of the calibration in turn.
    coverage : float
        As in `magnitude_margin`.

    Returns
    -------
    DataFrame
        A row per region with an event, sorted: ``region``, ``rows`` (with an event), ``groups``,
        ``coverage``, ``mean_width`` in units of Mw, ``margin`` (of all other regions).
    """
    check_same_length(observed=observed, regions=np.asarray(regions))
    groups, regions = np.asarray(groups), np.asarray(regions)
    known = np.isfinite(observed)
    records = []
    for region in np.unique(regions[known]):
        inside, others = known & (regions == region), known & (regions != region)
        margin = float("inf")
        if others.any():
            margin = magnitude_margin(
                observed[others], low[others], high[others], groups[others], coverage=coverage
            )
        ends = magnitude_range(low[inside], high[inside], margin)
        # The margin is itself the distance of some row: rounding must not shut a row as far away out.
        held = (observed[inside] >= ends[0] - 1e-9) & (observed[inside] <= ends[1] + 1e-9)
        records.append(
            {
                "region": str(region),
                "rows": int(inside.sum()),
                "groups": len(np.unique(groups[inside])),
                "coverage": float(held.mean()),
                "mean_width": float((ends[1] - ends[0]).mean()),
                "margin": margin,
            }
        )
    return pd.DataFrame.from_records(records)
