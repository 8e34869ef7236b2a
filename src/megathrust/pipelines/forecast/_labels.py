"""Labels that know nothing of what came after a day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from megathrust.core import InputError
from megathrust.features import LabelWindow, day, label_segments, target_definitions
from megathrust.pipelines.forecast._events import segments_of
from megathrust.table import SEISMICITY_PREFIX, FeatureTable

#: Name of the target.
LABEL = "MW_WINDOW"


def labels_until(
    table: FeatureTable, ruptures: pd.DataFrame, *, since: str = "1904-01-01", until: str
) -> FeatureTable:
    """Return a table whose one target is the largest observed Mw from a day to a day.

    All other targets go, and so do the features of seismicity (names in ``SEIS_``), unless the provenance of
    the table says that they know no event after ``until``: `build_table` makes such a table.

    Parameters
    ----------
    table : FeatureTable
        Segments with ``s_km``; targets are not needed.
    ruptures : DataFrame
        As from `load_builtin_ruptures`.
    since, until : str
        First and last day.

    Raises
    ------
    InputError
        If a day is none, or no rupture of the window is on any segment.

    Examples
    --------
    >>> from megathrust.table import load_builtin_ruptures, load_builtin_table
    >>> before = labels_until(load_builtin_table(), load_builtin_ruptures(), until="2003-12-31")
    >>> before.target_names, bool((before["MW_WINDOW_date"].dropna() <= "2003-12-31").all())
    (['MW_WINDOW'], True)
    """
    window = {LABEL: LabelWindow(since=since, until=until)}
    segments = segments_of(table)
    half = segments["length_km"] / 2.0
    ends = segments.assign(s_start_km=segments["s_km"] - half, s_end_km=segments["s_km"] + half)
    parts = [
        label_segments(own, ruptures[ruptures["region"] == region].reset_index(drop=True), windows=window)
        for region, own in ends.groupby("region", sort=False)
    ]
    labels = pd.concat(parts, ignore_index=True)
    if labels[LABEL].nunique() < 2:
        raise InputError("no rupture of the window is on any segment", given=f"{since} to {until}")
    bare = without_later_events(table, until)
    gone = [name for name in bare.columns if bare.columns[name].role in ("target", "rupture")]
    kept = bare.frame.drop(columns=gone)
    frame = kept.merge(labels, on=["region", "segment"], how="left", validate="one_to_one")
    columns = {name: column for name, column in bare.columns.items() if name not in gone}
    return replace(bare, frame=frame, columns={**columns, **target_definitions(window)})


def without_later_events(table: FeatureTable, until: str) -> FeatureTable:
    """Return a table without the features of seismicity, unless its provenance says that they end in time."""
    known = table.provenance.get("events_until")
    if known is not None and day(str(known)) <= day(until):
        return table
    late = [name for name in table.feature_names if name.startswith(SEISMICITY_PREFIX)]
    return table.drop_columns(late, f"may know events after {until}") if late else table
