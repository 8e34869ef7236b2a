"""The numbers behind a straightened trench: everything against the distance along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import (
    REGION_NAMES,
    BoolArray,
    FloatArray,
    InputError,
    check_choice,
    check_lonlat,
    short_repr,
)
from megathrust.plots._map_numbers import flags, require_columns
from megathrust.plots._rupture_layer import RUPTURE_COLUMNS


@short_repr
@dataclass(frozen=True)
class TrenchStripInfo:
    """One trench, straightened; all arrays in order of ``s_km``, NaN where unknown.

    Attributes
    ----------
    region, name : str
        Slab2 code and name.
    s_km, start_km, end_km : ndarray, shape (n,)
        Centre and ends of each segment along the trench.
    lon, lat : ndarray, shape (n,)
        Of the centres, in degrees.
    probability, low, high : ndarray, shape (n,)
        Of the highest class, and its band, within [0, 1].
    magnitude : ndarray, shape (n,)
        Largest observed Mw; NaN where no event was observed.
    left_out, outside : ndarray of bool, shape (n,)
        Segments that were not part of the run, and those outside the domain of applicability.
    ruptures : DataFrame
        The region's ruptures, as for `add_ruptures`.
    families : DataFrame, shape (families, n)
        Relevance of feature families by segment; without rows if not asked for.
    standing : tuple of str
        Families that are shown to stand; the others are drawn grey.
    """

    region: str
    name: str
    s_km: FloatArray
    start_km: FloatArray
    end_km: FloatArray
    lon: FloatArray
    lat: FloatArray
    probability: FloatArray
    low: FloatArray
    high: FloatArray
    magnitude: FloatArray
    left_out: BoolArray
    outside: BoolArray
    ruptures: pd.DataFrame
    families: pd.DataFrame
    standing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name of the region, with the number of segments and of those left out."""
        absent = int(self.left_out.sum())
        count = f"{len(self.s_km)} segments" + (f", {absent} left out" if absent else "")
        return f"{self.name} ({self.region}): {count}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment; a column for each family."""
        columns = ("s_km", "start_km", "end_km", "lon", "lat", "probability", "low", "high", "magnitude")
        table = pd.DataFrame({"region": self.region} | {name: getattr(self, name) for name in columns})
        table = table.assign(left_out=self.left_out, outside=self.outside)
        return pd.concat([table, self.families.T.add_prefix("relevance ").reset_index(drop=True)], axis=1)


def trench_strip_info(
    frame: pd.DataFrame,
    region: str,
    *,
    probability: str = "probability",
    spread: str | None = "spread",
    magnitude: str = "magnitude",
    lowest: float | None = None,
    ruptures: pd.DataFrame | None = None,
    families: pd.DataFrame | None = None,
    standing: Sequence[str] | None = None,
) -> TrenchStripInfo:
    """Arrange one region along its trench.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region, s_km, lon, lat and the columns named below; ``left_out`` and ``outside``
        (bool) where they are there, as for `trench_map_info`.
    region : str
        Slab2 code.
    probability, magnitude : str
        Columns of the predicted probability and of the largest observed Mw.
    spread : str, optional
        Column of the spread of the probability; the band is one of it to either side. None for no band.
    lowest : float, optional
        Magnitudes below it stand for no event: tables write Mw 1 there.
    ruptures : DataFrame, optional
        As for `add_ruptures`.
    families : DataFrame, optional
        Same index as ``frame``, one column of relevance per family.
    standing : sequence of str, optional
        Families that are shown to stand; all by default.

    Raises
    ------
    InputError
        If a column or the region is missing, or ``families`` does not fit ``frame``.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": "ker", "s_km": [75.0, 25.0], "lon": -178.0, "lat": [-30.0, -30.4],
    ...     "probability": [0.9, 0.4], "spread": [0.2, 0.1], "magnitude": [8.1, 1.0]})
    >>> info = trench_strip_info(frame, "ker", lowest=4.0)
    >>> info.high.tolist(), info.magnitude.tolist()
    ([0.5, 1.0], [nan, 8.1])
    """
    bands = [] if spread is None else [spread]
    require_columns(frame, ["region", "s_km", "lon", "lat", probability, magnitude, *bands])
    check_choice("region of the strip", region, dict.fromkeys(frame["region"]))
    part = frame[frame["region"] == region].sort_values("s_km", kind="stable")
    if families is not None and not families.index.equals(frame.index):
        raise InputError(
            "relevance of families does not fit the segments",
            given=f"{len(families)} rows",
            allowed=f"the {len(frame)} rows of the frame, by the same index",
        )
    lon, lat = check_lonlat(part["lon"], part["lat"])
    s_km = part["s_km"].to_numpy(dtype=np.float64)
    half = float(np.median(np.diff(s_km))) / 2.0 if len(s_km) > 1 else 25.0
    chance = part[probability].to_numpy(dtype=np.float64)
    width = part[spread].to_numpy(dtype=np.float64) if spread is not None else np.full(len(part), np.nan)
    observed = part[magnitude].to_numpy(dtype=np.float64, copy=True)
    if lowest is not None:
        observed[observed < lowest] = np.nan
    here = pd.DataFrame(columns=list(RUPTURE_COLUMNS))
    if ruptures is not None:
        require_columns(ruptures, RUPTURE_COLUMNS)
        here = ruptures[ruptures["region"] == region].reset_index(drop=True)
    return TrenchStripInfo(
        region,
        REGION_NAMES.get(region, region),
        s_km,
        s_km - half,
        s_km + half,
        lon,
        lat,
        chance,
        np.clip(chance - width, 0.0, 1.0),
        np.clip(chance + width, 0.0, 1.0),
        observed,
        flags(part, "left_out"),
        flags(part, "outside"),
        here,
        pd.DataFrame(index=[]) if families is None else families.loc[part.index].T,
        tuple(() if families is None else families.columns) if standing is None else tuple(standing),
    )
