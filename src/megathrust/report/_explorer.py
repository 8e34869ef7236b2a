"""What the explorable part of a page holds: segments, what is known of each, ruptures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import REGION_NAMES, InputError
from megathrust.plots import ValueStyle, trench_map_info

Values: TypeAlias = Sequence[Any] | npt.NDArray[Any] | pd.Series

#: A name is shown up to here; whole it stands in the files.
LONGEST_NAME = 160

_PLACE = ("region", "segment", "s_km", "lon", "lat", "left_out")


@dataclass(frozen=True)
class Variable:
    """One thing that is known of every segment.

    Attributes
    ----------
    key : str
        Name of the column in downloaded files.
    label : str
        What it is, in words.
    group : str
        Under which heading it stands in a segment's card.
    values : sequence
        Numbers, numbers of names, or texts, one per segment; missing ones as NaN or None.
    style : ValueStyle, optional
        How it is coloured; without one it is told, but not drawn.
    unit : str
        Of the numbers; ``"1"`` or nothing for a pure number.
    spread : sequence of numbers, optional
        Shown behind a plus-minus sign.
    ranked : bool
        Whether the card tells the share of segments that have no more.
    listed : bool
        Whether it is a column of the table of segments.
    crossed : bool
        Whether the heat map can count its names by region.
    """

    key: str
    label: str
    group: str
    values: Values
    style: ValueStyle | None = None
    unit: str = ""
    spread: Values | None = None
    ranked: bool = False
    listed: bool = False
    crossed: bool = False


@dataclass(frozen=True)
class Explorer:
    """Everything that map, straightened trench, card, tables and heat map show.

    Attributes
    ----------
    segments : DataFrame
        Columns region, segment, s_km (km), lon, lat (degrees), left_out (bool), reason (why left out).
    variables : tuple of Variable
        In the order of the card.
    first : str
        Key of the variable that the map shows first.
    ruptures : DataFrame, optional
        Columns region, start_km, end_km, year, magnitude, quality, as from `rupture_extents`.
    strip : mapping of str to str
        Which variables the straightened trench draws, by their part: ``magnitude``, ``probability``.
    thresholds : tuple of float
        Between classes, in Mw.
    notes : mapping of str to str
        A sentence under a heading of the card, by group.

    Raises
    ------
    InputError
        If a column is missing, or a variable has another number of values than there are segments.
    """

    segments: pd.DataFrame
    variables: tuple[Variable, ...]
    first: str
    ruptures: pd.DataFrame | None = None
    strip: dict[str, str] = field(default_factory=dict)
    thresholds: tuple[float, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if missing := [name for name in _PLACE if name not in self.segments]:
            raise InputError("segments of a page lack a column", given=", ".join(missing))
        for variable in self.variables:
            if len(variable.values) != len(self.segments):
                raise InputError(
                    f"the variable {variable.key} does not fit the segments",
                    given=f"{len(variable.values)} values",
                    allowed=f"{len(self.segments)}, one per segment",
                )

    @property
    def keys(self) -> list[str]:
        """Name of every segment, as in links: ``sam/54``."""
        frame = self.segments
        return [
            f"{region}/{number}" for region, number in zip(frame["region"], frame["segment"], strict=True)
        ]


def explorer_content(explorer: Explorer) -> dict[str, Any]:
    """Return what the script of a page reads: text, numbers, lists and mappings only."""
    frame = explorer.segments
    codes = [str(code) for code in dict.fromkeys(frame["region"])]
    return {
        "regions": [{"code": code, "name": _short(REGION_NAMES.get(code, code))} for code in codes],
        "segments": {
            "key": explorer.keys,
            "region": [codes.index(str(code)) for code in frame["region"]],
            "number": [int(number) for number in frame["segment"]],
            "s_km": _plain(frame["s_km"]),
            "line": _lines(frame),
            "left_out": [bool(out) for out in frame["left_out"]],
            "reason": _plain(frame["reason"]) if "reason" in frame else [None] * len(frame),
        },
        "variables": [_variable_content(variable) for variable in explorer.variables],
        "first": explorer.first,
        "strip": explorer.strip,
        "thresholds": list(explorer.thresholds),
        "ruptures": _ruptures(explorer.ruptures, codes),
        "notes": explorer.notes,
    }


def explorer_frame(explorer: Explorer) -> pd.DataFrame:
    """Return one row per segment with a column for every variable, as the downloaded files hold it."""
    frame = explorer.segments[list(_PLACE)].reset_index(drop=True)
    columns: dict[str, Any] = {}
    for variable in explorer.variables:
        named = variable.style.names if variable.style is not None else ()
        values = pd.Series(list(variable.values))
        columns[variable.key] = values.map(dict(enumerate(named))) if named else values
        if variable.spread is not None:
            columns[f"{variable.key}_spread"] = pd.Series(list(variable.spread))
    return pd.concat([frame, pd.DataFrame(columns)], axis=1)


def _variable_content(variable: Variable) -> dict[str, Any]:
    content: dict[str, Any] = {
        "key": _short(variable.key),
        "label": _short(variable.label),
        "group": variable.group,
        "unit": "" if variable.unit == "1" else _short(variable.unit),
        "values": _plain(variable.values),
        "ranked": variable.ranked,
        "listed": variable.listed,
        "crossed": variable.crossed,
        "scale": None if variable.style is None else _scale(variable.style),
    }
    if variable.spread is not None:
        content["spread"] = _plain(variable.spread)
    return content


def _scale(style: ValueStyle) -> dict[str, Any]:
    """Return the colours of a style: by name, between edges, or along a ramp."""
    edges = getattr(style.norm, "boundaries", None)
    if style.names:
        colours = _hex(style, np.arange(len(style.names), dtype=np.float64))
        return {"kind": "names", "names": [_short(name) for name in style.names], "colours": colours}
    if edges is not None:
        middles = (np.asarray(edges)[1:] + np.asarray(edges)[:-1]) / 2.0
        return {"kind": "steps", "edges": [float(edge) for edge in edges], "colours": _hex(style, middles)}
    low, high = float(style.norm.vmin or 0.0), float(style.norm.vmax or 0.0)
    return {"kind": "ramp", "low": low, "high": high, "colours": _hex(style, np.linspace(low, high, 33))}


def _hex(style: ValueStyle, values: np.ndarray) -> list[str]:
    return ["#" + bytes(colour[:3]).hex() for colour in style.mappable.to_rgba(values, bytes=True).tolist()]


def _lines(frame: pd.DataFrame) -> list[list[float] | None]:
    """Return each segment as lon, lat of begin, centre and end, the upper plate to its left."""
    lines: list[list[float] | None] = [None] * len(frame)
    if not (frame["lon"].notna() & frame["lat"].notna()).any():
        return lines
    given = frame[["region", "s_km", "lon", "lat"]].assign(value=np.nan)
    for panel in trench_map_info(given).panels:
        for row, piece in zip(panel.rows, panel.pieces, strict=True):
            lines[row] = [round(float(degree), 4) for degree in piece.ravel()]
    return lines


def _ruptures(frame: pd.DataFrame | None, codes: list[str]) -> list[dict[str, Any]]:
    if frame is None:
        return []
    return [
        {
            "region": codes.index(str(row["region"])),
            "start_km": float(row["start_km"]),
            "end_km": float(row["end_km"]),
            "year": int(row["year"]),
            "magnitude": round(float(row["magnitude"]), 2),
            "quality": _short(str(row.get("quality") or "")),
        }
        for _, row in frame.iterrows()
        if str(row["region"]) in codes
    ]


def _plain(values: Any) -> list[Any]:
    """Return values as JSON knows them: six digits of numbers, null for what is missing."""
    return [_plain_one(value) for value in (values.tolist() if hasattr(values, "tolist") else values)]


def _plain_one(value: Any) -> Any:
    if value is None or value is pd.NA:
        return None
    if isinstance(value, str):
        return _short(value) or None
    number = float(value)
    if not np.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else float(f"{number:.6g}")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
