"""Global grids of relief and sediment that stand in, more coarsely, for a table of the incoming plate.

Whether a feature may be taken from them was decided on the 14 trenches that have such tables, by Spearman's
correlation over all segments of the stand-in with the table, and their median ratio: `IRO_DG_AVE` .84 and
0.8, `IRO_DG_STD` .73 and 0.9, `LRO_DG_AVE` .90 and 0.9, `LRO_DG_STD` .89 and 1.0, `TRD` .99 and 0.95,
`TRD_REL` .97 and 0.8, `TRD_RGH` .79 and 1.0 may; `SRO_DG_AVE` .48 with a ratio of 0.03 may not. Sediment is
that of GlobSed, which the tables hold too, and is not coarser: `SED_AVE` .99, `SED_STD` .91, `SED_GRD` .94,
with ratios of 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.interpolate import RegularGridInterpolator

from megathrust.core import EARTH_RADIUS_KM
from megathrust.geometry import TrenchLine, locate

if TYPE_CHECKING:
    import xarray as xr

#: How far from the trench the stand-in reaches, km: as far as the tables of Slab2 do.
REACH_KM = 250.0

_RELIEF = "global relief of 10 arc-minutes, coarser than a table of the incoming plate of 5"

#: Features that a stand-in gives, and what is said of them.
COARSER_FEATURES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("IRO_DG_AVE", "IRO_DG_STD", "LRO_DG_AVE", "LRO_DG_STD", "TRD", "TRD_REL", "TRD_RGH"), _RELIEF
    )
)

_NO_TABLE = "no table of the incoming plate for this region, and "

#: Features that stay empty with a stand-in, and why.
TOO_COARSE_FEATURES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("SRO_DG_AVE", "SRO_DG_STD"), _NO_TABLE + "10 arc-minutes of the global relief are too coarse"
    )
)


def stand_in_plate(line: TrenchLine, relief: xr.DataArray, sediment: xr.DataArray) -> pd.DataFrame:
    """Return a table of the incoming plate made of global grids, at the sea nodes of the relief.

    Parameters
    ----------
    line : TrenchLine
        The trench; nodes on its downgoing side count.
    relief : DataArray, dimensions (lat, lon)
        Height in m of the whole Earth, negative in the sea, even steps.
    sediment : DataArray, dimensions (lat, lon)
        Sediment thickness in m of the whole Earth, longitudes within [-180, 180) without a repeated
        column; between its nodes it is interpolated.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``height_m``, ``sediment_m``; the spacing in ``attrs["step_degrees"]``. Empty where
        no sea floor enters.
    """
    lat, step = relief["lat"].to_numpy(), float(relief["lat"][1] - relief["lat"][0])
    margin = np.degrees(REACH_KM / EARTH_RADIUS_KM)
    rows = np.flatnonzero((lat > line.lat.min() - margin) & (lat < line.lat.max() + margin))
    heights = relief.transpose("lat", "lon").to_numpy()[rows]
    row, column = np.nonzero(heights < 0.0)
    lon_there, lat_there = relief["lon"].to_numpy()[column], lat[rows][row]
    _, n_km = locate(line, lon_there, lat_there, max_distance_km=REACH_KM)
    near = n_km >= 0.0
    frame = pd.DataFrame(
        {"lon": lon_there[near], "lat": lat_there[near], "height_m": heights[row, column][near]}
    )
    frame["sediment_m"] = _interpolated(sediment, frame)
    frame.attrs["step_degrees"] = step
    return frame


def _interpolated(grid: xr.DataArray, points: pd.DataFrame) -> np.ndarray:
    lon, values = grid["lon"].to_numpy(), grid.transpose("lat", "lon").to_numpy()
    # The first and last columns again on the other side: there is no edge at the dateline.
    closed_lon = np.concatenate([lon[-1:] - 360.0, lon, lon[:1] + 360.0])
    closed = np.concatenate([values[:, -1:], values, values[:, :1]], axis=1)
    function = RegularGridInterpolator((grid["lat"].to_numpy(), closed_lon), closed, bounds_error=False)
    return np.asarray(function(points[["lat", "lon"]].to_numpy()))
