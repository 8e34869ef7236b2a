"""The only place where stages meet."""

from megathrust.pipelines._config import (
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
from megathrust.pipelines._search import SearchResult, search
from megathrust.pipelines._search_config import (
    RangeConfig,
    SearchConfig,
    SearchRunConfig,
    SpaceConfig,
    load_search_config,
)

__all__ = [
    "CurveConfig",
    "NetworkConfig",
    "NullConfig",
    "ProtocolConfig",
    "RangeConfig",
    "RunConfig",
    "RunResult",
    "SearchConfig",
    "SearchResult",
    "SearchRunConfig",
    "SpaceConfig",
    "load_config",
    "load_search_config",
    "open_table",
    "predict",
    "preset_names",
    "run",
    "search",
]
