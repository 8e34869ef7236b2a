"""Finite-fault slip models in the SRCMOD ``.fsp`` layout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, SourceError, check_lonlat, magnitude_from_moment
from megathrust.sources._events import LARGEST_MISFIT
from megathrust.sources._numbers import number_in
from megathrust.sources._reading import reading
from megathrust.sources._record import RECORD, record_rows

CITATION = "Mai & Thingbaijam (2014), SRCMOD, doi:10.1785/0220140077"
MISSING = 999.0
#: Units of the header by the name of the number; every other number is an angle or has none.
UNITS = dict.fromkeys(("LEN", "WID", "Htop", "DEP"), ("km",)) | {
    "Mo": ("Nm", "N m", "N-m", "N.m", "N*m"),
    "Nsbfs": ("subfaults",),
}
ANGLES = ("deg", "deg.", "degrees", "°")

#: Columns of the subfault table that are kept, by their name in the file. Slip per time window is left out.
COLUMNS = {
    "LAT": "lat",
    "LON": "lon",
    "X==EW": "x_km",
    "Y==NS": "y_km",
    "Z": "depth_km",
    "SLIP": "slip_m",
    "RAKE": "rake",
    "RISE": "rise_time_s",
    "TRUP": "rupture_time_s",
    "SF_MOMENT": "moment_n_m",
}
REQUIRED = ("LAT", "LON", "Z", "SLIP")


@dataclass(frozen=True, kw_only=True)
class SlipModel:
    """One finite-fault slip model.

    Attributes
    ----------
    tag : str
        Identifier of the model.
    event : str
        Name of the event with date and authors, as in the file.
    date : Timestamp
        Date of the event, NaT where the file does not tell.
    lon, lat, depth_km : float
        Hypocentre.
    length_km, width_km : float
        Size of the fault as a whole.
    magnitude, moment_n_m : float
        Moment magnitude, and seismic moment in N m; NaN where it differs from the magnitude by more than 0.3.
    strike, dip, rake, top_km : float
        Mean mechanism in degrees, and depth of the upper edge.
    point : {"top-center", "center"}
        Which point of a subfault its coordinates stand for.
    subfaults : DataFrame
        All subfaults of all planes: ``plane`` (from 1), ``lon``, ``lat``, ``x_km`` (east), ``y_km`` (north),
        ``depth_km``, ``slip_m``, ``rake``, ``rise_time_s``, ``rupture_time_s``, ``moment_n_m``, and of its
        plane ``strike``, ``dip``, ``length_km``, ``width_km``. What the file does not hold is NaN.
    citation : str
        Citation of the database; the model's authors stand in ``event``.

    Notes
    -----
    Every number of the header that is missing (999 or -999) is NaN. Numbers may have exponents with D, a
    decimal comma, or "x 10^"; what cannot be read in one way only is refused.
    """

    tag: str
    event: str
    date: pd.Timestamp
    lon: float
    lat: float
    depth_km: float
    length_km: float
    width_km: float
    magnitude: float
    moment_n_m: float
    strike: float
    dip: float
    rake: float
    top_km: float
    point: str
    subfaults: pd.DataFrame = field(repr=False, compare=False)
    citation: str = CITATION


def read_slip_model(path: str | os.PathLike[str]) -> SlipModel:
    """Read one slip model.

    Parameters
    ----------
    path : path_like
        A SRCMOD ``.fsp`` file.

    Raises
    ------
    SourceError
        If the header or the subfault table cannot be read, or subfaults that are announced are missing.
    """
    with reading(path, "a SRCMOD slip model") as file:
        lines = file.read_bytes().decode("utf-8", errors="replace").splitlines()
        head = _Header([line for line in lines if line.lstrip().startswith("%")])
        lon, lat = check_lonlat(head.number("Loc", "LON"), head.number("Loc", "LAT"))
        event = head.text("Event")
        magnitude, moment = head.number("Size", "Mw"), head.number("Size", "Mo")
        misfit = abs(float(magnitude_from_moment(moment if moment > 0.0 else np.nan)) - magnitude)
        off = moment <= 0.0 or misfit > LARGEST_MISFIT
        subfaults = _subfaults(lines, head, file)
        missing = int(subfaults["slip_m"].isna().sum())
        withheld = {f"moment off its Mw by more than {LARGEST_MISFIT}": int(off), "missing slips": missing}
        subfaults.attrs = {
            "citation": CITATION,
            "file": file.name,
            RECORD: record_rows(file.name, len(subfaults), unit="subfaults", withheld=withheld),
        }
        return SlipModel(
            tag=head.text("EventTAG") or file.stem,
            event=event,
            date=_date(event),
            lon=float(lon),
            lat=float(lat),
            depth_km=head.number("Loc", "DEP"),
            length_km=head.number("Size", "LEN"),
            width_km=head.number("Size", "WID"),
            magnitude=magnitude,
            moment_n_m=np.nan if off else moment,
            strike=head.number("Mech", "STRK"),
            dip=head.number("Mech", "DIP"),
            rake=head.number("Mech", "RAKE"),
            top_km=head.number("Mech", "Htop"),
            point="top-center" if head.says("top-center") else "center",
            subfaults=subfaults,
        )


@dataclass(frozen=True)
class _Header:
    """The commented lines of a file, of the form ``% Key : NAME = number unit ...``."""

    lines: list[str]

    def text(self, key: str) -> str:
        pattern = re.compile(rf"%\s*{key}\s*:\s*(.*)")
        found = (match for line in self.lines if (match := pattern.match(line)))
        match = next(found, None)
        return " ".join(match[1].split()) if match else ""

    def number(self, key: str, name: str) -> float:
        return _number(self.text(key), name)

    def says(self, phrase: str) -> bool:
        return any(phrase in line for line in self.lines)


def _number(text: str, name: str) -> float:
    """Return the number behind a name, which ends at the next name, a bracket or the line."""
    match = re.search(rf"\b{name}\s*=\s*(.*?)(?=\s+\w+\s*=|\s+\(|\s*$)", text)
    if match is None:
        return np.nan
    try:
        value = number_in(match[1], UNITS.get(name, ANGLES))
    except ValueError as error:
        raise ValueError(f"{name} = {error}") from error
    return np.nan if abs(value) == MISSING else value


def _date(event: str) -> pd.Timestamp:
    """Find a date written as month/day/year, year/month/day or year-month-day."""
    for pattern, layout in (
        (r"\b\d{1,2}/\d{1,2}/\d{4}\b", "%m/%d/%Y"),
        (r"\b\d{4}/\d{1,2}/\d{1,2}\b", "%Y/%m/%d"),
        (r"\b\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    ):
        match = re.search(pattern, event)
        if match:
            return pd.to_datetime(match[0], format=layout, utc=True, errors="coerce")
    return pd.NaT


@dataclass
class _Plane:
    """One plane of a model while it is read: its header values, and its rows of numbers."""

    strike: float
    dip: float
    length_km: float
    width_km: float
    expected: int | None = None
    rows: list[list[float]] = field(default_factory=list)


def _planes(lines: list[str], head: _Header) -> Iterator[tuple[list[str], _Plane]]:
    """Walk through the lines and give each plane with the names of its columns."""
    whole = _Plane(
        head.number("Mech", "STRK"),
        head.number("Mech", "DIP"),
        head.number("Size", "LEN"),
        head.number("Size", "WID"),
    )
    plane, names = whole, list[str]()
    for line in lines:
        stripped = line.strip()
        if re.match(r"%\s*SEGMENT\s*#", stripped):
            if plane.rows:
                yield names, plane
            plane = _Plane(_number(stripped, "STRIKE"), _number(stripped, "DIP"), np.nan, np.nan)
        elif re.match(r"%\s*LEN\s*=", stripped) and plane is not whole:
            plane.length_km, plane.width_km = _number(stripped, "LEN"), _number(stripped, "WID")
        elif re.match(r"%\s*Nsbfs\s*=", stripped):
            plane.expected = int(_number(stripped, "Nsbfs"))
        elif re.match(r"%\s*LAT\s+LON\b", stripped):
            names = stripped.lstrip("%").split()
        elif names and stripped and not stripped.startswith("%") and "[" not in stripped:
            # Lines such as "[ 2]," are notes that one file has between its planes.
            plane.rows.append([number_in(word) for word in stripped.split()])
    if plane.rows:
        yield names, plane


def _subfaults(lines: list[str], head: _Header, file: Path) -> pd.DataFrame:
    invs = " ".join(line for line in head.lines if re.match(r"%\s*Invs\s*:", line))
    nodes = _number(invs, "Nx") * _number(invs, "Nz")
    parts: list[dict[str, FloatArray]] = []
    for number, (names, plane) in enumerate(_planes(lines, head), start=1):
        absent = [name for name in REQUIRED if name not in names]
        if absent or any(len(row) != len(names) for row in plane.rows):
            raise SourceError(
                f"the subfault table of plane {number} does not fit its heading",
                given=f"{file}, columns {' '.join(names)}",
                action="check that the file is whole",
            )
        # Some files announce the row length Nx where Nx times Nz subfaults follow.
        if plane.expected is not None and len(plane.rows) not in (plane.expected, nodes):
            raise SourceError(
                f"plane {number} of the slip model is not whole",
                given=f"{file} with {len(plane.rows)} subfaults",
                allowed=str(plane.expected),
                action="get the file again",
            )
        parts.append(_plane_columns(names, plane, number))
    if not parts:
        raise SourceError("the file holds no subfaults", given=file, allowed="a SRCMOD .fsp slip model")
    columns: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["lon"], columns["lat"] = check_lonlat(columns["lon"], columns["lat"])
    return pd.DataFrame(columns).astype({"plane": "int64"})


def _plane_columns(names: list[str], plane: _Plane, number: int) -> dict[str, FloatArray]:
    table: FloatArray = np.array(plane.rows, dtype=np.float64)
    columns: dict[str, FloatArray] = {"plane": np.full(len(table), float(number))}
    for old, new in COLUMNS.items():
        values = table[:, names.index(old)] if old in names else np.full(len(table), np.nan)
        marked = new not in ("lon", "lat", "x_km", "y_km")
        columns[new] = np.where(np.abs(values) == MISSING, np.nan, values) if marked else values
    for name in ("strike", "dip", "length_km", "width_km"):
        columns[name] = np.full(len(table), getattr(plane, name))
    return columns
