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
from megathrust.pipelines._search import SearchResult, search
from megathrust.pipelines._search_config import (
    RangeConfig,
    SearchConfig,
    SearchRunConfig,
    SpaceConfig,
    load_search_config,
)

__all__ = [
    "ApplicabilityConfig",
    "ClassSetConfig",
    "CurveConfig",
    "NetworkConfig",
    "NullConfig",
    "ProgressBars",
    "ProtocolConfig",
    "RangeConfig",
    "RunConfig",
    "RunResult",
    "SearchConfig",
    "SearchResult",
    "SearchRunConfig",
    "SpaceConfig",
    "attribution_path",
    "build_table",
    "data_path",
    "fetch_data",
    "list_data",
    "load_config",
    "load_search_config",
    "open_table",
    "predict",
    "preset_names",
    "run",
    "search",
    "verify_data",
    "write_built_table",
]
