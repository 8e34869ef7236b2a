"""Events that forecasts are made from and tested by: each rupture once, where it began."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, FloatArray, InputError, IntArray
from megathrust.evaluation import Catalogue, area_skill_p_value
from megathrust.features import day, interface_rupture_length
from megathrust.geometry import load_trench_line, locate
from megathrust.table import FeatureTable

_ENDS = ("s_start_km", "s_end_km")
_YEAR = pd.Timedelta(days=365.25)

#: Where an event of a plain catalogue counts for a trench, without a slab to compare its depth with: km from
#: the trench on the upper and the downgoing plate, and depth in km.
UPPER_KM, DOWNGOING_KM, DEEPEST_KM = 250.0, 50.0, 70.0


def segments_of(table: FeatureTable) -> pd.DataFrame:
    """Return region, segment, s_km, lon, lat, azimuth (NaN where unknown) and length_km of every segment.

    The length is that of the table's provenance, or else the median distance of neighbours along a trench.
    """
    frame = table.frame
    kept = frame[["region", "segment", "s_km", "lon", "lat"]].copy()
    kept["azimuth"] = frame.get("azimuth", np.nan)
    length = table.provenance.get("segment_km")
    if length is None:
        length = float(frame.sort_values(["region", "s_km"]).groupby("region")["s_km"].diff().median())
    return kept.assign(length_km=float(length))


def rows_of(segments: pd.DataFrame, region: np.ndarray, s_km: np.ndarray) -> IntArray:
    """Return the row of the segment in which each event began, -1 where no segment is that near."""
    rows: IntArray = np.full(len(region), -1)
    for name in np.unique(region):
        own = np.flatnonzero((segments["region"] == name).to_numpy())
        if not len(own):
            continue
        events = np.flatnonzero(region == name)
        distance = np.abs(segments["s_km"].to_numpy()[own][None] - s_km[events][:, None])
        nearest = distance.argmin(1)
        # A segment holds what is nearest to its middle; an epicentre may lie somewhat beyond a trench's end.
        near = distance.min(1) <= 2.0 * segments["length_km"].to_numpy()[own][nearest]
        rows[events[near]] = own[nearest[near]]
    return rows


def places_of(segments: pd.DataFrame, events: pd.DataFrame, *, extent: bool) -> FloatArray:
    """Return which share of each event lies in each segment, (events, segments), each event of sum 1.

    Parameters
    ----------
    segments : DataFrame
        From `segments_of`.
    events : DataFrame
        ``region``, ``row`` (`rows_of`) and, with ``extent``, ``s_start_km`` and ``s_end_km``.
    extent : bool
        Whether an event lies on all segments that it ruptured, by the length of each; what lies beside all
        segments is left out. Otherwise, and where it covers none, it lies in the one in which it began.

    Raises
    ------
    InputError
        If the extents are not there.
    """
    rows = events["row"].to_numpy()
    shares = np.zeros((len(events), len(segments)))
    shares[np.arange(len(events)), rows] = 1.0
    if not extent:
        return shares
    lacking = [name for name in _ENDS if name not in events]
    if lacking:
        raise InputError(
            "the events have no extents along the trench",
            given=f"no column {', '.join(lacking)}",
            action="give ruptures with both ends, or score them where they began",
        )
    half = segments["length_km"].to_numpy() / 2.0
    begin, end = segments["s_km"].to_numpy() - half, segments["s_km"].to_numpy() + half
    first, last = (events[name].to_numpy(dtype=np.float64)[:, None] for name in _ENDS)
    same = events["region"].to_numpy(dtype=object)[:, None] == segments["region"].to_numpy(dtype=object)
    covered = np.where(same, np.maximum(np.minimum(end, last) - np.maximum(begin, first), 0.0), 0.0)
    found = covered.sum(1) > 0.0
    shares[found] = covered[found] / covered[found].sum(1, keepdims=True)
    return shares


def skill_p_value(scores: FloatArray, segments: pd.DataFrame, places: FloatArray) -> float:
    """Return the p-value of the area skill against trench length; places as from `places_of`."""
    order = np.lexsort((segments["s_km"].to_numpy(), segments["region"].to_numpy(dtype=str)))
    length, region = (segments[name].to_numpy()[order] for name in ("length_km", "region"))
    return area_skill_p_value(scores[order], length, places[:, order], trench=region)


def independent_ruptures(
    ruptures: pd.DataFrame, *, years: float = 1.0, margin_km: float = 100.0
) -> pd.DataFrame:
    """Return ruptures without those that belong to a larger one, before or after it.

    A rupture belongs to a larger one of its trench if it began within ``years`` of it, and within
    ``margin_km`` of its extent: what is left is closer to independent events than all of them are.

    Parameters
    ----------
    ruptures : DataFrame
        ``region``, ``time``, ``magnitude``, ``s_km``, ``s_start_km``, ``s_end_km``; as from
        `load_builtin_ruptures`.
    years, margin_km : float

    Examples
    --------
    >>> ruptures = pd.DataFrame({"region": "sam", "time": pd.to_datetime(["2010-02-27", "2010-03-11"]),
    ...     "magnitude": [8.8, 7.0], "s_km": [5354.0, 5400.0], "s_start_km": [5117.0, 5390.0],
    ...     "s_end_km": [5631.0, 5410.0]})
    >>> independent_ruptures(ruptures)["magnitude"].tolist()
    [8.8]
    """
    order = ruptures.sort_values("magnitude", ascending=False, kind="stable")
    region = order["region"].to_numpy()
    days = (order["time"] - order["time"].min()).dt.total_seconds().to_numpy() / 86_400.0
    s_km, low, high = (order[name].to_numpy() for name in ("s_km", "s_start_km", "s_end_km"))
    keeps: BoolArray = np.ones(len(order), dtype=bool)
    for row in range(len(order)):
        if not keeps[row]:
            continue
        near = (s_km >= low[row] - margin_km) & (s_km <= high[row] + margin_km) & (region == region[row])
        belongs = near & (np.abs(days - days[row]) <= 365.25 * years)
        belongs[: row + 1] = False
        keeps &= ~belongs
    return ruptures.loc[np.sort(order.index[keeps])].reset_index(drop=True)


def catalogue_of(
    ruptures: pd.DataFrame, segments: pd.DataFrame, *, since: str, until: str, least: float
) -> Catalogue:
    """Return the independent ruptures of a window of time with their exposure.

    Parameters
    ----------
    ruptures : DataFrame
        As from `load_builtin_ruptures`; those without a moment magnitude do not count.
    segments : DataFrame
        From `segments_of`.
    since, until : str
        First and last day.
    least : float
        Smallest Mw of which all events are on record since then.
    """
    first, last = day(since), day(until) + pd.Timedelta(days=1)
    if last <= first:
        raise InputError("the window of the catalogue ends before it begins", given=f"{since} to {until}")
    counts = (ruptures["time"] >= first) & (ruptures["time"] < last) & (ruptures["magnitude"] >= least)
    chosen = independent_ruptures(ruptures[counts & (ruptures["magnitude_type"] == "Mw")])
    region, s_km = chosen["region"].to_numpy(dtype=object), chosen["s_km"].to_numpy()
    inside = rows_of(segments, region, s_km) >= 0
    return Catalogue(
        segments["region"].to_numpy(dtype=object),
        segments["s_km"].to_numpy(),
        segments["length_km"].to_numpy(),
        region[inside],
        s_km[inside],
        chosen["magnitude"].to_numpy()[inside],
        float((last - first) / _YEAR),
        least,
    )


def events_near_trenches(events: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the events of a plain catalogue that count for a segment, with ``region``, ``s_km`` and ``row``.

    Without slab grids, an event counts for the nearest trench if its epicentre lies at most 250 km from it on
    the upper plate or 50 km on the downgoing one, and no deeper than 70 km; an unknown depth counts. It
    ruptures as far as the scaling relation of Strasser et al. (2010) says, evenly to both sides.

    Parameters
    ----------
    events : DataFrame
        ``time``, ``lon``, ``lat``, ``depth_km``, ``magnitude``; as from `megathrust.sources.read_events`.
    segments : DataFrame
        From `segments_of`.
    """
    shallow = events[~(events["depth_km"] > DEEPEST_KM)].reset_index(drop=True)
    best = np.full(len(shallow), np.inf)
    home = np.full(len(shallow), "", dtype=object)
    along = np.full(len(shallow), np.nan)
    for name in pd.unique(segments["region"]):
        s_km, n_km = locate(load_trench_line(str(name)), shallow["lon"], shallow["lat"])
        inside = (n_km >= -UPPER_KM) & (n_km <= DOWNGOING_KM) & (np.abs(n_km) < best)
        best[inside], home[inside], along[inside] = np.abs(n_km)[inside], name, s_km[inside]
    half = interface_rupture_length(shallow["magnitude"]) / 2.0
    located = shallow.assign(region=home, s_km=along, s_start_km=along - half, s_end_km=along + half)
    located["row"] = rows_of(segments, home, along)
    return located[located["row"] >= 0].reset_index(drop=True)
