"""Public data sets: registry, download, readers."""

from megathrust.sources._attribution import attribution
from megathrust.sources._catalogues import (
    NOAA_MAGNITUDES,
    read_comcat,
    read_focal_join,
    read_gcmt_geojson,
    read_gcmt_list,
    read_isc_gem,
    read_isc_gem_usgs,
    read_noaa,
)
from megathrust.sources._events import EVENT_COLUMNS
from megathrust.sources._fetch import FileCheck, cache_dir, fetch, source_path, user_data_dir, verify
from megathrust.sources._geotiff import read_geotiff
from megathrust.sources._grids import GridBlock, iter_blocks, read_grid
from megathrust.sources._kinematics import (
    read_pb2002_steps,
    read_plate_lines,
    read_rotation_poles,
    read_trench_kinematics,
)
from megathrust.sources._layers import UserLayer, read_layer, read_user_layers
from megathrust.sources._obspy_events import read_obspy_events
from megathrust.sources._points import (
    CRUST1_TOPS,
    read_arc_volcanoes,
    read_crust1,
    read_incoming_plate,
    read_seamounts,
    read_strain_rates,
    read_trench_points,
)
from megathrust.sources._read import read_source
from megathrust.sources._record import RowRecord, row_record
from megathrust.sources._regional import find_incoming_plate
from megathrust.sources._registry import (
    SLAB_QUANTITIES,
    DataSource,
    find_source,
    layer_source,
    list_sources,
    slab_grid_source,
)
from megathrust.sources._ruptures import RuptureOutline, read_rupture_outline, read_tsunami_source
from megathrust.sources._slab import find_slab_grid, read_slab_grid
from megathrust.sources._srcmod import SlipModel, read_slip_model

__all__ = [
    "CRUST1_TOPS",
    "EVENT_COLUMNS",
    "NOAA_MAGNITUDES",
    "SLAB_QUANTITIES",
    "DataSource",
    "FileCheck",
    "GridBlock",
    "RowRecord",
    "RuptureOutline",
    "SlipModel",
    "UserLayer",
    "attribution",
    "cache_dir",
    "fetch",
    "find_incoming_plate",
    "find_slab_grid",
    "find_source",
    "iter_blocks",
    "layer_source",
    "list_sources",
    "read_arc_volcanoes",
    "read_comcat",
    "read_crust1",
    "read_focal_join",
    "read_gcmt_geojson",
    "read_gcmt_list",
    "read_geotiff",
    "read_grid",
    "read_incoming_plate",
    "read_isc_gem",
    "read_isc_gem_usgs",
    "read_layer",
    "read_noaa",
    "read_obspy_events",
    "read_pb2002_steps",
    "read_plate_lines",
    "read_rotation_poles",
    "read_rupture_outline",
    "read_seamounts",
    "read_slab_grid",
    "read_slip_model",
    "read_source",
    "read_strain_rates",
    "read_trench_kinematics",
    "read_trench_points",
    "read_tsunami_source",
    "read_user_layers",
    "row_record",
    "slab_grid_source",
    "source_path",
    "user_data_dir",
    "verify",
]
