"""The only place where stages meet."""

from megathrust.pipelines._build import attribution_path, build_table, write_built_table
from megathrust.pipelines._config import (
    ApplicabilityConfig,
    ClassSetConfig,
    CurveConfig,
    NetworkConfig,
    NullConfig,
    ProtocolConfig,
    RunConfig,
    load_config,
    preset_names,
)
from megathrust.pipelines._data import data_path, fetch_data, list_data, verify_data
from megathrust.pipelines._open import open_table
from megathrust.pipelines._predict import predict
from megathrust.pipelines._progress import ProgressBars
from megathrust.pipelines._run import RunResult, run

__all__ = [
    "ApplicabilityConfig",
    "ClassSetConfig",
    "CurveConfig",
    "NetworkConfig",
    "NullConfig",
    "ProgressBars",
    "ProtocolConfig",
    "RunConfig",
    "RunResult",
    "attribution_path",
    "build_table",
    "data_path",
    "fetch_data",
    "list_data",
    "load_config",
    "open_table",
    "predict",
    "preset_names",
    "run",
    "verify_data",
    "write_built_table",
]
