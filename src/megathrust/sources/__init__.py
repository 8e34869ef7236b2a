"""Public data sets: registry, download, readers."""

from megathrust.sources._attribution import attribution
from megathrust.sources._catalogues import read_gcmt_geojson
from megathrust.sources._events import EVENT_COLUMNS
from megathrust.sources._fetch import (
    FileCheck,
    cache_dir,
    fetch,
    fetch_pinned,
    source_path,
    user_data_dir,
    verify,
)
from megathrust.sources._grids import GridBlock, iter_blocks, read_grid
from megathrust.sources._layers import UserLayer, read_layer, read_user_layers
from megathrust.sources._obspy_events import read_obspy_events
from megathrust.sources._own_events import read_events
from megathrust.sources._own_ruptures import OwnRupture, read_own_ruptures
from megathrust.sources._points import read_incoming_plate, read_trench_points
from megathrust.sources._read import read_source
from megathrust.sources._record import RowRecord, row_record
from megathrust.sources._regional import find_incoming_plate
from megathrust.sources._registry import DataSource, find_source, list_sources, slab_grid_source
from megathrust.sources._ruptures import RuptureOutline
from megathrust.sources._slab import find_slab_grid, read_slab_grid
from megathrust.sources._srcmod import SlipModel

__all__ = [
    "EVENT_COLUMNS",
    "DataSource",
    "FileCheck",
    "GridBlock",
    "OwnRupture",
    "RowRecord",
    "RuptureOutline",
    "SlipModel",
    "UserLayer",
    "attribution",
    "cache_dir",
    "fetch",
    "fetch_pinned",
    "find_incoming_plate",
    "find_slab_grid",
    "find_source",
    "iter_blocks",
    "list_sources",
    "read_events",
    "read_gcmt_geojson",
    "read_grid",
    "read_incoming_plate",
    "read_layer",
    "read_obspy_events",
    "read_own_ruptures",
    "read_slab_grid",
    "read_source",
    "read_trench_points",
    "read_user_layers",
    "row_record",
    "slab_grid_source",
    "source_path",
    "user_data_dir",
    "verify",
]
