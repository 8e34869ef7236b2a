"""What every room shares: errors, validation, constants, whole-or-absent files."""

from megathrust.core._constants import EARTH_RADIUS_KM, REGION_NAMES
from megathrust.core._errors import (
    InputError,
    MegathrustError,
    ModelError,
    OutputError,
    SourceError,
    TableError,
)
from megathrust.core._files import cannot_write, replacing, replacing_folder, sha256_of, write_json
from megathrust.core._magnitude import (
    energy_from_magnitude,
    magnitude_classes,
    magnitude_from_moment,
    moment_from_magnitude,
)
from megathrust.core._missing import fill_missing, known_mean_and_spread, known_medians
from megathrust.core._records import Verdict
from megathrust.core._registry import Registry, unknown_name
from megathrust.core._repr import short_repr
from megathrust.core._text_tables import COMMENTED, WHITESPACE, read_text_table
from megathrust.core._typing import BoolArray, FloatArray, IntArray, ProgressCallback
from megathrust.core._validation import (
    check_choice,
    check_lonlat,
    check_range,
    check_same_length,
    wrap_longitude,
)

__all__ = [
    "COMMENTED",
    "EARTH_RADIUS_KM",
    "REGION_NAMES",
    "WHITESPACE",
    "BoolArray",
    "FloatArray",
    "InputError",
    "IntArray",
    "MegathrustError",
    "ModelError",
    "OutputError",
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
    "energy_from_magnitude",
    "fill_missing",
    "known_mean_and_spread",
    "known_medians",
    "magnitude_classes",
    "magnitude_from_moment",
    "moment_from_magnitude",
    "read_text_table",
    "replacing",
    "replacing_folder",
    "sha256_of",
    "short_repr",
    "unknown_name",
    "wrap_longitude",
    "write_json",
]
