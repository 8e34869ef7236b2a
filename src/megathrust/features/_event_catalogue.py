"""One catalogue without duplicates from several event frames, with every merge counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, FloatArray, InputError, IntArray, check_choice
from megathrust.geometry import arc_km, unit_vectors

#: Columns that come from the source of the mechanism, all together or not at all.
TENSOR_COLUMNS = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
PLANE_COLUMNS = ("strike1", "dip1", "rake1")
MECHANISM_COLUMNS = (*TENSOR_COLUMNS, *PLANE_COLUMNS)
EVENT_FRAME_COLUMNS = (
    "event_id", "time", "time_precision", "lon", "lat", "depth_km", "magnitude", "magnitude_type", "source",
    "moment_n_m", *MECHANISM_COLUMNS,
)  # fmt: skip

#: Length in seconds of the span that a time known to the named precision stands for, from its beginning.
PRECISION_SPAN_S: Mapping[str, float] = MappingProxyType(
    {
        "second": 0.0,
        "minute": 60.0,
        "hour": 3600.0,
        "day": 86400.0,
        "month": 31 * 86400.0,
        "year": 366 * 86400.0,
    }
)


#: Role of a catalogue that the user gives.
OWN_CATALOGUE = "own"


@dataclass(frozen=True, kw_only=True)
class CatalogueRole:
    """What one catalogue adds to the merged one.

    Attributes
    ----------
    events_from, events_to : int
        Its events that no earlier catalogue holds are added from the first year up to, not including, the
        second one. Equal years add none: such a catalogue only gives mechanisms. The first public catalogue
        that is given adds all of its events, unless its years are equal.
    time_s, distance_km, magnitude : float
        Two events are one if they differ by at most this in origin time (beyond the span that an incomplete
        time stands for), epicentre and magnitude.
    """

    events_from: int = -10_000
    events_to: int = 10_000
    time_s: float = 60.0
    distance_km: float = 200.0
    magnitude: float = 1.0


#: Catalogues in order of priority: where two hold an event, the first gives time, place and magnitude, the
#: first with a mechanism the mechanism. A catalogue of the user's own comes before all others. ISC-GEM
#: version 7 holds 1904 to 2016, without mechanisms; version 3 gives those to 2012, and the years before 1904.
#: It has few events before 1918 (Di Giacomo et al. 2018, doi:10.5194/essd-10-1877-2018): NOAA fills in
#: before, ISC-GEM by way of the USGS and then ComCat after. Historical times are minutes, places hundreds of
#: km, magnitudes a unit uncertain.
CATALOGUE_ROLES: Mapping[str, CatalogueRole] = MappingProxyType(
    {
        OWN_CATALOGUE: CatalogueRole(),
        "isc_gem_v7": CatalogueRole(),
        "isc_gem": CatalogueRole(events_to=1904),
        "isc_gem_usgs": CatalogueRole(events_from=2017),
        "comcat": CatalogueRole(events_from=2017),
        "gcmt": CatalogueRole(events_from=0, events_to=0),
        "focal_join": CatalogueRole(events_from=0, events_to=0),
        "noaa": CatalogueRole(events_to=1918, time_s=300.0, distance_km=500.0, magnitude=1.5),
    }
)


def merge_catalogues(
    frames: Mapping[str, pd.DataFrame], *, roles: Mapping[str, CatalogueRole] = CATALOGUE_ROLES
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Merge event frames into one catalogue without duplicates.

    The frames are taken in the order of ``roles``. Each event is matched to at most one event of the
    catalogue so far, and the other way round: of all pairs inside the windows of the role, those closest
    by the sum of the differences over their windows first. What matches gives its mechanism where the
    catalogue has none yet, and its magnitude where the catalogue's is no Mw and its own is; no other
    magnitude is converted. What does not match is added in the years of its role.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Event frames (the columns that the catalogue readers give) by a name in ``roles``.
    roles : mapping of str to CatalogueRole
        Names in order of priority.

    Returns
    -------
    catalogue : DataFrame
        One row per event in order of time, with the columns of the frames that are used,
        ``mechanism_source`` (empty where there is none), ``catalogue`` (the first that holds it) and
        ``held_by`` (how many do).
    merges : DataFrame
        One row per catalogue: ``events`` with time, place and magnitude, of them ``unusable`` left out,
        ``matched``, ``added``, ``outside_years`` (neither), ``mechanisms`` and ``magnitudes`` given to
        events of earlier catalogues.

    Raises
    ------
    InputError
        If a name has no role, no frame is given, or a frame lacks a column.

    Examples
    --------
    >>> frame = pd.DataFrame({name: [np.nan] for name in EVENT_FRAME_COLUMNS}).assign(
    ...     event_id="a", time=pd.Timestamp("2004-12-26T00:58:53", tz="UTC"), time_precision="second",
    ...     lon=95.9, lat=3.3, magnitude=9.0, magnitude_type="Mw", source="A")
    >>> again = frame.assign(event_id="b", lon=96.0, magnitude=9.1, strike1=329.0, dip1=8.0, rake1=110.0)
    >>> catalogue, merges = merge_catalogues({"isc_gem": frame, "gcmt": again})
    >>> catalogue[["event_id", "magnitude", "dip1", "mechanism_source"]].values.tolist()
    [['a', 9.0, 8.0, 'gcmt']]
    """
    if not frames:
        raise InputError("no catalogue is given", allowed=", ".join(roles))
    for name in frames:
        check_choice("catalogue", name, roles)
    usable = {name: _usable(name, frames[name]) for name in roles if name in frames}
    merged = next(iter(usable.values())).iloc[:0]
    counts = []
    first = next((name for name in usable if name != OWN_CATALOGUE), "")
    for name, frame in usable.items():
        role = roles[name]
        if name == first and role.events_from != role.events_to:
            role = replace(role, events_from=CatalogueRole.events_from, events_to=CatalogueRole.events_to)
        merged, count = _merge(merged, frame, role)
        left_out = len(frames[name]) - len(frame)
        counts.append({"catalogue": name, "events": len(frame), "unusable": left_out, **count})
    merged = merged.sort_values(["time", "event_id"], kind="stable", ignore_index=True)
    return merged, pd.DataFrame(counts)


def match_events(first: pd.DataFrame, second: pd.DataFrame, role: CatalogueRole) -> tuple[IntArray, IntArray]:
    """Return the row numbers of events of two frames that are one event, each row at most once.

    Parameters
    ----------
    first, second : DataFrame
        With ``time``, ``time_precision``, ``lon``, ``lat`` and ``magnitude``, all known.
    role : CatalogueRole
        Whose windows count.

    Returns
    -------
    rows_of_first, rows_of_second : ndarray of int
        In order of ``rows_of_first``.
    """
    one, two, score = _pairs_in_windows(first, second, role)
    order = np.lexsort((two, one, score))
    one, two = one[order], two[order]
    taken: list[tuple[IntArray, IntArray]] = []
    while len(one):
        # A pair that comes first for both of its events is the best that either can have.
        best = np.zeros(len(one), dtype=bool)
        best[np.unique(one, return_index=True)[1]] = True
        best_of_two = np.zeros(len(two), dtype=bool)
        best_of_two[np.unique(two, return_index=True)[1]] = True
        best &= best_of_two
        taken.append((one[best], two[best]))
        left = ~np.isin(one, one[best]) & ~np.isin(two, two[best])
        one, two = one[left], two[left]
    if not taken:
        return one, two
    rows_one, rows_two = (np.concatenate(part) for part in zip(*taken, strict=True))
    order = np.argsort(rows_one)
    return rows_one[order], rows_two[order]


def _usable(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    absent = [column for column in EVENT_FRAME_COLUMNS if column not in frame]
    if absent:
        raise InputError(f"the catalogue {name} lacks columns", given="no " + ", ".join(absent))
    known = frame[["time", "lon", "lat", "magnitude"]].notna().all(axis=1)
    part = frame.loc[known, list(EVENT_FRAME_COLUMNS)].reset_index(drop=True)
    source = np.where(has_mechanism(part), name, "")
    return part.assign(mechanism_source=pd.Series(source, dtype=object), catalogue=name, held_by=1)


def has_mechanism(events: pd.DataFrame) -> BoolArray:
    """Return whether a moment tensor or a nodal plane with rake is known, per event."""
    tensor = events[list(TENSOR_COLUMNS)].notna().all(axis=1)
    return np.asarray(tensor | events[list(PLANE_COLUMNS)].notna().all(axis=1))


def _merge(
    merged: pd.DataFrame, frame: pd.DataFrame, role: CatalogueRole
) -> tuple[pd.DataFrame, dict[str, int]]:
    old, new = match_events(merged, frame, role) if len(merged) else (np.empty(0, int), np.empty(0, int))
    merged = merged.copy()
    gives = has_mechanism(frame)[new] & ~has_mechanism(merged)[old]
    _copy(merged, frame, old[gives], new[gives], (*MECHANISM_COLUMNS, "mechanism_source"))
    # The moment belongs to the magnitude of its own source: it is taken over only where there is none.
    no_moment = gives & merged["moment_n_m"].isna().to_numpy()[old]
    _copy(merged, frame, old[no_moment], new[no_moment], ("moment_n_m",))
    is_mw = [(part["magnitude_type"] == "Mw").to_numpy() for part in (merged, frame)]
    better = is_mw[1][new] & ~is_mw[0][old]
    _copy(merged, frame, old[better], new[better], ("magnitude", "magnitude_type"))
    merged.iloc[old, merged.columns.get_loc("held_by")] += 1
    year = frame["time"].dt.year.to_numpy()
    unmatched = np.ones(len(frame), dtype=bool)
    unmatched[new] = False
    added = unmatched & (year >= role.events_from) & (year < role.events_to)
    count = {
        "matched": len(new),
        "added": int(added.sum()),
        "outside_years": int((unmatched & ~added).sum()),
        "mechanisms": int(gives.sum()),
        "magnitudes": int(better.sum()),
    }
    parts = [part for part in (merged, frame[added]) if len(part)]
    return (pd.concat(parts, ignore_index=True) if parts else merged), count


def _copy(
    merged: pd.DataFrame, frame: pd.DataFrame, old: IntArray, new: IntArray, columns: tuple[str, ...]
) -> None:
    for column in columns:
        merged.iloc[old, merged.columns.get_loc(column)] = frame[column].to_numpy()[new]


def _pairs_in_windows(
    first: pd.DataFrame, second: pd.DataFrame, role: CatalogueRole
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return all pairs of rows inside the windows with their score, smaller for closer."""
    begin_one, end_one = _spans(first)
    begin_two, end_two = _spans(second)
    order = np.argsort(begin_one, kind="stable")
    longest = float(np.max(end_one - begin_one, initial=0.0))
    low = np.searchsorted(begin_one[order], begin_two - role.time_s - longest, side="left")
    high = np.searchsorted(begin_one[order], end_two + role.time_s, side="right")
    count = np.maximum(high - low, 0)
    two = np.repeat(np.arange(len(second)), count)
    offset = np.arange(len(two)) - np.repeat(np.cumsum(count) - count, count)
    one = order[np.repeat(low, count) + offset]
    gap = np.maximum(np.maximum(begin_two[two] - end_one[one], begin_one[one] - end_two[two]), 0.0)
    vectors = [unit_vectors(part["lon"], part["lat"]) for part in (first, second)]
    distance = arc_km(vectors[0][one], vectors[1][two])
    difference = np.abs(first["magnitude"].to_numpy()[one] - second["magnitude"].to_numpy()[two])
    inside = (gap <= role.time_s) & (distance <= role.distance_km) & (difference <= role.magnitude)
    score = gap / role.time_s + distance / role.distance_km + difference / role.magnitude
    return one[inside], two[inside], score[inside]


def seconds_since_1970(times: pd.Series) -> FloatArray:
    """Return UTC times as seconds since 1970, whatever their resolution."""
    plain = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(plain.astype("datetime64[us]").astype(np.int64) * 1e-6)


def _spans(frame: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the first and last possible origin time in seconds since 1970."""
    begin = seconds_since_1970(frame["time"])
    return begin, begin + frame["time_precision"].map(PRECISION_SPAN_S).fillna(0.0).to_numpy()
