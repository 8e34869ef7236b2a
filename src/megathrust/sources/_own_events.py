"""A catalogue of the user's own, in whatever format it comes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from megathrust.core import SourceError
from megathrust.sources._catalogues import (
    read_comcat,
    read_focal_join,
    read_gcmt_geojson,
    read_isc_gem,
    read_noaa,
)
from megathrust.sources._event_tables import (
    magnitude_type,
    read_event_table,
    read_fdsn_csv,
    read_isc_gem_csv,
    read_isc_gem_kmz,
)
from megathrust.sources._obspy_events import read_obspy_events
from megathrust.sources._reading import reading

#: Bytes at the beginning of a file by which its format is told.
_SNIFFED = 65_536

_TABLES = (".csv", ".tsv", ".txt", ".dat")

#: What the commented lines of an ISC-GEM csv say of it.
_ISC_GEM_TITLE = "ISC-GEM Global Instrumental Earthquake Catalogue"


def read_events(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a catalogue of the user's own; its format is told by its content.

    Parameters
    ----------
    path : path_like
        Any layout that a registered catalogue has (ISC-GEM csv and KMZ, FDSN and USGS csv, NOAA, GCMT
        GeoJSON), any format that ObsPy reads (QuakeML, NDK, FDSN text, ...), or a table with columns for
        time, place and magnitude (``read_event_table``).

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`); identifiers begin with ``own:``, so that they are nobody else's.

    Raises
    ------
    SourceError
        If the file is none of these, or its events have no identifier each.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> text = "id,time,lon,lat,depth,mw" + chr(10) + "a,1700-01-27,-125,45,,9.0"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.csv"
    ...     _ = path.write_text(text)
    ...     events = read_events(path)
    >>> events[["event_id", "magnitude", "time_precision"]].values.tolist()
    [['own:a', 9.0, 'day']]
    """
    with reading(path, "an event catalogue") as file:
        with file.open("rb") as stream:
            start = stream.read(_SNIFFED).decode("utf-8-sig", errors="replace")
        frame = _reader(file, start)(file)
    frame["magnitude_type"] = frame["magnitude_type"].map(magnitude_type)
    frame["event_id"] = "own:" + frame["event_id"]
    return frame


def _reader(file: Path, start: str) -> Callable[[Path], Any]:
    suffix = file.suffix.lower()
    if suffix in (".kmz", ".kml"):
        return read_isc_gem_kmz
    if suffix in (".json", ".geojson"):
        return read_gcmt_geojson
    if _ISC_GEM_TITLE in start and suffix == ".csv":
        return read_isc_gem_csv
    heading = next((line for line in start.splitlines() if line.strip() and not line.startswith("#")), "")
    names = {name.strip().strip('"') for name in heading.replace("\t", ",").split(",")}
    for needed, reader in (
        ({"eventID", "scaling"}, read_isc_gem),
        ({"I_D", "EQ_MAG_MW"}, read_noaa),
        ({"usgs_id", "scalar_moment"}, read_focal_join),
        # Such a table does not tell the kind of its magnitudes.
        ({"usgs_id"}, read_comcat),
        ({"magType", "id", "type"}, _read_fdsn),
    ):
        if needed <= names:
            return reader
    if suffix in _TABLES and not start.startswith("#EventID"):
        return read_event_table
    return _read_by_obspy


def _read_fdsn(file: Path) -> pd.DataFrame:
    return read_fdsn_csv(file, citation=f"event service, {file.name}")


def _read_by_obspy(file: Path) -> pd.DataFrame:
    try:
        return read_obspy_events(file, citation=f"catalogue of the user's own, {file.name}")
    except SourceError as error:
        raise SourceError(
            f"the file is no catalogue that can be read: {str(error).removesuffix('.')}",
            action="give a table with columns time, lon, lat, depth, mw, or a format that ObsPy reads",
        ) from error
