"""An expert rival: what a published tsunami hazard assessment believes each stretch of a trench can do."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from sklearn.linear_model import LogisticRegression

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation._baselines import BASELINES, EXPERT, Rows, from_sklearn, scaled
from megathrust.geometry import load_trench_line

#: Where a stretch begins in km along the package's trench of a region, and the median of the posterior of the
#: largest possible Mw there, whole zone and segment in equal shares, from PTHA18 (Davies & Griffin 2018,
#: 2020, doi:10.1007/s00024-019-02299-w; registry key ``ptha18``). Its segments are counted in units of 50 km
#: from the ends that both trenches share. NaN where it has no zone.
MAXIMUM_MAGNITUDES = MappingProxyType(
    {
        "alu": ((0, 9.06), (1000, 9.46), (2900, 9.59)),
        "cam": ((0, 8.95),),
        "cas": ((0, 9.24),),
        "izu": ((0, 9.22), (1850, 9.20)),
        "ker": ((0, 9.19), (700, 9.18), (2300, 9.16)),
        "kur": ((0, 9.39), (800, 9.55)),
        "man": ((0, np.nan),),
        "phi": ((0, 8.49),),
        "png": ((0, 9.49),),
        "ryu": ((0, 9.18), (1650, 9.07), (2350, np.nan)),
        "sam": ((0, 9.48), (1400, 9.60), (3850, 9.52), (5250, 9.56)),
        "sol": ((0, 8.77), (900, 8.66), (1400, 8.78)),
        "sum": ((0, np.nan), (700, 9.46), (1900, 9.43), (3350, 9.46), (4750, 9.51), (6700, np.nan)),
        "van": ((0, 8.44), (450, 8.69), (900, 8.46), (1450, 8.54)),
    }
)


def expert_magnitudes(rows: Rows) -> FloatArray:
    """Return the median of the largest possible Mw that PTHA18 gives to every row, NaN where it has no zone.

    Parameters
    ----------
    rows : Rows
        Of the package's own trenches: a region is known by its code, a stretch by its arc length. The arc
        lengths of the seed study's table begin elsewhere; add `megathrust.geometry.SEED_STUDY_ALIGNMENT`.

    Returns
    -------
    ndarray, shape (rows,)
        Mw. A stretch has one value for all its segments.

    Raises
    ------
    InputError
        If a region or an arc length is not one of the package's trenches.

    References
    ----------
    Davies, G. and Griffin, J. (2020). Sensitivity of probabilistic tsunami hazard assessment to far-field
    earthquake slip complexity and rigidity depth-dependence. Pure and Applied Geophysics 177.

    Examples
    --------
    >>> import numpy as np
    >>> from megathrust.evaluation import Rows, expert_magnitudes
    >>> expert_magnitudes(Rows(np.zeros((3, 1)), np.array(["sam", "phi", "man"]), np.array([0.0, 0.0, 0.0])))
    array([9.48, 8.49,  nan])
    """
    _check_trenches(rows)
    found = np.full(len(rows.region), np.nan)
    for number, (region, s_km) in enumerate(zip(rows.region, rows.s_km, strict=True)):
        stretches = MAXIMUM_MAGNITUDES[str(region)]
        found[number] = stretches[bisect_right(stretches, s_km, key=lambda one: one[0]) - 1][1]
    return found


def _check_trenches(rows: Rows) -> None:
    """Refuse rows that lie on no trench that the experts were asked for."""
    for region in np.unique(rows.region).tolist():
        own = rows.s_km[rows.region == region]
        if region not in MAXIMUM_MAGNITUDES:
            raise InputError(
                f"the rival {EXPERT} does not know the trench {region}",
                allowed=", ".join(MAXIMUM_MAGNITUDES),
                action="leave it out of baselines",
            )
        length = load_trench_line(region).length_km
        if own.min() < 0.0 or own.max() > length:
            raise InputError(
                f"the rival {EXPERT} knows the package's trench {region} only",
                given=f"arc lengths {own.min():g} to {own.max():g} km",
                allowed=f"0 to {length:.0f} km",
                action="leave it out of baselines",
            )


_fitted = from_sklearn(lambda seed: scaled(LogisticRegression(max_iter=2000)))


@BASELINES.register(EXPERT)
def experts(train: Rows, classes: IntArray, test: Rows, n_classes: int, seed: int) -> FloatArray:
    """Turn what experts hold possible into probabilities of what was observed, by the training rows.

    Logistic regression on one number, the median of the largest possible Mw; where there is no zone, the
    median of the training rows. It is no held-out rival: whoever made PTHA18 knew every event until 2018, and
    let none exceed its zone's maximum.
    """
    said = [expert_magnitudes(rows)[:, None] for rows in (train, test)]
    alone = [replace(rows, features=one) for rows, one in zip((train, test), said, strict=True)]
    return _fitted(alone[0], classes, alone[1], n_classes, seed)
