"""What every room shares: errors, validation, constants, whole-or-absent files."""

from megathrust.core._constants import EARTH_RADIUS_KM, REGION_NAMES
from megathrust.core._errors import (
    InputError,
    MegathrustError,
    ModelError,
    OutputError,
    SourceError,
    TableError,
    quoted,
)
from megathrust.core._files import (
    cannot_write,
    git_blob_of,
    refuse_same,
    remove,
    replacing,
    sha256_of,
    sweep,
    write_csv,
    write_json,
    writing,
)
from megathrust.core._folders import (
    FolderKind,
    checked_target,
    locked,
    put_in_place,
    refuse_existing,
    replacing_folder,
)
from megathrust.core._limits import (
    ABSURD,
    BLOCK_ROWS,
    COMPRESSION,
    DOCUMENT_BYTES,
    GRID_NODES,
    MODEL_PARAMETERS,
    QUOTED,
    TABLE_CELLS,
    TABLE_COLUMNS,
)
from megathrust.core._look import look_through
from megathrust.core._magnitude import (
    energy_from_magnitude,
    magnitude_classes,
    magnitude_from_moment,
    moment_from_magnitude,
)
from megathrust.core._missing import fill_missing, known_mean_and_spread, known_medians
from megathrust.core._reading import read_json, read_yaml, reading
from megathrust.core._records import PlantedPower, Verdict
from megathrust.core._registry import Registry, did_you_mean, unknown_name
from megathrust.core._repr import short_repr
from megathrust.core._text_tables import COMMENTED, WHITESPACE, iter_text_table, read_text_table
from megathrust.core._typing import BoolArray, FloatArray, IntArray, ProgressCallback
from megathrust.core._validation import (
    check_choice,
    check_lonlat,
    check_range,
    check_same_length,
    wrap_longitude,
)

__all__ = [
    "ABSURD",
    "BLOCK_ROWS",
    "COMMENTED",
    "COMPRESSION",
    "DOCUMENT_BYTES",
    "EARTH_RADIUS_KM",
    "GRID_NODES",
    "MODEL_PARAMETERS",
    "QUOTED",
    "REGION_NAMES",
    "TABLE_CELLS",
    "TABLE_COLUMNS",
    "WHITESPACE",
    "BoolArray",
    "FloatArray",
    "FolderKind",
    "InputError",
    "IntArray",
    "MegathrustError",
    "ModelError",
    "OutputError",
    "PlantedPower",
    "ProgressCallback",
    "Registry",
    "SourceError",
    "TableError",
    "Verdict",
    "cannot_write",
    "check_choice",
    "check_lonlat",
    "check_range",
    "check_same_length",
    "checked_target",
    "did_you_mean",
    "energy_from_magnitude",
    "fill_missing",
    "git_blob_of",
    "iter_text_table",
    "known_mean_and_spread",
    "known_medians",
    "locked",
    "look_through",
    "magnitude_classes",
    "magnitude_from_moment",
    "moment_from_magnitude",
    "put_in_place",
    "quoted",
    "read_json",
    "read_text_table",
    "read_yaml",
    "reading",
    "refuse_existing",
    "refuse_same",
    "remove",
    "replacing",
    "replacing_folder",
    "sha256_of",
    "short_repr",
    "sweep",
    "unknown_name",
    "wrap_longitude",
    "write_csv",
    "write_json",
    "writing",
]
