"""The FeatureTable: schema, units, missing data, files."""

from megathrust.table._builtin import load_builtin_ruptures, load_builtin_table
from megathrust.table._files import is_as_written, iter_table, read_table, schema_path, write_table
from megathrust.table._missing import (
    MISSING_FAMILY,
    complete,
    describe,
    indicate_missing,
    with_indicators,
)
from megathrust.table._schema import KEY_COLUMNS, MAGNITUDE_UNIT, check_region_code
from megathrust.table._study_folder import PositionFunction, read_study_folder
from megathrust.table._table import NO_EVENT_MAGNITUDE, SEISMICITY_PREFIX, Exclusion, FeatureTable
from megathrust.table._target import with_target

__all__ = [
    "KEY_COLUMNS",
    "MAGNITUDE_UNIT",
    "MISSING_FAMILY",
    "NO_EVENT_MAGNITUDE",
    "SEISMICITY_PREFIX",
    "Exclusion",
    "FeatureTable",
    "PositionFunction",
    "check_region_code",
    "complete",
    "describe",
    "indicate_missing",
    "is_as_written",
    "iter_table",
    "load_builtin_ruptures",
    "load_builtin_table",
    "read_study_folder",
    "read_table",
    "schema_path",
    "with_indicators",
    "with_target",
    "write_table",
]
