"""Another target than a magnitude: a feature that is to be predicted instead."""

from __future__ import annotations

from dataclasses import replace

from megathrust.core import unknown_name
from megathrust.table._table import FeatureTable


def with_target(table: FeatureTable, name: str) -> FeatureTable:
    """Return the table with one of its features as its first target.

    The other features of its family describe the same quantity: they are left out, and recorded as left out,
    so that the target is not predicted from itself. Segments without a value keep their row; runs leave them
    out.

    Parameters
    ----------
    table : FeatureTable
    name : str
        Name of a feature.

    Raises
    ------
    InputError
        If the table has no such feature.

    Examples
    --------
    >>> from megathrust.table import load_builtin_table
    >>> table = with_target(load_builtin_table(), "V_CN")
    >>> table.target_names[0], table.columns["V_CN"].unit, [left_out.name for left_out in table.exclusions]
    ('V_CN', 'mm/yr', ['OBL'])
    """
    if name not in table.feature_names:
        raise unknown_name("feature to be the target", name, dict.fromkeys(table.feature_names))
    chosen = table.columns[name]
    alike = [
        other
        for other in table.feature_names
        if other != name and chosen.family and table.columns[other].family == chosen.family
    ]
    if alike:
        table = table.drop_columns(alike, f"tells of the same as the target {name}")
    others = {other: column for other, column in table.columns.items() if other != name}
    columns = {}
    for other, column in others.items():
        if name not in columns and column.role not in ("key", "feature"):
            columns[name] = replace(chosen, role="target")
        columns[other] = column
    columns.setdefault(name, replace(chosen, role="target"))
    return replace(table, columns=columns)
