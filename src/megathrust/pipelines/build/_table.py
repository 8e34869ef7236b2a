"""From public data to the segment table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import (
    REGION_NAMES,
    InputError,
    ProgressCallback,
    check_range,
    replacing,
)
from megathrust.features import (
    COARSER_FEATURES,
    FEATURES,
    LAYERS,
    TOO_COARSE_FEATURES,
    WINDOW_KM,
    ColumnDefinition,
    FeatureDefinition,
    compute_features,
    compute_layers,
    window_features,
)
from megathrust.geometry import Segments, make_segments
from megathrust.pipelines.build._keys import GLOBAL_KEYS, SLAB_LAYERS
from megathrust.pipelines.build._labels import Labelled, check_last_day, label_table
from megathrust.pipelines.build._own_labels import read_own_labels
from megathrust.pipelines.build._provenance import licence_of, own_files, sources_used
from megathrust.pipelines.build._records import own_records, records_by_file
from megathrust.pipelines.build._sources import (
    RegionSources,
    read_global,
    read_region,
    regions_with_slab,
)
from megathrust.pipelines.build._trenches import find_trenches
from megathrust.pipelines.work import Engine, open_engine
from megathrust.sources import UserLayer, attribution, read_layer, read_user_layers
from megathrust.table import KEY_COLUMNS, FeatureTable, check_region_code, with_target, write_table

PathLike = str | os.PathLike[str]

#: Significant digits of the features: more than any source has, fewer than rounding errors disturb, so that
#: the same data give the same table on the processors of today (a digit on the edge may still go either way).
SIGNIFICANT_DIGITS = 7


def build_table(
    data_dir: PathLike | None = None,
    *,
    regions: Sequence[str] | None = None,
    segment_km: float = 50.0,
    user_layers: PathLike | None = None,
    trench_points: PathLike | None = None,
    labels: bool = True,
    events: PathLike | None = None,
    ruptures: PathLike | None = None,
    target: str | None = None,
    until: str | None = None,
    progress: ProgressCallback | None = None,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> FeatureTable:
    """Build the segment table from public data.

    Parameters
    ----------
    data_dir : path_like, optional
        Folder of files at hand; default ``MEGATHRUST_DATA``; where neither is given, files are downloaded.
    regions : sequence of str, optional
        Codes of three lower-case letters, those of Slab2 or your own; default every region of which the
        folder has a slab depth grid.
    segment_km : float
        Length of a segment.
    user_layers : path_like, optional
        YAML file of layers of your own, which become features (see docs/data.md).
    trench_points : path_like, optional
        Trench points of regions of your own, in the layout of the Slab2 trench file. A region that has
        neither these nor a shipped trench line gets one along the shallow edge of its slab depth grid.
    labels : bool
        Whether events are read, for the targets and the seismicity features.
    events : path_like, optional
        A catalogue of your own in any format (`megathrust.sources.read_events`). Where it holds an event, its
        time, place and magnitude count instead of those of the public catalogues.
    ruptures : path_like, optional
        GeoJSON of ruptures of your own with date, Mw, quality and source
        (`megathrust.sources.read_own_ruptures`); they count instead of what is known of these events.
    target : str, optional
        A feature, of a layer of your own above all, that becomes the first target; others of its family are
        left out, because they tell of the same.
    until : str, optional
        Last day of events, for labels and seismicity features alike: the table then knows nothing of later
        ones (`megathrust.pipelines.forecast.hindcast`). Not before the youngest target begins, in 1976.
    progress : callable, optional
        Called with (steps done, steps in all).
    workers : int, optional
        Regions at a time on this machine; as many as there are cores by default.
    processes : bool
        Whether they are built in processes instead of threads.
    scheduler : str, optional
        Address of a Dask scheduler whose workers build them instead.

    Returns
    -------
    FeatureTable
        Rows by region and along each trench. Its provenance names every source with its hash, and the
        features that stay empty in a region with the reason, those that are coarser there than elsewhere,
        where each trench line is from, and what became of the rows of every file.

    Raises
    ------
    InputError
        If a code is none, a region has no trench line, a layer is declared wrongly, an option is out of
        range, there are events or ruptures but no labels, or the target is no feature of the table.
    SourceError
        If a file is missing, altered or cannot be read, or a region has no slab.

    Examples
    --------
    The segments of one region, from the files in a folder:

    >>> import megathrust as mt
    >>> table = mt.build_table("FOLDER", regions=["sam"], segment_km=25.0)  # doctest: +SKIP
    >>> mt.write_table(table, "sam.parquet")  # doctest: +SKIP
    """
    _check_options(segment_km, labels, until, events=events, ruptures=ruptures)
    chosen = tuple(sorted({check_region_code(region) for region in regions or regions_with_slab(data_dir)}))
    trenches = find_trenches(chosen, trench_points, data_dir)
    layers_of_user = read_user_layers(user_layers) if user_layers is not None else ()
    steps = _Steps(len(GLOBAL_KEYS) + 1 + len(chosen) + int(labels), progress)
    sources, files = read_global(data_dir, steps.done)
    world = _make_world(sources, layers_of_user, data_dir)
    steps.done()
    segments = {region: make_segments(trenches.by_region[region].line, segment_km) for region in chosen}
    own_labels = read_own_labels(events, ruptures, segments)
    with open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine:
        by_region = _build_regions(world, segments, engine, steps)
    read = {region: each.read for region, each in by_region.items()}
    frame = pd.concat([each.frame for each in by_region.values()], ignore_index=True)
    columns = KEY_COLUMNS | _columns_of(layers_of_user)
    files += chain.from_iterable(each.files for each in read.values())
    of_user = (world.layers[layer.name][1] for layer in layers_of_user)
    own = own_records(of_user, (trenches.record, *own_labels.records))
    records = [*((file.key, file.record) for file in files), *own]
    if labels:
        layers = {region: each.layers for region, each in read.items()}
        labelled = label_table(segments, layers, data_dir, own_labels, until=until)
        frame = _with_labels(frame, labelled)
        columns |= labelled.columns
        records += labelled.records.items()
        steps.done()
    keys = [key for key, _ in records if key]
    provenance = {
        "builder": "megathrust build",
        "licence": licence_of(keys),
        "segment_km": float(segment_km),
        "trench_lines": {region: trench.note() for region, trench in trenches.by_region.items()},
        **_of_regions(by_region),
        # Published ruptures go by the code of Slab2, which a region of the user's own does not have.
        "labels_without_published_ruptures": [name for name in chosen if labels and name not in REGION_NAMES],
        "sources": sources_used(keys),
        "own_files": own_files(read.values(), layers_of_user, trench_points, own_labels.files),
        "own_labels": labelled.own if labels else {},
        **({} if until is None else {"events_until": until}),
        "rows": records_by_file(records),
    }
    table = FeatureTable(frame, columns, provenance)
    return table if target is None else with_target(table, target)


def write_built_table(table: FeatureTable, out: PathLike) -> Path:
    """Write a built table, its schema, and beside them whom to thank: ``<file>.sources.md``.

    Returns
    -------
    Path
        The attribution file.

    Raises
    ------
    TableError
        If the file's name ends in neither .parquet nor .csv.
    OutputError
        If the place cannot be written.
    """
    write_table(table, out)
    target = attribution_path(out)
    own = [f"- `{entry['file']}`, sha256 `{entry['sha256']}`" for entry in table.provenance["own_files"]]
    text = attribution(entry["key"] for entry in table.provenance["sources"])
    if own:
        text += "\n".join(["", "## Files of your own", "", *own, ""])
    with replacing(target) as part:
        part.write_text(text, encoding="utf-8")
    return target


def attribution_path(out: PathLike) -> Path:
    """Return where the attribution of a built table stands: ``<file>.sources.md``."""
    return Path(out).with_name(Path(out).name + ".sources.md")


@dataclass(frozen=True)
class _World:
    """What the regions of a table share.

    Attributes
    ----------
    layers : dict
        Global layers by name, each with its reach in km.
    sources : dict
        What they were computed from.
    own : tuple of UserLayer
        The user's layers.
    data_dir : path_like or None
    """

    layers: dict[str, tuple[float, Any]]
    sources: dict[str, Any]
    own: tuple[UserLayer, ...]
    data_dir: PathLike | None


@dataclass(frozen=True)
class _Built:
    """Rows of one region, why features of it are empty, which other source filled gaps, and what was read."""

    frame: pd.DataFrame
    reasons: dict[str, str]
    filled: dict[str, dict[str, list[int]]]
    read: RegionSources


def _make_world(sources: dict[str, Any], own: tuple[UserLayer, ...], data_dir: PathLike | None) -> _World:
    layers = compute_layers((layer for layer in LAYERS if not layer.regional), sources)
    layers |= {layer.name: (WINDOW_KM, read_layer(layer)) for layer in own}
    return _World(layers, sources, own, data_dir)


def _build_region(world: _World, segments: Segments, advance: ProgressCallback) -> _Built:
    read = read_region(
        segments.line,
        world.data_dir,
        world.sources["topography"],
        world.sources["sediment_thickness_globsed"],
    )
    own_features, percentiles = _features_of(world.own)
    regional = [layer for layer in LAYERS if layer.regional]
    try:
        own = compute_layers(regional, read.layers)
    except InputError as error:
        raise InputError(f"files of {segments.line.region}: {str(error).removesuffix('.')}") from error
    absent = dict(read.absent)
    for layer in regional:
        lacking = [name for name in layer.inputs if name in read.absent]
        if lacking:
            absent |= dict.fromkeys(layer.names, read.absent[lacking[0]])
    computed = compute_features(
        [*FEATURES.values(), *own_features],
        segments,
        {**world.layers, **own},
        {**world.sources, **read.layers},
        percentiles=percentiles,
        absent=absent,
    )
    features, reasons = computed.frame, dict(computed.reasons)
    if read.stands_in and not read.absent:
        features[list(TOO_COARSE_FEATURES)] = np.nan
        reasons |= TOO_COARSE_FEATURES
    # The layers were needed here; labels need the slab alone, and a process would send all of them back.
    read.layers = {name: read.layers[name] for name in SLAB_LAYERS}
    frame = pd.concat([_keys(segments), features.apply(_rounded)], axis=1)
    return _Built(frame, reasons, computed.filled, read)


def _check_options(segment_km: float, labels: bool, until: str | None, **given: PathLike | None) -> None:
    """Refuse lengths out of range, and events, ruptures or their last day for a table without labels."""
    check_range("the segment length", segment_km, low=1.0, high=5_000.0)
    asked = {**given, "until": until}
    told = [f"{name} {Path(value).name}" for name, value in asked.items() if value is not None]
    if told and not labels:
        raise InputError(
            "a table without labels reads no events and no ruptures",
            given=", ".join(told),
            action="build it with labels, or leave them away",
        )
    check_last_day(until)


def _of_regions(built: Mapping[str, _Built]) -> dict[str, dict[str, Any]]:
    """Return, by region, how many segments it has, which features are empty, coarser, and filled there."""
    return {
        "regions": {region: len(each.frame) for region, each in built.items()},
        "empty_features": {region: each.reasons for region, each in built.items() if each.reasons},
        "coarser_features": {
            region: dict(COARSER_FEATURES)
            for region, each in built.items()
            if each.read.stands_in and not each.read.absent
        },
        "filled_features": {region: each.filled for region, each in built.items() if each.filled},
    }


def _with_labels(frame: pd.DataFrame, labelled: Labelled) -> pd.DataFrame:
    """Return the rows of segments with their labels and seismicity features, rounded as all features."""
    features = [name for name, column in labelled.columns.items() if column.role == "feature"]
    rounded = labelled.frame.assign(**{name: _rounded(labelled.frame[name]) for name in features})
    return frame.merge(rounded, on=["region", "segment"], how="left", validate="one_to_one")


def _build_regions(
    world: _World, segments: Mapping[str, Segments], engine: Engine, steps: _Steps
) -> dict[str, _Built]:
    """Return what was built of every region, in the given order."""
    built: dict[int, _Built] = {}
    for place, each in engine(_build_region, world, list(segments.values()), _unheard):
        built[place] = each
        steps.done()
    return {region: built[place] for place, region in enumerate(segments)}


def _unheard(done: float) -> None:
    """Drop fractions of regions: whole ones are counted."""


def _keys(segments: Segments) -> pd.DataFrame:
    """Return which segment a row is and where, rounded as features are: a sine depends on the processor."""
    keys = segments.to_frame().rename(columns={"azimuth_deg": "azimuth"})[list(KEY_COLUMNS)]
    places = ["s_km", "lon", "lat", "azimuth"]
    keys[places] = keys[places].apply(_rounded)
    # Rounding can reach the open end of a range.
    return keys.replace({"lon": {180.0: -180.0}, "azimuth": {360.0: 0.0}})


def _rounded(values: pd.Series) -> pd.Series:
    """Round to `SIGNIFICANT_DIGITS`; what is no number stays none."""
    return values.astype(np.float64).map(lambda value: float(f"{value:.{SIGNIFICANT_DIGITS}g}"))


def _columns_of(layers: Sequence[UserLayer]) -> dict[str, ColumnDefinition]:
    """Return the columns of all features, those of the user's layers last."""
    own, _ = _features_of(layers)
    return {feature.name: feature.column for feature in (*FEATURES.values(), *own)}


def _features_of(layers: Sequence[UserLayer]) -> tuple[list[FeatureDefinition], list[float]]:
    """Declare the features of the user's layers, and return the percentiles that they ask for."""
    definitions = list(
        chain.from_iterable(
            window_features(
                layer.name,
                layer.long_name,
                layer.unit,
                layer=layer.name,
                group=layer.group,
                family=layer.name,
                citation=layer.citation,
                sides=layer.side,
                statistics=layer.statistics,
            )
            for layer in layers
        )
    )
    taken = [definition.name for definition in definitions if definition.name in FEATURES]
    if taken:
        raise InputError(
            "a layer of yours gives a feature whose name is taken",
            given=", ".join(taken),
            action="give the layer another name",
        )
    asked = {
        float(statistic[1:]) for layer in layers for statistic in layer.statistics if statistic[0] == "p"
    }
    return definitions, sorted(asked)


class _Steps:
    """Counts finished steps for a progress callback."""

    def __init__(self, total: int, progress: ProgressCallback | None) -> None:
        self._count, self._total, self._progress = 0, total, progress

    def done(self) -> None:
        self._count += 1
        if self._progress is not None:
            self._progress(self._count, self._total)
