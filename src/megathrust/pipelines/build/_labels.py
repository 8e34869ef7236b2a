"""Labels and seismicity features of a built table, from catalogues, slip models and outlines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from megathrust.core import InputError
from megathrust.features import (
    LABEL_WINDOWS,
    OWN_CATALOGUE,
    SEISMICITY_FEATURES,
    ColumnDefinition,
    LabelWindow,
    RuptureSources,
    SegmentLabels,
    SeismicityOptions,
    SlabGrids,
    day,
    label_columns,
    seismicity_columns,
    target_definitions,
)
from megathrust.geometry import Segments
from megathrust.pipelines.build._own_labels import OwnLabels
from megathrust.sources import RowRecord, list_sources, read_source, row_record

PathLike = str | os.PathLike[str]

#: Catalogues by the name of their role, with the key of the file.
CATALOGUE_KEYS: Mapping[str, str] = {
    "isc_gem_v7": "catalogues/isc-gem-v7.kmz",
    "isc_gem": "catalogues/isc-gem-v3.csv",
    "isc_gem_usgs": "catalogues/iscgem_global_6-9_1950-2021.csv",
    "comcat": "catalogues/usgs_M6_1900-2023-09.csv",
    "gcmt": "catalogues/gcmt_7+_icons.geojson",
    "focal_join": "catalogues/iscgem_gcmt_focal_join_1950_2021_M6.csv",
    "noaa": "catalogues/noaa_signif.tsv",
}

#: Tsunami source models by the day of their event, and by whom where it has several.
TSUNAMI_KEYS: Mapping[str, str] = {
    "1960-05-22": "ruptures/tsunami_sources/chile1960_ho2019.txt",
    "2004-12-26": "ruptures/tsunami_sources/sumatra2004_fujii_satake2007.txt",
    "2005-03-28": "ruptures/tsunami_sources/sumatra2005_fujii2020.csv",
    "2006-07-17": "ruptures/tsunami_sources/java2006_fujii_satake2006.csv",
    "2007-04-01": "ruptures/tsunami_sources/solomon2007_wei2015.csv",
    "2007-09-12": "ruptures/tsunami_sources/sumatra2007_fujii_satake2008.csv",
    "2009-07-15": "ruptures/tsunami_sources/puysegur2009_beavan2010.csv",
    "2010-02-27": "ruptures/tsunami_sources/chile2010_fujii_satake2013.csv",
    "2010-02-27 Lorito et al. 2011": "ruptures/tsunami_sources/chile2010_lorito2011.csv",
    "2011-03-11": "ruptures/tsunami_sources/tohoku2011_satake2013.csv",
    "2011-03-11 Yamazaki et al. 2018": "ruptures/tsunami_sources/tohoku2011_yamazaki2018.csv",
    "2014-04-01": "ruptures/tsunami_sources/chile2014_an2014.csv",
    "2015-09-16": "ruptures/tsunami_sources/chile2015_williamson2017.csv",
    "2021-02-10": "ruptures/tsunami_sources/newhebrides2021_gusman2022.csv",
    "2021-03-04": "ruptures/tsunami_sources/kermadec2021_romano2021.tif",
    "2021-08-12": "ruptures/tsunami_sources/sandwich2021_roger2024.csv",
}


class Labelled(NamedTuple):
    """What events add to a table: columns beside ``region`` and ``segment``, their meaning, files read.

    ``own`` is what the provenance says of events and ruptures of the user's own.
    """

    frame: pd.DataFrame
    columns: dict[str, ColumnDefinition]
    records: dict[str, RowRecord]
    own: dict[str, Any]


def check_last_day(until: str | None) -> None:
    """Refuse a last day of events before the youngest target begins.

    Raises
    ------
    InputError
        If it is that, or no day.
    """
    youngest = max(window.since for window in LABEL_WINDOWS.values())
    if until is not None and day(until) < day(youngest):
        raise InputError(
            "events end before the youngest target begins", given=until, allowed=f"{youngest} or later"
        )


def label_table(
    segments: Mapping[str, Segments],
    slabs: Mapping[str, Mapping[str, Any]],
    data_dir: PathLike | None,
    own: OwnLabels,
    *,
    until: str | None = None,
) -> Labelled:
    """Return the seismicity features and targets of the segments of several regions.

    Parameters
    ----------
    segments : mapping of str to Segments
        By region.
    slabs : mapping of str to mapping
        By region the grids ``slab_depth``, ``slab_dip``, ``slab_strike``, ``slab_uncertainty``.
    data_dir : path_like or None
        Folder of files at hand.
    own : OwnLabels
        Events and ruptures of the user's own.
    until : str, optional
        Last day of events for both.

    Raises
    ------
    SourceError
        If a file is missing, altered or cannot be read.
    """
    windows = {name: replace(each, until=until) for name, each in own.windows(LABEL_WINDOWS).items()}
    labels, records = read_labels(segments, slabs, data_dir, own, windows)
    place = ["region", "segment"]
    features = seismicity_columns(labels, options=SeismicityOptions(until=until))
    frame = features.merge(labels.frame, on=place, how="left", validate="one_to_one")
    columns = {**SEISMICITY_FEATURES, **target_definitions(windows)}
    return Labelled(frame, columns, records, own.note(labels))


def read_labels(
    segments: Mapping[str, Segments],
    slabs: Mapping[str, Mapping[str, Any]],
    data_dir: PathLike | None,
    own: OwnLabels,
    windows: Mapping[str, LabelWindow],
) -> tuple[SegmentLabels, dict[str, RowRecord]]:
    """Return labels with the ruptures that gave them, and the files read; arguments as of `label_table`."""
    models = {
        layer: [source.key for source in list_sources(layer=layer)]
        for layer in ("slip_models", "rupture_outlines")
    }

    records: dict[str, RowRecord] = {}

    def read(key: str) -> Any:
        data = read_source(key, data_dir=data_dir)
        records[key] = row_record(data)
        return data

    grids = {
        region: SlabGrids(
            depth_km=slab["slab_depth"],
            dip=slab["slab_dip"],
            strike=slab["slab_strike"],
            uncertainty_km=slab["slab_uncertainty"],
        )
        for region, slab in slabs.items()
    }
    catalogues = {name: read(key) for name, key in CATALOGUE_KEYS.items()}
    labels = label_columns(
        catalogues if own.events is None else {OWN_CATALOGUE: own.events, **catalogues},
        segments,
        grids,
        sources=RuptureSources(
            slip_models=[read(key) for key in models["slip_models"]],
            outlines=[read(key) for key in models["rupture_outlines"]],
            tsunami_sources={date: read(key) for date, key in TSUNAMI_KEYS.items()},
            own=own.ruptures,
        ),
        windows=windows,
    )
    return labels, records
