"""The only place where stages meet."""

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
from megathrust.pipelines._open import open_table
from megathrust.pipelines._predict import predict
from megathrust.pipelines._run import RunResult, run

__all__ = [
    "ApplicabilityConfig",
    "ClassSetConfig",
    "CurveConfig",
    "NetworkConfig",
    "NullConfig",
    "ProtocolConfig",
    "RunConfig",
    "RunResult",
    "load_config",
    "open_table",
    "predict",
    "preset_names",
    "run",
]
