"""What a run learns about the ranges of its predicted magnitudes, and what of it a model keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray
from megathrust.evaluation import held_out_range_coverage, magnitude_margin
from megathrust.models import SavedModel
from megathrust.pipelines._config import ClassSetConfig
from megathrust.pipelines._experiment import Problem
from megathrust.splits import Fold

# Name of a model's array.
_MARGIN = "magnitude_range.margin"

#: Columns of the ends of a range.
RANGE_COLUMNS = ["magnitude_low", "magnitude_high"]


@dataclass(frozen=True)
class MagnitudeRanges:
    """How far predicted ranges must grow, and what is then left of the promise.

    Attributes
    ----------
    margin : float
        See `magnitude_margin`.
    coverage : float
        Promised share of segments with an event whose range holds the observed magnitude.
    groups : str
        What counts as one observation: ``"rupture"`` or ``"region"``.
    held_out : DataFrame
        Measured coverage of each region with the others as calibration; see `held_out_range_coverage`.
    """

    margin: float
    coverage: float
    groups: str
    held_out: pd.DataFrame

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is stored with the model: nothing where too few groups allow no finite range."""
        return {_MARGIN: np.array([self.margin])} if np.isfinite(self.margin) else {}

    def notes(self) -> dict[str, Any]:
        """Return what the model card tells."""
        # JSON knows no infinity.
        finite = self.held_out.astype(object).where(np.isfinite(self.held_out.select_dtypes("number")), None)
        told = self.held_out[["region"]].join(finite.drop(columns="region"))
        return {
            "magnitude_ranges": {
                "coverage": self.coverage,
                "groups": self.groups,
                "margin": self.margin if np.isfinite(self.margin) else None,
                "held_out": told.to_dict("records"),
            }
        }

    def sentence(self) -> str:
        """Return the measured coverage in one line, or that there are too few groups for ranges."""
        ordered = self.held_out[np.isfinite(self.held_out["margin"])].sort_values("coverage")
        if not np.isfinite(self.margin) or ordered.empty:
            return f"Too few {self.groups}s for ranges of {self.coverage:.0%} coverage: none are given."
        regions, shares = ordered["region"].tolist(), ordered["coverage"].tolist()
        return (
            f"Ranges made for {self.coverage:.0%} coverage hold the observed magnitude in {shares[0]:.0%} "
            f"({regions[0]}) to {shares[-1]:.0%} ({regions[-1]}) of the segments of a region left out of the "
            "calibration."
        )


def find_ranges(
    problem: Problem,
    folds: Sequence[Fold],
    observed: FloatArray,
    ends: Sequence[FloatArray],
    config: ClassSetConfig,
) -> MagnitudeRanges:
    """Calibrate ranges on the held-out predictions of a run.

    Parameters
    ----------
    problem : Problem
    folds : sequence of Fold
    observed : ndarray, shape (rows,)
        Largest observed Mw of every row; NaN where there was no event.
    ends : sequence of ndarray, each (test rows, 2)
        Predicted ends of the range, per fold.
    config : ClassSetConfig
        Coverage and groups, which ranges share with class sets.
    """
    rows = np.concatenate([fold.test for fold in folds])
    low, high = np.concatenate(ends).T
    region = problem.rows.region[rows]
    groups = problem.ruptures[rows] if config.groups == "rupture" else region
    given = observed[rows], low, high, groups
    return MagnitudeRanges(
        magnitude_margin(*given, coverage=config.coverage),
        config.coverage,
        config.groups,
        held_out_range_coverage(*given, region, coverage=config.coverage),
    )


def outermost(magnitudes: FloatArray, quantiles: FloatArray | None) -> FloatArray:
    """Return the ends of the range of every row, (rows, 2), means over networks.

    Parameters
    ----------
    magnitudes : ndarray, shape (members, rows)
        Both ends where there are no quantiles.
    quantiles : ndarray, shape (members, rows, levels), optional
    """
    if quantiles is None:
        return np.repeat(magnitudes.mean(0)[:, None], 2, axis=1)
    return np.asarray(quantiles.mean(0)[:, [0, -1]])


def stored_margin(model: SavedModel) -> float | None:
    """Return the margin of the ranges of a saved model, none where it was saved without."""
    stored: FloatArray | None = model.arrays.get(_MARGIN)
    return None if stored is None else float(stored.item())
