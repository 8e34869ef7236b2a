"""A trench line cut into segments of equal length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError, check_choice, check_range, short_repr
from megathrust.geometry._sphere import bearing
from megathrust.geometry._trench import TrenchLine


@short_repr
@dataclass(frozen=True, eq=False)
class Segments:
    """Segments along one trench line, in order of increasing s.

    Attributes
    ----------
    line : TrenchLine
        The line they lie on.
    edges_km : ndarray, shape (n + 1,)
        Arc lengths where they begin and end.
    """

    line: TrenchLine
    edges_km: FloatArray

    def __len__(self) -> int:
        return len(self.edges_km) - 1

    @property
    def centre_km(self) -> FloatArray:
        """Arc length of the centres, shape (n,)."""
        return np.asarray((self.edges_km[:-1] + self.edges_km[1:]) / 2.0)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment.

        Returns
        -------
        DataFrame
            Columns region, segment (0, 1, ...), s_km (centre), s_start_km, s_end_km, lon, lat (centre,
            degrees) and azimuth_deg (from end to begin: the slab dips to its right).
        """
        lon, lat = self.line.at(self.centre_km)
        return pd.DataFrame(
            {
                "region": self.line.region,
                "segment": np.arange(len(self)),
                "s_km": self.centre_km,
                "s_start_km": self.edges_km[:-1],
                "s_end_km": self.edges_km[1:],
                "lon": lon,
                "lat": lat,
                "azimuth_deg": self._chord_azimuths(),
            }
        )

    def _chord_azimuths(self) -> FloatArray:
        begin, end = self.line.vectors_at(self.edges_km[:-1]), self.line.vectors_at(self.edges_km[1:])
        centre = self.line.vectors_at(self.centre_km)
        return bearing(centre, np.cross(centre, np.cross(begin, end)))


def make_segments(
    line: TrenchLine,
    length_km: float = 50.0,
    *,
    start_km: float = 0.0,
    remainder: Literal["drop", "keep"] = "drop",
) -> Segments:
    """Cut a trench line into segments of equal length.

    Parameters
    ----------
    line : TrenchLine
        The trench.
    length_km : float
        Length of a segment.
    start_km : float
        Arc length where the first segment begins.
    remainder : {"drop", "keep"}
        What becomes of the rest of the line that is shorter than a segment: "drop" leaves it without
        a segment, so that all segments are equally long; "keep" makes it the last, shorter one.

    Returns
    -------
    Segments

    Raises
    ------
    InputError
        If the length or start is out of range, or no segment fits on the line.

    Examples
    --------
    >>> line = TrenchLine("sam", [-71.0, -71.0], [-20.0, -22.0])
    >>> make_segments(line).centre_km.tolist()
    [25.0, 75.0, 125.0, 175.0]
    >>> make_segments(line, remainder="keep").edges_km.round(1).tolist()
    [0.0, 50.0, 100.0, 150.0, 200.0, 222.4]
    """
    check_range("the segment length", length_km, low=0.0, open_low=True)
    check_range("the start of the first segment", start_km, low=0.0, high=line.length_km)
    check_choice("remainder", remainder, ("drop", "keep"))
    whole = int((line.length_km - start_km) / length_km + 1e-9)
    edges = start_km + length_km * np.arange(whole + 1)
    edges[-1] = min(edges[-1], line.length_km)
    if remainder == "keep" and line.length_km - edges[-1] > 1e-9 * line.length_km:
        edges = np.append(edges, line.length_km)
    if len(edges) < 2:
        raise InputError(
            f"no segment fits on the trench line of {line.region}",
            given=f"{length_km:g} km",
            allowed=f"<= {line.length_km - start_km:.6g} km",
        )
    return Segments(line, edges)
