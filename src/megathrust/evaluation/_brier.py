"""What the Brier score is made of: reliability, resolution, uncertainty."""

from __future__ import annotations

import numpy as np

from megathrust.core import FloatArray

#: Equal bins of probability within which forecasts count as one.
BINS = 10


def brier_parts(
    observed: FloatArray, probabilities: FloatArray, weights: FloatArray
) -> dict[str, FloatArray]:
    """Return the parts of the Brier score, each (replicates,): reliability - resolution + uncertainty.

    Parameters
    ----------
    observed : ndarray, shape (rows, classes)
        1 in the column of the observed class, 0 elsewhere.
    probabilities : ndarray, shape (rows, classes)
    weights : ndarray, shape (replicates, rows)

    Returns
    -------
    dict
        ``"brier_reliability"``: how far frequencies lie from what was said, less is better;
        ``"brier_resolution"``: how far they lie from the base rate, more is better; ``"brier_uncertainty"``:
        the score of the base rate itself. Half the sum over classes, as the Brier score is.

    Notes
    -----
    Murphy (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2, in ten equal bins of probability; what
    probabilities of one bin differ in counts as resolution (Stephenson et al. 2008,
    doi:10.1175/2007WAF2006116.1), so that the parts make up the score exactly. Resolution may then fall
    below 0.

    Examples
    --------
    >>> parts = brier_parts(np.eye(2)[[0, 1]], np.array([[0.8, 0.2], [0.4, 0.6]]), np.ones((1, 2)))
    >>> {name: value.round(2).tolist() for name, value in parts.items()}
    {'brier_reliability': [0.1], 'brier_resolution': [0.25], 'brier_uncertainty': [0.25]}
    """
    total = weights.sum(1)
    known = np.where(total > 0.0, total, np.nan)
    parts = np.zeros((3, len(weights)))
    for said, seen in zip(probabilities.T, observed.T, strict=True):
        bins = np.eye(BINS)[np.clip((said * BINS).astype(int), 0, BINS - 1)]
        count = weights @ bins
        gap = weights @ (bins * (said - seen)[:, None])
        reliability = np.divide(gap**2, count, out=np.zeros_like(gap), where=count > 0.0).sum(1) / known
        rate = weights @ seen / known
        uncertainty = rate * (1.0 - rate)
        score = weights @ np.square(said - seen) / known
        parts += 0.5 * np.stack([reliability, reliability + uncertainty - score, uncertainty])
    return dict(zip(("brier_reliability", "brier_resolution", "brier_uncertainty"), parts, strict=True))
