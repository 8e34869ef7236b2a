from ._data import (
    data_path as data_path,
    fetch_data as fetch_data,
    fetch_pinned_file as fetch_pinned_file,
    verify_data as verify_data,
)
from ._listing import list_data as list_data, list_lines as list_lines
from ._map_layers import read_map_layers as read_map_layers
from ._open import (
    iter_open_table as iter_open_table,
    open_events as open_events,
    open_ruptures as open_ruptures,
    open_table as open_table,
)
from ._own_layer import add_layer as add_layer
from ._records import build_lines as build_lines
from ._ruptures import build_ruptures as build_ruptures, write_ruptures as write_ruptures
from ._table import (
    attribution_path as attribution_path,
    build_table as build_table,
    write_built_table as write_built_table,
)
