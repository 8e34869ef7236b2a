"""What is done about missing values, and a record of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from megathrust.core import TableError, check_range
from megathrust.features import ColumnDefinition
from megathrust.table._table import FeatureTable

#: How the name of a feature begins that says where another one is missing.
INDICATOR = "MISSING_"
#: The family of these features: they say nothing of the Earth.
MISSING_FAMILY = "missing values"


def complete(table: FeatureTable, *, max_missing_share: float = 1.0) -> FeatureTable:
    """Return the table without missing feature values; every row and column left out is recorded.

    First the feature columns of which more than ``max_missing_share`` is missing are dropped, then every
    row that still misses a feature. Nothing is imputed: an imputed value would be fitted on other rows.

    Parameters
    ----------
    table : FeatureTable
        May miss feature values.
    max_missing_share : float
        Between 0 and 1; 1 keeps every column that has any value.

    Raises
    ------
    TableError
        If no row is left.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = complete(load_builtin_table(), max_missing_share=0.2)
    >>> len(table), len(table.feature_names), table.exclusions[0].name
    (753, 72, 'SEIS_B')
    """
    table = _without_sparse(table, max_missing_share)
    missing = table.frame[table.feature_names].isna()
    if missing.shape[1] == 0:
        raise TableError(
            "no feature is known in enough segments",
            given=f"every one is missing in more than {max_missing_share:.0%} of the rows",
            action="raise the largest missing share, or fill the gaps",
        )
    keep = ~missing.any(axis=1)
    if not keep.any():
        worst, share = missing.mean().idxmax(), missing.mean().max()
        raise TableError(
            "no segment has every feature",
            given=f"{worst} is missing in {share:.0%} of the rows",
            action="lower the largest missing share so that sparse columns are dropped first",
        )
    reasons = missing.apply(lambda row: "missing " + ", ".join(missing.columns[row]), axis=1)
    return table.select_rows(keep, reasons.to_numpy())


def indicate_missing(table: FeatureTable, *, max_missing_share: float = 1.0) -> FeatureTable:
    """Return the table with every row, and features that say where others are missing.

    First the feature columns of which more than ``max_missing_share`` is missing are dropped, as in
    `complete`. For every set of rows that misses some feature, a feature ``MISSING_<first of them>`` is added
    that is 1 in these rows and 0 elsewhere. Values that are missing stay missing: whoever learns from the
    table replaces them by what its own training rows say.

    Parameters
    ----------
    table : FeatureTable
        May miss feature values.
    max_missing_share : float
        Between 0 and 1; 1 keeps every column that has any value.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = indicate_missing(load_builtin_table(), max_missing_share=0.2)
    >>> len(table), len(table.feature_names)
    (895, 83)
    >>> int(table["MISSING_AGE"].sum()) == int(table["AGE"].isna().sum())
    True
    """
    table = _without_sparse(table, max_missing_share)
    missing = table.frame[table.feature_names].isna()
    patterns: dict[bytes, str] = {}
    for name in missing.columns[missing.any()]:
        patterns.setdefault(missing[name].to_numpy().tobytes(), str(name))
    return with_indicators(table, [INDICATOR + name for name in patterns.values()])


def with_indicators(table: FeatureTable, names: Sequence[str]) -> FeatureTable:
    """Return the table with those of some features that `indicate_missing` would add, where it can.

    Parameters
    ----------
    table : FeatureTable
    names : sequence of str
        Names of features, such as those of a model; all but ``MISSING_...`` are ignored.
    """
    of = {name: name.removeprefix(INDICATOR) for name in names if name.startswith(INDICATOR)}
    of = {
        name: source for name, source in of.items() if source in table.columns and name not in table.columns
    }
    if not of:
        return table
    added = {
        name: ColumnDefinition(
            name, f"1 where {source} is missing", "1", family=MISSING_FAMILY, citation="the table itself"
        )
        for name, source in of.items()
    }
    values = {name: table.frame[source].isna().astype(np.float64) for name, source in of.items()}
    return replace(table, frame=table.frame.assign(**values), columns={**table.columns, **added})


def _without_sparse(table: FeatureTable, max_missing_share: float) -> FeatureTable:
    check_range("the largest missing share of a column", max_missing_share, low=0.0, high=1.0)
    share = table.frame[table.feature_names].isna().mean()
    sparse = [name for name in table.feature_names if share[name] > max_missing_share or share[name] == 1.0]
    if not sparse:
        return table
    return table.drop_columns(sparse, f"more than {max_missing_share:.0%} of its values missing")


def describe(table: FeatureTable, *, rows_read: int) -> dict[str, Any]:
    """Return what the table holds and what was left out, ready for ``table.json``.

    Parameters
    ----------
    table : FeatureTable
        After every exclusion.
    rows_read : int
        How many rows the table had when it was read.
    """
    rows = [e for e in table.exclusions if e.kind == "row"]
    missing_by_column = Counter(
        name
        for e in rows
        if e.reason.startswith("missing ")
        for name in e.reason.removeprefix("missing ").split(", ")
    )
    label = table.target() if table.target_names else None
    no_event = int(np.isnan(table.observed()).sum()) if label else None
    return {
        "rows_read": rows_read,
        "rows_kept": len(table),
        "rows_kept_by_region": {str(k): int(v) for k, v in table.frame["region"].value_counts().items()},
        "rows_left_out": [{"segment": e.name, "reason": e.reason} for e in rows],
        "rows_left_out_by_missing_column": dict(missing_by_column),
        "columns_left_out": [
            {"column": e.name, "reason": e.reason} for e in table.exclusions if e.kind == "column"
        ],
        "features": {
            name: {"long_name": d.long_name, "unit": d.unit, "group": d.group, "citation": d.citation}
            for name, d in table.columns.items()
            if d.role == "feature"
        },
        "target": label,
        "segments_without_event": no_event,
        "provenance": dict(table.provenance),
    }
