"""Ruptures along trenches from public catalogues, each one event at its epicentre."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from megathrust.core import TableError, replacing, write_json
from megathrust.features import LABEL_WINDOWS
from megathrust.geometry import locate, make_segments
from megathrust.pipelines.build._keys import SLAB_LAYERS
from megathrust.pipelines.build._labels import PathLike, read_labels
from megathrust.pipelines.build._own_labels import read_own_labels
from megathrust.pipelines.build._provenance import licence_of
from megathrust.pipelines.build._sources import read_slab, regions_with_slab
from megathrust.pipelines.build._trenches import find_trenches
from megathrust.sources import find_source
from megathrust.table import check_region_code

#: What forecasts and labels need of ruptures.
NEEDED = (
    "region", "event_id", "time", "magnitude", "magnitude_type", "s_km", "s_start_km", "s_end_km",
    "extent_source", "quality",
)  # fmt: skip

# Of arc lengths and degrees: metres, far below what any epicentre is known to.
_DECIMALS = {"lon": 4, "lat": 4, "s_km": 2, "s_start_km": 2, "s_end_km": 2}


def build_ruptures(
    data_dir: PathLike | None = None,
    *,
    regions: Sequence[str] | None = None,
    trench_points: PathLike | None = None,
    events: PathLike | None = None,
    own_ruptures: PathLike | None = None,
    least_magnitude: float = 5.0,
) -> pd.DataFrame:
    """Return the interface ruptures of trenches from public catalogues, as `find_ruptures` finds them.

    Parameters
    ----------
    data_dir, regions, trench_points, events
        As for `build_table`.
    own_ruptures : path_like, optional
        What `build_table` takes as ``ruptures``.
    least_magnitude : float
        Smaller events are left out.

    Returns
    -------
    DataFrame
        By region and time: ``region``, the columns of `find_ruptures`, and ``s_km``, where along the trench
        the epicentre lies. ``attrs["sources"]`` holds the hash of every registered file, ``attrs["licence"]``
        under what the ruptures may be passed on.

    Raises
    ------
    InputError
        If a code is none or a region has no trench line.
    SourceError
        If a file is missing, altered or cannot be read.

    Examples
    --------
    >>> ruptures = build_ruptures("FOLDER", regions=["sam"])  # doctest: +SKIP
    >>> write_ruptures(ruptures, "sam.parquet")  # doctest: +SKIP
    """
    chosen = tuple(sorted({check_region_code(region) for region in regions or regions_with_slab(data_dir)}))
    trenches = find_trenches(chosen, trench_points, data_dir)
    segments = {region: make_segments(trenches.by_region[region].line, 50.0) for region in chosen}
    slabs = {}
    keys: list[str] = []
    for region in chosen:
        files = {name: read_slab(region, quantity, data_dir) for name, quantity in SLAB_LAYERS.items()}
        slabs[region] = {name: file.data for name, file in files.items()}
        keys += [file.key for file in files.values() if file.key]
    own = read_own_labels(events, own_ruptures, segments)
    labels, records = read_labels(segments, slabs, data_dir, own, own.windows(LABEL_WINDOWS))
    parts = []
    for region in chosen:
        found = labels.ruptures[region]
        found = found[found["magnitude"] >= least_magnitude]
        line = segments[region].line
        along, _ = locate(line, found["lon"], found["lat"], keep_beyond_ends=True)
        parts.append(found.assign(region=region, s_km=along))
    frame = pd.concat(parts, ignore_index=True).sort_values(["region", "time"], kind="stable")
    frame = frame[["region", *frame.columns.drop("region")]].reset_index(drop=True).round(_DECIMALS)
    used = sorted({*keys, *records})
    frame.attrs["sources"] = {key: find_source(key).sha256 for key in used}
    frame.attrs["licence"] = licence_of(used)
    return frame


def write_ruptures(ruptures: pd.DataFrame, out: PathLike) -> None:
    """Write ruptures as ``.parquet``, and their sources beside them: ``<file>.sources.json``.

    Raises
    ------
    TableError
        If the name ends in something else.
    OutputError
        If the place cannot be written.
    """
    target = Path(out)
    if target.suffix != ".parquet":
        raise TableError(
            "ruptures are written as .parquet", given=target.name, allowed="a name of that ending"
        )
    bare = ruptures.copy()
    bare.attrs = {}
    with replacing(target) as part:
        bare.to_parquet(part, index=False)
    write_json(target.with_name(target.name + ".sources.json"), ruptures.attrs)


def read_ruptures(path: PathLike) -> pd.DataFrame:
    """Read ruptures that `write_ruptures` wrote, with ``attrs`` where their file is there.

    Raises
    ------
    TableError
        If the file is none of that kind.
    """
    target = Path(path)
    try:
        ruptures = pd.read_parquet(target)
    except (OSError, ValueError) as error:
        raise TableError(
            "the file holds no ruptures", given=target, allowed="a .parquet file that write_ruptures wrote"
        ) from error
    lacking = [name for name in NEEDED if name not in ruptures]
    if lacking:
        raise TableError("the file holds no ruptures", given=f"{target.name} without {', '.join(lacking)}")
    named = target.with_name(target.name + ".sources.json")
    ruptures.attrs = json.loads(named.read_text(encoding="utf-8")) if named.is_file() else {}
    return ruptures
