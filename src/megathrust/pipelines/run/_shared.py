"""Which segments of two tables are the same piece of trench."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from megathrust.core import EARTH_RADIUS_KM, IntArray
from megathrust.geometry import unit_vectors


def shared_segments(first: pd.DataFrame, second: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return positions of the rows of two tables that are the same piece of trench.

    Numbers of segments begin anywhere: rows of one region are matched by place, each with the other's nearest
    and no further from it than half a segment. Rows of the same number and distance along the trench are the
    same where neither table tells a place.

    Parameters
    ----------
    first, second : DataFrame
        Columns region, segment, s_km, lon, lat (degrees, NaN where unknown); a row per segment.

    Returns
    -------
    tuple of ndarray of int
        Rows of the first, and those of the second, pair by pair.

    Examples
    --------
    >>> one = pd.DataFrame({"region": "sam", "segment": [0, 1], "s_km": [25.0, 75.0], "lon": -72.0,
    ...     "lat": [-30.0, -30.45]})
    >>> two = pd.DataFrame({"region": "sam", "segment": [0, 1], "s_km": [25.0, 75.0], "lon": -72.0,
    ...     "lat": [-30.46, -30.91]})
    >>> [rows.tolist() for rows in shared_segments(one, two)]
    [[1], [0]]
    """
    pairs: list[tuple[int, int]] = []
    one, two = first.reset_index(drop=True), second.reset_index(drop=True)
    for region in dict.fromkeys(one["region"]):
        here, there = (frame[frame["region"] == region] for frame in (one, two))
        placed = [frame.dropna(subset=["lon", "lat"]) for frame in (here, there)]
        if len(placed[0]) and len(placed[1]):
            pairs += _nearest_pairs(*placed)
        elif not len(placed[0]) and not len(placed[1]):
            keys = ["segment", "s_km"]
            left, right = (frame[keys].assign(row=frame.index) for frame in (here, there))
            both = left.merge(right, on=keys)
            pairs += list(zip(both["row_x"], both["row_y"], strict=True))
    rows = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _nearest_pairs(first: pd.DataFrame, second: pd.DataFrame) -> list[tuple[int, int]]:
    places = [unit_vectors(frame["lon"], frame["lat"]) for frame in (first, second)]
    trees = [KDTree(place) for place in places]
    distance, to_second = trees[1].query(places[0])
    _, to_first = trees[0].query(places[1])
    mutual = to_first[to_second] == np.arange(len(first))
    # Chords and arcs differ by less than a metre at this distance.
    near = distance * EARTH_RADIUS_KM <= half_step_km(first)
    rows = np.flatnonzero(mutual & near)
    return [(int(first.index[row]), int(second.index[to_second[row]])) for row in rows]


def half_step_km(frame: pd.DataFrame) -> float:
    """Return half the distance between neighbouring segments of a region; 25 km if there is only one."""
    steps = np.diff(np.sort(frame["s_km"].to_numpy(dtype=np.float64)))
    return float(np.median(steps)) / 2.0 if len(steps) else 25.0
