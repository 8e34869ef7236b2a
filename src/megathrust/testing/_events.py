"""Slow plain twins of the matching of catalogues and of the labels of segments."""

from __future__ import annotations

import pandas as pd

from megathrust.features._event_catalogue import PRECISION_SPAN_S, CatalogueRole
from megathrust.geometry import arc_km, unit_vectors


def plain_match_events(
    first: pd.DataFrame, second: pd.DataFrame, role: CatalogueRole
) -> list[tuple[int, int]]:
    """Return the pairs of rows that are one event, by comparing every event with every other.

    Parameters
    ----------
    first, second : DataFrame
        With ``time``, ``time_precision``, ``lon``, ``lat`` and ``magnitude``.
    role : CatalogueRole
        Whose windows count.

    Returns
    -------
    list of (int, int)
        In order of the rows of ``first``.
    """
    pairs = []
    for one, a in enumerate(first.to_dict("records")):
        for two, b in enumerate(second.to_dict("records")):
            end_a = a["time"] + pd.Timedelta(seconds=PRECISION_SPAN_S[a["time_precision"]])
            end_b = b["time"] + pd.Timedelta(seconds=PRECISION_SPAN_S[b["time_precision"]])
            gap = max((b["time"] - end_a).total_seconds(), (a["time"] - end_b).total_seconds(), 0.0)
            km = float(arc_km(unit_vectors(a["lon"], a["lat"]), unit_vectors(b["lon"], b["lat"])))
            difference = abs(a["magnitude"] - b["magnitude"])
            if gap <= role.time_s and km <= role.distance_km and difference <= role.magnitude:
                score = gap / role.time_s + km / role.distance_km + difference / role.magnitude
                pairs.append((score, one, two))
    taken: list[tuple[int, int]] = []
    for _, one, two in sorted(pairs):
        if all(one != i and two != j for i, j in taken):
            taken.append((one, two))
    return sorted(taken)


def plain_labels(
    segments: pd.DataFrame, ruptures: pd.DataFrame, since: str, *, least_share: float = 0.5
) -> list[float]:
    """Return the largest magnitude since a day that ruptured each segment, 1.0 where there is none.

    Parameters
    ----------
    segments : DataFrame
        ``s_start_km`` and ``s_end_km``.
    ruptures : DataFrame
        ``time``, ``magnitude``, ``s_start_km`` and ``s_end_km``.
    since : str
        First day.
    least_share : float
        Share of a segment that a rupture must cover, unless the segment holds its middle.
    """
    labels = []
    for segment in segments.to_dict("records"):
        begin, end = segment["s_start_km"], segment["s_end_km"]
        largest = 1.0
        for rupture in ruptures.to_dict("records"):
            first, last = rupture["s_start_km"], rupture["s_end_km"]
            covered = min(end, last) - max(begin, first) >= least_share * (end - begin) - 1e-6
            holds_middle = begin <= (first + last) / 2.0 < end
            if rupture["time"] >= pd.Timestamp(since, tz="UTC") and (covered or holds_middle):
                largest = max(largest, rupture["magnitude"])
        labels.append(largest)
    return labels
