"""Earthquake catalogues in text tables and GeoJSON, read into one tidy event frame."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from megathrust.core import check_choice, magnitude_from_moment, read_json
from megathrust.sources._events import AXES, PLANES, TENSOR, event_frame, iso_times, utc_times
from megathrust.sources._reading import numbers, read_table, reading

ISC_GEM = "Di Giacomo et al. (2018), doi:10.5194/essd-10-1877-2018; doi:10.31905/D808B825"
GCMT = (
    "Dziewonski et al. (1981), doi:10.1029/JB086iB04p02825; "
    "Ekstroem et al. (2012), doi:10.1016/j.pepi.2012.04.002"
)
DYNE_CM = 1e-7

#: NOAA magnitude columns from the most to the least trusted for great events, with the type they are given.
#: Mw does not saturate, Ms saturates above 8, body-wave and local magnitudes far below.
NOAA_MAGNITUDES: Mapping[str, str] = MappingProxyType(
    {
        "EQ_MAG_MW": "Mw",
        "EQ_MAG_MS": "Ms",
        "EQ_MAG_UNK": "unknown",
        "EQ_MAG_MFA": "Mfa",
        "EQ_MAG_MB": "mb",
        "EQ_MAG_ML": "ML",
    }
)


def read_isc_gem(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the ISC-GEM catalogue (csv, version 3 layout).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`). Magnitudes are Mw. Moments and the elements of the moment tensor
        are in N m (mantissa and power of ten in the file), in the axes r up, t south, p east.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "ISC-GEM catalogue"
    when = ("year", "month", "day", "hour", "minute", "second")
    tensor = {name: name for name in TENSOR} | {"mrp": "mpr"}
    needed = ("eventID", *when, "longitude", "latitude", "depth", "magnitude", "moment", "scaling")
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=(*needed, *tensor.values()), skipinitialspace=True)
        power = 10.0 ** numbers(table["scaling"])
        columns: dict[str, Any] = {
            "event_id": "iscgem" + table["eventID"].astype(str).str.strip(),
            "time": utc_times(*(numbers(table[name]) for name in when)),
            "lon": numbers(table["longitude"]),
            "lat": numbers(table["latitude"]),
            "depth_km": numbers(table["depth"]),
            "magnitude": numbers(table["magnitude"]),
            "magnitude_type": "Mw",
            "moment_n_m": numbers(table["moment"]) * power,
        }
        elements = np.column_stack([numbers(table[old]) * power for old in tensor.values()])
        # A tensor of zeros stands for no tensor.
        elements[~np.any(elements, axis=1)] = np.nan
        columns |= dict(zip(tensor, elements.T, strict=True))
        return event_frame(file, columns, source="ISC-GEM", citation=ISC_GEM)


def read_isc_gem_usgs(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the ISC-GEM events as served by the USGS (csv with ``usgs_id``); magnitudes are Mw.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    with reading(path, "event table") as file:
        _, columns = _usgs_columns(file)
        return event_frame(file, columns | {"magnitude_type": "Mw"}, source="ISC-GEM", citation=ISC_GEM)


def read_comcat(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read ComCat events (csv with ``usgs_id``).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms. The file gives the preferred magnitude and not
        its kind, so ``magnitude_type`` is ``preferred``.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    with reading(path, "event table") as file:
        _, columns = _usgs_columns(file)
        return event_frame(
            file,
            columns | {"magnitude_type": "preferred"},
            source="ComCat",
            citation="U.S. Geological Survey, doi:10.5066/F7MS3QZH",
        )


def read_focal_join(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read ISC-GEM events joined to one nodal plane of GCMT.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`): ``strike1``, ``dip1``, ``rake1`` and ``moment_n_m`` (dyne cm in
        the file) where a match was found, else NaN. Position and depth are those of ISC-GEM.

    Raises
    ------
    SourceError
        If the file is not such a table.

    Notes
    -----
    The join misses the largest events; it serves for the years that other mechanism tables do not cover.
    """
    planes = {"strike1": "strike", "dip1": "dip", "rake1": "rake"}
    with reading(path, "event table") as file:
        table, columns = _usgs_columns(file, *planes.values(), "scalar_moment")
        columns |= {new: numbers(table[old]) for new, old in planes.items()}
        columns["moment_n_m"] = DYNE_CM * numbers(table["scalar_moment"])
        citation = f"{ISC_GEM}; {GCMT}"
        return event_frame(
            file, columns | {"magnitude_type": "Mw"}, source="ISC-GEM + GCMT", citation=citation
        )


def read_gcmt_list(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a plain list of GCMT events (``lon,lat,mag,day,month,year,depth``).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) without mechanisms; times are known to the day only.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "list of events"
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=("lon", "lat", "mag", "day", "month", "year", "depth"))
        columns = {
            "event_id": [f"gcmtlist{number}" for number in range(len(table))],
            "time": utc_times(*(numbers(table[name]) for name in ("year", "month", "day"))),
            "time_precision": "day",
            "lon": numbers(table["lon"]),
            "lat": numbers(table["lat"]),
            "depth_km": numbers(table["depth"]),
            "magnitude": numbers(table["mag"]),
            "magnitude_type": "Mw",
        }
        return event_frame(file, columns, source="GCMT", citation=GCMT)


def read_noaa(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the NOAA significant earthquakes (tab-separated).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) of all rows; what is unknown is NaN, position included. The
        magnitude is the first known of Mw, Ms, unknown kind, Mfa (felt area), mb, ML: from the scale that
        saturates last to the one that saturates first; ``magnitude_type`` says which. Where the month, day
        or time of day is unknown, the time is the start of that span and ``time_precision`` is ``year``,
        ``month``, ``day``, ``hour`` or ``minute``. Years before 1 are astronomical.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "table of significant earthquakes"
    when = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
    needed = ("I_D", *when, "FOCAL_DEPTH", "LATITUDE", "LONGITUDE", *NOAA_MAGNITUDES)
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=needed, sep="\t", encoding="latin-1")
        parts = np.column_stack([numbers(table[name]) for name in when])
        # A part counts only if all the coarser ones are known.
        known = np.logical_and.accumulate(np.isfinite(parts), axis=1)
        precision = np.array([name.lower() for name in when])[known.sum(axis=1) - 1]
        filled = np.where(known, parts, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0])
        magnitudes = np.column_stack([numbers(table[name]) for name in NOAA_MAGNITUDES])
        first = np.isfinite(magnitudes).argmax(axis=1)
        magnitude = magnitudes[np.arange(len(table)), first]
        types = np.array(list(NOAA_MAGNITUDES.values()))[first]
        columns = {
            "event_id": "noaa" + table["I_D"].astype(str),
            "time": utc_times(*filled.T),
            "time_precision": precision,
            "lon": numbers(table["LONGITUDE"]),
            "lat": numbers(table["LATITUDE"]),
            "depth_km": numbers(table["FOCAL_DEPTH"]),
            "magnitude": magnitude,
            "magnitude_type": np.where(np.isfinite(magnitude), types, ""),
        }
        return event_frame(file, columns, source="NOAA", citation="NOAA NCEI, doi:10.7289/V5TD9V7K")


def read_gcmt_geojson(
    path: str | os.PathLike[str], *, position: Literal["centroid", "hypocentre"] = "hypocentre"
) -> pd.DataFrame:
    """Read GCMT moment tensors from GeoJSON.

    Parameters
    ----------
    path : path_like
        The file.
    position : {"hypocentre", "centroid"}
        Whose time, longitude, latitude and depth to give; the tensor belongs to the centroid.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`) with tensor, both nodal planes and the T, B (N in the file) and P
        axes; time and place are of one origin; depth in km (metres in the file).

    Raises
    ------
    SourceError
        If the file is no such GeoJSON.
    """
    check_choice("position", position, ("centroid", "hypocentre"))
    prefix = "centroid_" if position == "centroid" else ""
    with reading(path, "GCMT GeoJSON") as file:
        features = read_json(file, "GeoJSON")["features"]
        table = pd.DataFrame([feature["properties"] for feature in features])
        columns: dict[str, Any] = {
            "event_id": table["event_name"],
            "time": iso_times(table["centroid_time" if prefix else "datetime"]),
            "lon": numbers(table[f"{prefix}longitude"]),
            "lat": numbers(table[f"{prefix}latitude"]),
            "depth_km": 1e-3 * numbers(table[f"{prefix}depth"]),
            "magnitude": magnitude_from_moment(numbers(table["moment"])),
            "magnitude_type": "Mw",
            "moment_n_m": numbers(table["moment"]),
        }
        columns |= {name: numbers(table[name]) for name in TENSOR}
        columns |= {name: numbers(table[f"{name[:-1]}_np{name[-1]}"]) for name in PLANES}
        columns |= {name: numbers(table[name.replace("b_", "n_")]) for name in AXES}
        return event_frame(file, columns, source="GCMT", citation=GCMT)


def _usgs_columns(file: Any, *more: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a csv with ``usgs_id``; its astronomical columns are left out."""
    needed = ("usgs_id", "usgs_mag", "event_at", "latitude", "longitude", "depth", *more)
    table = read_table(file, "event table", columns=needed)
    return table, {
        "event_id": table["usgs_id"].astype(str),
        "time": iso_times(table["event_at"]),
        "lon": numbers(table["longitude"]),
        "lat": numbers(table["latitude"]),
        "depth_km": numbers(table["depth"]),
        "magnitude": numbers(table["usgs_mag"]),
    }
