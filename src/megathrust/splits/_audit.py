"""What leaks from training to test, whatever made the folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from megathrust.core import EARTH_RADIUS_KM, BoolArray
from megathrust.splits._fold import Fold, chord_to_test, shared_rupture_share
from megathrust.table import FeatureTable

# Two segments touch where their middles are one step apart; along curved trenches a little less.
_NEIGHBOUR_STEPS = 1.5


def leakage_audit(table: FeatureTable, folds: Sequence[Fold], positive: BoolArray) -> pd.DataFrame:
    """Say what the training rows of every fold know of its test rows.

    Parameters
    ----------
    table : FeatureTable
    folds : sequence of Fold
        From any splitter, a user's own included.
    positive : ndarray of bool, shape (rows,)
        Rows of great events.

    Returns
    -------
    DataFrame
        One row per fold: scenario, train, test (rows), test_positive, test_ruptures (ruptures of test rows),
        shared_rupture (share of positive test rows whose own rupture is in training; NaN without any),
        nearest_km (smallest distance between a test and a training row, great circle), touching (share of
        test rows with a training row within one and a half steps), same_region (share of test rows whose
        region is in training).

    Examples
    --------
    >>> from megathrust.splits import ChunkSplitter
    >>> from megathrust.testing import synthetic_table
    >>> table = synthetic_table()
    >>> audit = leakage_audit(table, ChunkSplitter().split(table), table.magnitudes() >= 8.0)
    >>> audit["same_region"].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    frame = table.frame
    region, ruptures = frame["region"].to_numpy(), table.ruptures()
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    step = float(frame.groupby("region")["s_km"].diff().median())
    records = []
    for fold in folds:
        # Seen from the test rows: which of them has a training row nearby.
        chord = chord_to_test(Fold(fold.name, fold.test, fold.train), lon, lat)
        # NaN where a segment has no place: it does not count.
        distance = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
        distance = distance[np.isfinite(distance)]
        records.append(
            {
                "scenario": fold.name,
                "train": len(fold.train),
                "test": len(fold.test),
                "test_positive": int(positive[fold.test].sum()),
                "test_ruptures": len(np.unique(ruptures[fold.test])),
                "shared_rupture": shared_rupture_share(fold, ruptures, positive),
                "nearest_km": float(distance.min()) if len(distance) else float("nan"),
                "touching": float(np.mean(distance <= _NEIGHBOUR_STEPS * step))
                if len(distance)
                else float("nan"),
                "same_region": float(np.isin(region[fold.test], region[fold.train]).mean()),
            }
        )
    return pd.DataFrame.from_records(records)
