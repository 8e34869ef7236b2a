"""Tables of points: trench lines, incoming plate, crustal layers, seamounts, arc volcanoes, strain rates."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from megathrust.core import COMMENTED, WHITESPACE, SourceError
from megathrust.sources._reading import numbers, read_table, reading, tidy

#: Tops of the layers of CRUST1.0, in the order of the columns of its ``bnds`` file.
CRUST1_TOPS = (
    "water",
    "ice",
    "upper_sediments",
    "middle_sediments",
    "lower_sediments",
    "upper_crust",
    "middle_crust",
    "lower_crust",
    "mantle",
)


def read_trench_points(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the Slab2 trench points.

    Returns
    -------
    DataFrame
        Rows in the order of the file: ``lon``, ``lat``, ``azimuth`` (degrees clockwise from north, the slab
        dips to the right of it), ``boundary`` (pair of plates, may be empty), ``region`` (Slab2 code).

    Raises
    ------
    SourceError
        If the file is not such a table.

    Notes
    -----
    Points may repeat, jump or be out of order. The code ``jap`` joins points of ``izu`` and ``kur``: do not
    count them twice. ``pan`` and ``exp`` have no slab grid.
    """
    kind = "table of trench points"
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=("lon", "lat", "az", "bound", "slab"), keep_default_na=False)
        columns = {
            "lon": numbers(table["lon"]),
            "lat": numbers(table["lat"]),
            "azimuth": numbers(table["az"]),
            "boundary": table["bound"].astype(str).str.strip(),
            "region": table["slab"].astype(str).str.strip(),
        }
        return tidy(
            file,
            columns,
            left_out={COMMENTED: table.attrs[COMMENTED]},
            units={"azimuth": "degrees"},
            citation="Hayes et al. (2018), doi:10.1126/science.aat4723",
        )


def read_incoming_plate(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read bathymetry and sediment of the plate that comes in at a trench (Slab2 input, 5 arc-minutes).

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``depth_km`` (basement below sea level, positive down), ``uncertainty_km``,
        ``height_m`` (sea floor above sea level), ``sediment_m`` (thickness).

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "table of the incoming plate"
    names = {"depth": "depth_km", "unc": "uncertainty_km", "elev": "height_m", "thickness": "sediment_m"}
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=("lon", "lat", *names))
        columns = {"lon": numbers(table["lon"]), "lat": numbers(table["lat"])}
        columns |= {new: numbers(table[old]) for old, new in names.items()}
        return tidy(
            file,
            columns,
            units={"depth_km": "km", "uncertainty_km": "km", "height_m": "m", "sediment_m": "m"},
            citation="Hayes et al. (2018), doi:10.1126/science.aat4723",
        )


def read_crust1(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the layer tops of CRUST1.0 (``crust1.bnds``).

    Returns
    -------
    DataFrame, 64,800 rows
        ``lon``, ``lat`` (centres of cells of 1 degree, from 89.5 N to 89.5 S), and per layer the depth of
        its top in km below sea level, **positive down** (negative in the file): ``water_km``, ``ice_km``,
        ``upper_sediments_km``, ``middle_sediments_km``, ``lower_sediments_km``, ``upper_crust_km``,
        ``middle_crust_km``, ``lower_crust_km``, ``mantle_km`` (the Moho).

    Raises
    ------
    SourceError
        If the file does not hold 64,800 rows of nine numbers.
    """
    with reading(path, "layer tops of CRUST1.0") as file:
        tops = pd.read_csv(file, sep=r"\s+", header=None).to_numpy(dtype=np.float64)
        if tops.shape != (64800, 9):
            raise SourceError(
                "the file does not hold the layer tops of CRUST1.0",
                given=f"{file} with shape {tops.shape}",
                allowed="64800 rows of 9 numbers",
            )
        lat, lon = np.meshgrid(89.5 - np.arange(180), -179.5 + np.arange(360), indexing="ij")
        columns = {"lon": lon.ravel(), "lat": lat.ravel()}
        # 0.0 - x instead of -x: sea level stays +0.
        columns |= {f"{name}_km": 0.0 - tops[:, number] for number, name in enumerate(CRUST1_TOPS)}
        units = {f"{name}_km": "km" for name in CRUST1_TOPS}
        return tidy(file, columns, units=units, citation="Laske et al. (2013), CRUST1.0")


def read_seamounts(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the seamount catalogue in its ``xyhrdnc`` layout.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``height_m`` (above its base), ``radius_km`` (of its base), ``base_depth_m``
        (positive down, negative in the file), ``name``, ``flag`` (0 or 1, as published).

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "seamount catalogue"
    names = ["lon", "lat", "height_m", "radius_km", "base", "name", "flag"]
    with reading(path, kind) as file:
        table = read_table(file, kind, columns=names, sep=WHITESPACE, names=names)
        columns = {name: numbers(table[name]) for name in names[:4]}
        columns["base_depth_m"] = 0.0 - numbers(table["base"])
        return tidy(
            file,
            columns | {"name": table["name"].astype(str), "flag": table["flag"].astype("int64")},
            units={"height_m": "m", "radius_km": "km", "base_depth_m": "m"},
            citation="Gevorgian et al. (2023), doi:10.1029/2022EA002331",
        )


def read_arc_volcanoes(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the arc volcano table of Syracuse & Abers (2006), supplementary table 2.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``slab_depth_km``, ``trench_distance_km``, ``strike`` (as published),
        ``dip``, ``convergence_azimuth`` (degrees), ``convergence_mm_yr``, ``normal_convergence_mm_yr``,
        ``age_ma``, ``descent_rate_mm_yr``, ``thermal_parameter_km`` (hundreds of km in the file),
        ``front`` (whether at the volcanic front), ``name``, ``arc``.

    Raises
    ------
    SourceError
        If the file is not such a table.

    References
    ----------
    Syracuse & Abers (2006), doi:10.1029/2005GC001045. 1 km/Ma is 1 mm/yr.
    """
    kind = "arc volcano table"
    names = {
        "H": "slab_depth_km",
        "Tdis": "trench_distance_km",
        "Strike": "strike",
        "Dip": "dip",
        "AZconv": "convergence_azimuth",
        "Vtot": "convergence_mm_yr",
        "Vc": "normal_convergence_mm_yr",
        "Age": "age_ma",
        "DesRat": "descent_rate_mm_yr",
    }
    with reading(path, kind) as file:
        table = read_table(
            file,
            kind,
            columns=("Lon", "Lat", *names, "Phi/100", "Front", "Name", "ArcName"),
            sep=WHITESPACE,
            skip_after_heading=1,
            na_values=["NULL"],
        )
        columns = {"lon": numbers(table["Lon"]), "lat": numbers(table["Lat"])}
        columns |= {new: numbers(table[old]) for old, new in names.items()}
        columns["convergence_azimuth"] = np.mod(columns["convergence_azimuth"], 360.0)
        columns["thermal_parameter_km"] = 100.0 * numbers(table["Phi/100"])
        labels = {"front": table["Front"] == "y", "name": table["Name"], "arc": table["ArcName"]}
        return tidy(
            file,
            columns | labels,
            units=dict.fromkeys(("strike", "dip", "convergence_azimuth"), "degrees")
            | dict.fromkeys(("slab_depth_km", "trench_distance_km", "thermal_parameter_km"), "km")
            | dict.fromkeys(("convergence_mm_yr", "normal_convergence_mm_yr", "descent_rate_mm_yr"), "mm/yr")
            | {"age_ma": "Ma"},
            citation="Syracuse & Abers (2006), doi:10.1029/2005GC001045",
        )


def read_strain_rates(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of horizontal strain-rate tensors (``longitude,latitude,exx,eyy,exy``), any line ends.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``exx``, ``eyy``, ``exy`` in **1/yr** (1e-9 per year in the file), x to the east
        and y to the north, extension positive. Cells of rigid plates are not in the file.

    Raises
    ------
    SourceError
        If the file is not such a table.
    """
    kind = "strain-rate table"
    with reading(path, kind) as file:
        # The pandas parser takes CR, LF and CR LF alike as the end of a line.
        table = read_table(file, kind, columns=("longitude", "latitude", "exx", "eyy", "exy"))
        columns = {"lon": numbers(table["longitude"]), "lat": numbers(table["latitude"])}
        columns |= {name: 1e-9 * numbers(table[name]) for name in ("exx", "eyy", "exy")}
        return tidy(
            file,
            columns,
            units=dict.fromkeys(("exx", "eyy", "exy"), "1/yr"),
            citation="Kreemer, Holt & Haines (2003), doi:10.1046/j.1365-246X.2003.01917.x",
        )
