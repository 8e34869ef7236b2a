"""Plate kinematics: boundary steps and lines, rotation poles, present-day motion of trenches."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import SourceError, check_lonlat
from megathrust.sources._reading import numbers, read_table, reading, tidy

PB2002 = "Bird (2003), doi:10.1029/2001GC000252"
STEP_COLUMNS = {
    "StepLength(km)": "length_km",
    "AzimuthCenter": "azimuth",
    "VelocityLeft": "velocity_mm_yr",
    "VelocityAzimuth": "velocity_azimuth",
    "VelocityDivergent": "divergence_mm_yr",
    "VelocityRightLateral": "right_lateral_mm_yr",
    "Elevation": "height_m",
    "SeafloorAge": "age_ma",
}


def read_pb2002_steps(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read the steps of the plate boundaries of PB2002.

    Returns
    -------
    DataFrame
        ``step``, ``boundary``, ``left_plate``, ``right_plate`` (seen along the step), ``subducting_plate``
        (empty where none), ``lon``, ``lat`` (start), ``lon_end``, ``lat_end``, ``length_km``, ``azimuth``,
        ``velocity_mm_yr`` and ``velocity_azimuth`` (left plate relative to the right one),
        ``divergence_mm_yr`` (**negative = convergence**), ``right_lateral_mm_yr`` (negative = left-lateral),
        ``height_m``, ``age_ma`` (as published; 0 and 260 stand for more than half of all steps and are
        bounds rather than ages), ``kind`` (SUB, OCB, CCB, OSR, CRB, OTF, CTF), ``in_orogen``.

    Raises
    ------
    SourceError
        If the file is not such a table.

    Notes
    -----
    In the name of a boundary ``A/B`` says that the right plate B goes down, ``A\B`` the left plate A.
    """
    kind = "table of PB2002 steps"
    ends = {"StartLong": "lon", "StartLat": "lat", "FinalLong": "lon_end", "FinalLat": "lat_end"}
    with reading(path, kind) as file:
        table = read_table(
            file,
            kind,
            columns=("SeqNum", "PlateBoundIdentifer", *ends, *STEP_COLUMNS, "StepClass", "Orogen"),
        )
        name = table["PlateBoundIdentifer"].astype(str).str.strip()
        plates = name.str.extract(r"^(?P<left>\w\w)(?P<mark>[-/\\])(?P<right>\w\w)$")
        subducting = plates["right"].where(
            plates["mark"] == "/", plates["left"].where(plates["mark"] == "\\")
        )
        columns: dict[str, Any] = {
            "step": table["SeqNum"].astype("int64"),
            "boundary": name,
            "left_plate": plates["left"],
            "right_plate": plates["right"],
            "subducting_plate": subducting.fillna(""),
        }
        columns |= {new: numbers(table[old]) for old, new in (ends | STEP_COLUMNS).items()}
        columns["lon_end"], columns["lat_end"] = check_lonlat(columns["lon_end"], columns["lat_end"])
        columns["kind"] = table["StepClass"].astype(str).str.strip()
        columns["in_orogen"] = table["Orogen"].astype(str).str.upper().str.strip() == "TRUE"
        return tidy(
            file,
            columns,
            units={
                "length_km": "km",
                "azimuth": "degrees",
                "velocity_mm_yr": "mm/yr",
                "velocity_azimuth": "degrees",
                "divergence_mm_yr": "mm/yr",
                "right_lateral_mm_yr": "mm/yr",
                "height_m": "m",
                "age_ma": "Ma",
            },
            citation=PB2002,
        )


def read_plate_lines(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read lines of plate boundaries or outlines of plates, from a ``.dig.txt`` or GeoJSON file of PB2002.

    Returns
    -------
    DataFrame
        One row per vertex: ``line`` (number of the line), ``name`` (boundary or plate), ``lon``, ``lat``.

    Raises
    ------
    SourceError
        If the file is neither, or holds no line.
    """
    with reading(path, "plate boundary lines") as file:
        text = file.read_text(encoding="utf-8")
        lines = _geojson_lines(text) if text.lstrip().startswith("{") else _dig_lines(text)
        if not lines:
            raise SourceError("the file holds no line", given=file, allowed="PB2002 .dig.txt or GeoJSON")
        vertices = np.concatenate([points for _, points in lines])
        counts = [len(points) for _, points in lines]
        columns = {
            "line": np.repeat(np.arange(len(lines)), counts),
            "name": np.repeat(np.array([name for name, _ in lines]), counts),
            "lon": vertices[:, 0],
            "lat": vertices[:, 1],
        }
        return tidy(file, columns, units={}, citation=PB2002)


def _dig_lines(text: str) -> list[tuple[str, Any]]:
    """Split a ``.dig`` text: a title, indented vertices, a line of stars."""
    lines: list[tuple[str, Any]] = []
    title, vertices = "", list[list[float]]()
    for row in text.splitlines():
        if row.startswith("***"):
            lines.append((title, np.array(vertices, dtype=np.float64).reshape(-1, 2)))
            vertices = []
        elif row[:1].isspace() and row.strip():
            lon, lat = (float(number) for number in row.split(","))
            vertices.append([lon, lat])
        elif row.strip():
            title = row.split()[0]
    if vertices:
        raise ValueError(f"the last line, {title}, has no end")
    return lines


def _geojson_lines(text: str) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for feature in json.loads(text)["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        name = str(properties.get("Name") or properties.get("Code") or "")
        depth = {"LineString": 0, "Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2}[geometry["type"]]
        parts = [geometry["coordinates"]]
        for _ in range(depth):
            parts = [ring for part in parts for ring in part]
        lines += [(name, np.array(part, dtype=np.float64)[:, :2]) for part in parts]
    return lines


def read_rotation_poles(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read rotation poles of plates: rows of plate, latitude, longitude, rate.

    Returns
    -------
    DataFrame
        ``plate`` (two capital letters), ``lon``, ``lat``, ``rate_deg_ma`` (counter-clockwise positive). The
        reference frame is that of the file: no net rotation for NNR-MORVEL56, the Pacific plate for PB2002.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    with reading(path, "table of rotation poles") as file:
        rows = [row.split()[:4] for row in file.read_text(encoding="utf-8").splitlines() if row.strip()]
        if not rows:
            raise SourceError("the table of rotation poles has no rows", given=file)
        columns = {
            "plate": [row[0].upper() for row in rows],
            "lon": [float(row[2]) for row in rows],
            "lat": [float(row[1]) for row in rows],
            "rate_deg_ma": [float(row[3]) for row in rows],
        }
        return tidy(file, columns, units={"rate_deg_ma": "degrees/Ma"}, citation=_pole_citation(file))


def _pole_citation(file: Path) -> str:
    if file.name.startswith("PB2002"):
        return PB2002
    return "Argus, Gordon & DeMets (2011), doi:10.1029/2011GC003751" if "MORVEL" in file.name else ""


def read_trench_kinematics(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the present-day motion of trench points (Slab-Dip table).

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``normal_azimuth`` (degrees, from the trench towards the **upper** plate),
        ``obliquity`` (degrees between convergence and that normal), ``length_km`` of trench,
        ``total_convergence_mm_yr``, ``convergence_mm_yr`` (normal to the trench), ``trench_mm_yr``,
        ``subducting_mm_yr``, ``age_ma``, ``plate_thickness_km``, ``dip`` (NaN where unknown),
        ``subducting_plate``, ``upper_plate`` (rotation model numbers), ``segment``.

    Raises
    ------
    SourceError
        If the file is not such a table.

    Notes
    -----
    Sign: ``trench_mm_yr`` is the velocity of the trench along ``normal_azimuth``, so it is **positive
    towards the upper plate (trench advance) and negative towards the downgoing plate (retreat, roll-back)**.
    In the data: Tonga (retreats fast) has -51 mm/yr, Chile -4, Japan -25, the Marianas (advance) +18, and
    ``subducting_mm_yr`` = ``convergence_mm_yr`` + ``trench_mm_yr`` holds along the same axis to a few mm/yr.
    Where the plates part, the total is negative and ``convergence_mm_yr`` is 0.
    """
    kind = "table of trench kinematics"
    speeds = {
        "total_vel": "total_convergence_mm_yr",
        "vel": "convergence_mm_yr",
        "trench_vel": "trench_mm_yr",
        "slab_vel_abs": "subducting_mm_yr",
    }
    names = {"norm": "normal_azimuth", "angle": "obliquity", "slab_age": "age_ma", "slab_dip": "dip"}
    plates = {"pid_sub": "subducting_plate", "pid_over": "upper_plate", "segment_ID": "segment"}
    with reading(path, kind) as file:
        needed = ("lon", "lat", *speeds, *names, *plates, "length", "slab_thickness")
        table = read_table(file, kind, columns=needed)
        columns: dict[str, Any] = {"lon": numbers(table["lon"]), "lat": numbers(table["lat"])}
        columns |= {new: numbers(table[old]) for old, new in names.items()}
        columns |= {new: 1e3 * numbers(table[old]) for old, new in speeds.items()}
        columns["length_km"] = 1e-3 * numbers(table["length"])
        columns["plate_thickness_km"] = 1e-3 * numbers(table["slab_thickness"])
        columns |= {new: table[old].astype("int64") for old, new in plates.items()}
        return tidy(
            file,
            columns,
            units=dict.fromkeys(("normal_azimuth", "obliquity", "dip"), "degrees")
            | dict.fromkeys(speeds.values(), "mm/yr")
            | {"age_ma": "Ma", "length_km": "km", "plate_thickness_km": "km"},
            citation="Mather et al. (2023), doi:10.1038/s41598-023-36250-w; "
            "Clennett et al. (2020), doi:10.1029/2020GC009117",
        )
