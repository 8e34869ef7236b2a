"""What a reader did with the rows of a file: how many it read, used and left out, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: Key of the record in the ``attrs`` of a frame or array; a JSON text, which any file format can hold.
RECORD = "record"


@dataclass(frozen=True, kw_only=True)
class RowRecord:
    """What became of the rows of one file.

    Attributes
    ----------
    file : str
        Name of the file.
    unit : str
        What is counted: ``rows``, ``events``, ``nodes``, ``subfaults`` or ``polygons``.
    read, used : int
        How many the file holds, and how many are in the result.
    left_out : mapping of str to int
        By reason, how many are not in the result, or are missing nodes; with ``used`` they make ``read``.
    withheld : mapping of str to int
        By reason, how many single values are missing in rows that are used although the file gives them.

    Examples
    --------
    >>> print(RowRecord(file="a.csv", read=9, used=7, left_out={"no origin time": 2}))
    a.csv: 9 rows read, 7 used; left out: 2 no origin time
    """

    file: str
    unit: str = "rows"
    read: int
    used: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        text = f"{self.file}: {self.read} {self.unit} read, {self.used} used"
        for label, counts in (("left out", self.left_out), ("values withheld", self.withheld)):
            if counts:
                text += f"; {label}: " + ", ".join(f"{count} {reason}" for reason, count in counts.items())
        return text


def record_rows(
    file: str,
    used: int,
    *,
    unit: str = "rows",
    left_out: Mapping[str, int] | None = None,
    withheld: Mapping[str, int] | None = None,
) -> str:
    """Return the record of a file as it is kept in ``attrs``; reasons without rows are left away."""
    out, held = (
        {reason: int(n) for reason, n in (counts or {}).items() if n} for counts in (left_out, withheld)
    )
    record = RowRecord(
        file=file, unit=unit, read=int(used) + sum(out.values()), used=int(used), left_out=out, withheld=held
    )
    return json.dumps(asdict(record))


def row_record(data: Any) -> RowRecord:
    """Return what became of the rows of a file, from what its reader gave.

    Parameters
    ----------
    data : DataFrame, DataArray, SlipModel or RuptureOutline
        As a reader of this package returned it.

    Raises
    ------
    KeyError
        If it has no record: it is made by something else, or changed beyond keeping its ``attrs``.
    """
    held = getattr(data, "subfaults", data)
    text = held.record if hasattr(held, "polygons") else held.attrs[RECORD]
    return RowRecord(**json.loads(text))
