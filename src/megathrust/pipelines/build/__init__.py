"""From public data to the segment table, and the data themselves."""

from megathrust.pipelines.build._data import data_path, fetch_data, list_data, verify_data
from megathrust.pipelines.build._open import open_table
from megathrust.pipelines.build._records import build_lines
from megathrust.pipelines.build._table import attribution_path, build_table, write_built_table

__all__ = [
    "attribution_path",
    "build_lines",
    "build_table",
    "data_path",
    "fetch_data",
    "list_data",
    "open_table",
    "verify_data",
    "write_built_table",
]
