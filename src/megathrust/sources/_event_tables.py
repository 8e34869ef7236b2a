"""Catalogues in newer layouts: ISC-GEM from version 4 on, its KMZ, FDSN event tables, tables of one's own."""

from __future__ import annotations

import itertools
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import COMMENTED, SourceError
from megathrust.sources._catalogues import ISC_GEM
from megathrust.sources._events import TENSOR, event_frame, iso_times
from megathrust.sources._reading import numbers, read_table, reading

COMCAT = "U.S. Geological Survey, doi:10.5066/F7MS3QZH"

#: What the columns of an event table may be called, by the column of the event frame; lower case.
EVENT_TABLE_NAMES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "event_id": ("event_id", "eventid", "id"),
        "time": ("time", "date", "datetime", "origin_time", "event_at"),
        "lon": ("lon", "longitude"),
        "lat": ("lat", "latitude"),
        "depth_km": ("depth_km", "depth"),
        "magnitude": ("magnitude", "mag", "mw"),
        "magnitude_type": ("magnitude_type", "magtype", "mag_type"),
    }
)

#: Precision of a time that ends early, by the length of its ISO 8601 text.
PRECISION: Mapping[int, str] = MappingProxyType({4: "year", 7: "month", 10: "day", 13: "hour", 16: "minute"})

#: Columns of the ISC-GEM csv, in its order; names that its heading repeats are told apart.
_ISC_GEM_COLUMNS = (
    "date", "lat", "lon", "smajax", "sminax", "strike", "q place", "depth", "unc depth", "q depth", "mw",
    "unc mw", "q mw", "s", "mo", "fac", "mo_auth", "mpp", "mpr", "mrr", "mrt", "mtp", "mtt", "str1", "dip1",
    "rake1", "str2", "dip2", "rake2", "type", "eventid",
)  # fmt: skip

_PLACEMARK = re.compile(
    r"<name>Event (?P<id>\d+)</name>.*?"
    r"Origin time : (?P<time>[-\d]+ [:.\d]+)<br>\s*"
    r"Lat = (?P<lat>\S+) Lon = (?P<lon>\S+)\s+quality (?P<place>\w)<br>\s*"
    r"Depth = (?P<depth>\S+)\s+quality \w<br>\s*<br>\s*"
    r"Mw = (?P<mw>\S+) \w+ , quality \w",
    re.DOTALL,
)


def read_isc_gem_kmz(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the ISC-GEM catalogue in its KMZ layout (version 7).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms; magnitudes are Mw, direct or by proxy.

    Raises
    ------
    SourceError
        If the file is no archive with one such KML.
    """
    with reading(path, "KMZ of the ISC-GEM catalogue") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if name.endswith(".kml")]
                text = archive.read(names[0]).decode("utf-8") if len(names) == 1 else ""
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error
        marks = text.split("<Placemark>")[1:]
        # What follows the description tells how to draw it.
        found = [match for mark in marks if (match := _PLACEMARK.search(mark.partition("</description>")[0]))]
        if not found:
            raise ValueError("no event of ISC-GEM in it")
        table = pd.DataFrame([match.groupdict() for match in found])
        columns = {
            "event_id": "iscgem" + table["id"],
            "time": iso_times(table["time"]),
            "lon": numbers(table["lon"]),
            "lat": numbers(table["lat"]),
            "depth_km": numbers(table["depth"]),
            "magnitude": numbers(table["mw"]),
            "magnitude_type": "Mw",
        }
        left_out = {"placemarks without an origin or an Mw": len(marks) - len(found)}
        return event_frame(file, columns, source="ISC-GEM", citation=ISC_GEM, left_out=left_out)


def read_isc_gem_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the ISC-GEM catalogue or its supplement in the csv layout of version 4 and later.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`). Magnitudes are Mw, missing for many events of the supplement.
        Moments and tensors are in N m, in the axes r up, t south, p east; both nodal planes where given.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "ISC-GEM catalogue"
    tensor = {name: name for name in TENSOR} | {"mrp": "mpr"}
    planes = {f"{long}{n}": f"{short}{n}" for n in (1, 2) for long, short in _PLANES}
    with reading(path, kind) as file:
        _check_isc_gem_heading(file)
        table = read_table(file, kind, columns=(), names=_ISC_GEM_COLUMNS)
        power = 10.0 ** numbers(table["fac"])
        magnitude = numbers(table["mw"])
        columns: dict[str, Any] = {
            "event_id": "iscgem" + table["eventid"].astype(str).str.strip(),
            "time": iso_times(table["date"].str.strip()),
            "lon": numbers(table["lon"]),
            "lat": numbers(table["lat"]),
            "depth_km": numbers(table["depth"]),
            "magnitude": magnitude,
            "magnitude_type": np.where(np.isfinite(magnitude), "Mw", ""),
            "moment_n_m": numbers(table["mo"]) * power,
        }
        columns |= {new: numbers(table[old]) * power for new, old in tensor.items()}
        columns |= {new: numbers(table[old]) for new, old in planes.items()}
        return event_frame(file, columns, source="ISC-GEM", citation=ISC_GEM)


def _check_isc_gem_heading(file: Path) -> None:
    """Refuse a file whose commented heading is not the known one: its columns have no unique names."""
    with file.open(encoding="utf-8") as stream:
        headings = [
            line for line in stream if line.startswith("#") and "eventid" in line.lower().split(",")[-1]
        ]
    given = [name.strip("# \n") for name in headings[-1].split(",")] if headings else []
    if given != [name.partition(" ")[0] for name in _ISC_GEM_COLUMNS]:
        raise SourceError(
            "the heading of the ISC-GEM catalogue is another one",
            given=f"{file}: {', '.join(given)[:120] or 'none'}",
            allowed=", ".join(name.partition(" ")[0] for name in _ISC_GEM_COLUMNS),
        )


_PLANES = (("strike", "str"), ("dip", "dip"), ("rake", "rake"))


def read_fdsn_csv(path: str | os.PathLike[str], *, citation: str = COMCAT) -> pd.DataFrame:
    """Read an event table in the csv layout of FDSN event services, as the USGS gives it.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms. Of the file's ``type`` only earthquakes count.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "FDSN event table"
    needed = ("time", "latitude", "longitude", "depth", "mag", "magType", "id", "type")
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=needed)
        quakes = table[table["type"] == "earthquake"].reset_index(drop=True)
        return event_frame(
            file,
            _columns(quakes, {name: found for name, found in _names(table).items() if found}),
            source="ComCat" if citation == COMCAT else file.stem,
            citation=citation,
            left_out={"of another type than earthquake": len(table) - len(quakes)},
        )


def read_event_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of events of one's own: csv, tsv, or text with columns parted by blanks.

    Needed are columns for time (ISO 8601; of old events the year, or year and month, are enough), longitude,
    latitude and magnitude; depth (km), magnitude type and identifier are optional. `EVENT_TABLE_NAMES` lists
    what they may be called. Without a column of types the magnitude must be called ``mw``: it is not guessed.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms; ``time_precision`` is that of the text.

    Raises
    ------
    SourceError
        If the file is not such a table, or the kind of magnitude cannot be known.
    """
    kind = "table of events"
    separator = {".tsv": "\t", ".csv": ","}.get(Path(path).suffix.lower(), r"\s+")
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=_commented_names(file, separator), sep=separator)
        names = _names(table)
        missing = [name for name in ("time", "lon", "lat", "magnitude") if names[name] is None]
        if missing:
            allowed = "; ".join(f"{name}: {', '.join(EVENT_TABLE_NAMES[name])}" for name in missing)
            raise SourceError(
                "the table of events lacks columns",
                given=f"{file} without {', '.join(missing)}",
                allowed=allowed,
            )
        if names["magnitude_type"] is None and str(names["magnitude"]).lower() != "mw":
            raise SourceError(
                "the table of events does not say of which kind its magnitudes are",
                given=f"{file}, column {names['magnitude']}",
                allowed="a column magnitude_type (Mw, Ms, mb, ...), or a column called mw",
            )
        columns = _columns(table, {name: found for name, found in names.items() if found})
        if names["event_id"] is None:
            columns["event_id"] = [f"{file.stem}:{number}" for number in range(1, len(table) + 1)]
        return event_frame(
            file,
            columns,
            source=file.stem,
            citation=f"catalogue of the user's own, {file.name}",
            left_out={COMMENTED: table.attrs[COMMENTED]},
        )


def _commented_names(file: Path, separator: str) -> list[str]:
    """Return the names of a heading that stands behind #, none where it does not: dates are no numbers."""
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        above = list(itertools.takewhile(lambda line: line.startswith("#") or not line.strip(), stream))
    last = next((line for line in reversed(above) if line.strip()), "").lstrip("# ").strip()
    names = [name.strip() for name in re.split(separator, last)]
    known = {one for name in ("time", "lon", "lat", "magnitude") for one in EVENT_TABLE_NAMES[name]}
    return names if sum(name.lower() in known for name in names) >= 4 else []


def _names(table: pd.DataFrame) -> dict[str, str | None]:
    """Return what the columns of the event frame are called in a table, none where it has none."""
    lower = {name.lower(): name for name in table.columns}
    return {
        name: next((lower[one] for one in allowed if one in lower), None)
        for name, allowed in EVENT_TABLE_NAMES.items()
    }


def _columns(table: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    times = table[names["time"]].astype("string").str.strip()
    columns: dict[str, Any] = {
        "time": iso_times(times),
        "time_precision": times.str.len().map(PRECISION).fillna("second"),
        **{
            name: numbers(table[names[name]])
            for name in ("lon", "lat", "depth_km", "magnitude")
            if name in names
        },
    }
    if "event_id" in names:
        columns["event_id"] = table[names["event_id"]].astype("string").str.strip()
    if "magnitude_type" in names:
        types = table[names["magnitude_type"]].fillna("").astype(str).str.strip()
        columns["magnitude_type"] = types.map(magnitude_type)
    else:
        columns["magnitude_type"] = "Mw"
    return columns


def magnitude_type(name: str) -> str:
    """Return a kind of magnitude under one name: every way to find a moment magnitude gives Mw.

    Examples
    --------
    >>> [magnitude_type(name) for name in ("mww", "Mwc", "mw", "Ms", "mb")]
    ['Mw', 'Mw', 'Mw', 'Ms', 'mb']
    """
    return "Mw" if re.fullmatch(r"mw[a-z]?", name.lower()) else name
