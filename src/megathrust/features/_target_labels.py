"""Targets: the largest observed magnitude that ruptured each segment, by window of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, InputError
from megathrust.features._definition import ColumnDefinition


def day(text: str) -> pd.Timestamp:
    """Return the beginning of a day as a time, UTC.

    Raises
    ------
    InputError
        If the text is no day.

    Examples
    --------
    >>> day("2003-12-31").isoformat()
    '2003-12-31T00:00:00+00:00'
    """
    try:
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d", utc=True))
    except ValueError as error:
        raise InputError("this is no day", given=text, allowed="a day such as 2004-01-31") from error


#: Label of a segment that no event of the window ruptured: censored, not small. Below every magnitude.
NO_EVENT_LABEL = 1.0


@dataclass(frozen=True, kw_only=True)
class LabelWindow:
    """Which ruptures count for one target.

    Attributes
    ----------
    since : str
        First day.
    until : str, optional
        Last day; default all that the catalogue holds.
    moment_magnitudes_only : bool
        Whether only events with an Mw count: surface-wave magnitudes of the first years of the network
        are too large by several tenths (Abe & Noguchi 1983, Phys. Earth Planet. Inter. 33, 1-11).
    """

    since: str
    moment_magnitudes_only: bool = True
    until: str | None = None


#: Targets by name. Before 1904 magnitudes come from accounts of damage and tsunamis.
LABEL_WINDOWS: Mapping[str, LabelWindow] = MappingProxyType(
    {
        "MW_1904": LabelWindow(since="1904-01-01"),
        "MW_1976": LabelWindow(since="1976-01-01"),
        "MW_HISTORICAL": LabelWindow(since="1500-01-01", moment_magnitudes_only=False),
    }
)

#: Columns beside each target, and their meaning.
LABEL_DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "rupture": "event that gave the label; empty where none was observed",
        "date": "day of that event",
        "source": "where the extent of its rupture is from",
        "quality": "quality of that extent, A to D",
    }
)

CITATION = "see docs/labels.md"


def target_definitions(windows: Mapping[str, LabelWindow] = LABEL_WINDOWS) -> dict[str, ColumnDefinition]:
    """Return the definitions of the target columns and of those beside them, by name.

    Examples
    --------
    >>> target_definitions()["MW_1976"].long_name
    'largest observed Mw of an interface event that ruptured the segment since 1976-01-01'
    """
    definitions = {}
    for name, window in windows.items():
        span = f"since {window.since}" + (f" until {window.until}" if window.until else "")
        meaning = f"largest observed Mw of an interface event that ruptured the segment {span}"
        definitions[name] = ColumnDefinition(name, meaning, "Mw", "target", citation=CITATION)
        for detail, text in LABEL_DETAILS.items():
            column = f"{name}_{detail}"
            definitions[column] = ColumnDefinition(column, text, "1", "rupture", citation=CITATION)
    return definitions


def label_segments(
    segments: pd.DataFrame,
    ruptures: pd.DataFrame,
    *,
    windows: Mapping[str, LabelWindow] = LABEL_WINDOWS,
    least_share: float = 0.5,
) -> pd.DataFrame:
    """Return the largest observed magnitude that ruptured each segment of one trench.

    A rupture counts for a segment if it covers at least ``least_share`` of the segment's length, and in
    any case for the segment that holds the middle of the rupture, so that short ruptures are not lost. Of
    several the largest magnitude counts, of equal ones the better quality, then the later event.

    Parameters
    ----------
    segments : DataFrame
        ``region``, ``segment``, ``s_start_km`` and ``s_end_km``, as from ``Segments.to_frame``.
    ruptures : DataFrame
        As from `find_ruptures` for the same trench.
    windows : mapping of str to LabelWindow
        Targets by name.
    least_share : float
        Share of a segment's length, above 0 and at most 1.

    Returns
    -------
    DataFrame
        Per segment ``region``, ``segment``, and for each window NAME: NAME, the magnitude (1.0 where no event
        was observed: censored, not small), NAME_rupture, NAME_date, NAME_source and NAME_quality
        (`LABEL_DETAILS`; missing where no event was observed).

    Raises
    ------
    InputError
        If the share is out of range.

    Examples
    --------
    >>> segments = pd.DataFrame({"region": "sam", "segment": [0, 1], "s_start_km": [0.0, 50.0],
    ...                          "s_end_km": [50.0, 100.0]})
    >>> ruptures = pd.DataFrame({"event_id": ["a"], "time": [pd.Timestamp("1960-05-22", tz="UTC")],
    ...     "magnitude": [9.5], "magnitude_type": ["Mw"], "s_start_km": [60.0], "s_end_km": [900.0],
    ...     "extent_source": ["model"], "quality": ["A"]})
    >>> label_segments(segments, ruptures)[["MW_1904", "MW_1904_rupture", "MW_1976"]].values.tolist()
    [[1.0, nan, 1.0], [9.5, 'a', 1.0]]
    """
    if not 0.0 < least_share <= 1.0:
        raise InputError("the share of a segment is out of range", given=least_share, allowed="> 0 and <= 1")
    order = ruptures.sort_values(
        ["magnitude", "quality", "time"], ascending=[False, True, False], kind="stable", ignore_index=True
    )
    covers = _covers(segments, order, least_share)
    columns: dict[str, object] = {"region": segments["region"], "segment": segments["segment"]}
    for name, window in windows.items():
        counts = (order["time"] >= pd.Timestamp(window.since, tz="UTC")).to_numpy()
        if window.until is not None:
            after = day(window.until) + pd.Timedelta(days=1)
            counts = counts & (order["time"] < after).to_numpy()
        if window.moment_magnitudes_only:
            counts = counts & (order["magnitude_type"] == "Mw").to_numpy()
        columns |= _labels(name, order, covers & counts)
    return pd.DataFrame(columns).reset_index(drop=True)


def _covers(segments: pd.DataFrame, ruptures: pd.DataFrame, least_share: float) -> BoolArray:
    """Return which rupture counts for which segment, shape (segments, ruptures)."""
    begin, end = (segments[name].to_numpy()[:, None] for name in ("s_start_km", "s_end_km"))
    first, last = (ruptures[name].to_numpy()[None, :] for name in ("s_start_km", "s_end_km"))
    overlap = np.minimum(end, last) - np.maximum(begin, first)
    middle = (first + last) / 2.0
    # Arc lengths are sums: a rupture that ends where half a segment does must not fail by rounding.
    enough = overlap >= least_share * (end - begin) - 1e-6
    return np.asarray(enough | ((begin <= middle) & (middle < end)))


def _labels(name: str, ruptures: pd.DataFrame, covers: BoolArray) -> dict[str, object]:
    found = covers.any(axis=1)
    if not len(ruptures):
        details = {f"{name}_{detail}": np.full(len(covers), None, dtype=object) for detail in LABEL_DETAILS}
        return {name: np.full(len(covers), NO_EVENT_LABEL), **details}
    # Ruptures are in order of preference, so the first that counts is the one.
    largest = covers.argmax(axis=1)
    values = {
        "rupture": ruptures["event_id"],
        "date": ruptures["time"].map(lambda time: str(time.date())),
        "source": ruptures["extent_source"],
        "quality": ruptures["quality"],
    }
    columns: dict[str, object] = {
        name: np.where(found, ruptures["magnitude"].to_numpy()[largest], NO_EVENT_LABEL)
    }
    for detail in LABEL_DETAILS:
        text = values[detail].to_numpy(dtype=object)[largest]
        columns[f"{name}_{detail}"] = np.where(found, text, None)
    return columns
