"""What a run does: frozen models, read from YAML."""

from megathrust.pipelines.settings._config import (
    ApplicabilityConfig,
    BuildConfig,
    ClassSetConfig,
    CurveConfig,
    Frozen,
    MagnitudeConfig,
    NetworkConfig,
    NullConfig,
    ProtocolConfig,
    RelevanceConfig,
    RunConfig,
    changed,
    configuration_content,
    load_config,
    preset_names,
    validated,
)

__all__ = [
    "ApplicabilityConfig",
    "BuildConfig",
    "ClassSetConfig",
    "CurveConfig",
    "Frozen",
    "MagnitudeConfig",
    "NetworkConfig",
    "NullConfig",
    "ProtocolConfig",
    "RelevanceConfig",
    "RunConfig",
    "changed",
    "configuration_content",
    "load_config",
    "preset_names",
    "validated",
]
