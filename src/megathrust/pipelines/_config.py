"""What a run does: frozen models, read from YAML, complete in every run folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from megathrust.core import InputError
from megathrust.evaluation import BASELINES, MAGNITUDE_BASELINES

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Kilometres = Annotated[float, Field(ge=0.0)]
Config = TypeVar("Config", bound=BaseModel)


class Frozen(BaseModel):
    """A part of a configuration: it never changes and knows all its entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProtocolConfig(Frozen):
    """Who is held out; see `megathrust.splits`."""

    kind: Literal["seed", "rupture-grouped", "leave-one-region-out"] = "seed"
    exclusion_km: Kilometres = 50.0
    chunks: int = Field(default=5, ge=2)
    half_open_end: bool = False
    closed_regions: tuple[str, ...] = ()


class NetworkConfig(Frozen):
    """Shape and training of every network."""

    members: int = Field(default=30, ge=1, description="networks per scenario")
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(64, 64), min_length=1)
    activation: str = "relu"
    batch_norm: Literal["none", "before", "after"] = "none"
    encoding: Literal["none", "periodic", "piecewise_linear"] = "piecewise_linear"
    encoding_units: int = Field(default=16, ge=1)
    frequency_spread: float = Field(default=0.1, gt=0.0)
    features_seen: int | None = Field(default=10, ge=1, description="by each network; null for all")
    feature_draw: Literal["mutual_information", "uniform"] = "mutual_information"
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0)
    learning_rate: float = Field(default=1e-3, gt=0.0)
    weight_decay: float = Field(default=1e-2, ge=0.0)
    optimizer: Literal["adam", "adamw"] = "adamw"
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    epochs: int = Field(default=60, ge=1)
    batch_size: int = Field(default=64, ge=2)
    class_weights: bool = False
    sampling: Literal["shuffled", "balanced"] = "shuffled"
    label_smoothing: float = Field(default=0.1, ge=0.0, le=0.99)


class MagnitudeConfig(Frozen):
    """Networks that predict the magnitude itself, with the settings of those that classify."""

    loss: Literal["none", "mse", "huber", "quantile"] = Field(
        default="none", description="none: no such networks"
    )
    quantiles: tuple[float, ...] = Field(default=(0.1, 0.5, 0.9), min_length=1)
    uniform: bool = Field(default=False, description="fit ranks among the training rows instead of Mw")
    huber_delta: float = Field(default=1.0, gt=0.0)
    members: int = Field(default=30, ge=1, description="networks per scenario")
    baselines: tuple[str, ...] = tuple(MAGNITUDE_BASELINES)


class CurveConfig(Frozen):
    """The curve of scores against exclusion distance."""

    exclusion_km: tuple[Kilometres, ...] = (0.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0)
    members: int = Field(default=10, ge=1)
    baselines: tuple[str, ...] = ("region prior", "nearest segment", "logistic regression", "extra trees")


class NullConfig(Frozen):
    """Surrogate worlds on which networks are trained anew."""

    surrogates: int = Field(default=500, ge=0)
    kinds: tuple[Literal["shifted labels", "autoregressive features"], ...] = (
        "shifted labels",
        "autoregressive features",
    )


class ApplicabilityConfig(Frozen):
    """How unlike the training segments a segment is; see `megathrust.evaluation.fit_applicability`."""

    weights: Literal["none", "relevance"] = "none"


class ClassSetConfig(Frozen):
    """Class sets and ranges of the magnitude; see `megathrust.evaluation.conformal_threshold`."""

    coverage: float = Field(default=0.9, gt=0.0, lt=1.0)
    groups: Literal["rupture", "region"] = "rupture"


class RunConfig(Frozen):
    """Everything that decides the numbers of a run."""

    label: str | None = None
    thresholds: tuple[float, ...] = Field(default=(8.0,), min_length=1)
    max_missing_share: Share = 0.2
    seed: int = Field(default=0, ge=0)
    protocol: ProtocolConfig = ProtocolConfig()
    network: NetworkConfig = NetworkConfig()
    baselines: tuple[str, ...] = tuple(BASELINES)
    magnitude: MagnitudeConfig = MagnitudeConfig()
    curve: CurveConfig = CurveConfig()
    nulls: NullConfig = NullConfig()
    applicability: ApplicabilityConfig = ApplicabilityConfig()
    class_sets: ClassSetConfig = ClassSetConfig()
    bootstrap_replicates: int = Field(default=1000, ge=20)
    epsilon: float = Field(default=1e-6, gt=0.0)
    device: str = "cpu"


def preset_names() -> list[str]:
    """Return the names of the configurations that come with the package."""
    folder = resources.files("megathrust.pipelines").joinpath("presets")
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def load_config(
    preset: str | None = None, path: str | os.PathLike[str] | None = None, **changes: Any
) -> RunConfig:
    """Return the configuration of a run: the defaults, then a preset, then a file, then single changes.

    Parameters
    ----------
    preset : str, optional
        One of `preset_names`.
    path : path_like, optional
        YAML file; what it leaves out keeps the preset's value.
    **changes
        Values of top-level entries; None leaves an entry as it is.

    Raises
    ------
    InputError
        If the preset or file is not there, or holds an unknown entry or a value that is not allowed.
    """
    return validated(RunConfig, configuration_content(preset, path, changes))


def configuration_content(
    preset: str | None, path: str | os.PathLike[str] | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a preset's entries, with those of a file and then single changes on top."""
    content: dict[str, Any] = {}
    if preset is not None:
        if preset not in preset_names():
            raise InputError("unknown preset", given=preset, allowed=", ".join(preset_names()))
        text = resources.files("megathrust.pipelines").joinpath(f"presets/{preset}.yaml").read_text("utf-8")
        content = yaml.safe_load(text)
    if path is not None:
        content = _merged(content, _read_yaml(Path(path)))
    return _merged(content, {name: value for name, value in changes.items() if value is not None})


def validated(model: type[Config], content: Mapping[str, Any]) -> Config:
    """Return a configuration of some kind, or say in one sentence which entry is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the configuration entry {entry} is wrong", given=repr(first.get("input")), allowed=first["msg"]
        ) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("the configuration cannot be read", given=path) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(
            "the configuration is no YAML", given=f"{path}, {error}".replace("\n", " ")
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError("the configuration is no mapping", given=path, allowed="entries like 'seed: 1'")
    return content


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in over.items():
        inner = result.get(name)
        both = isinstance(value, dict) and isinstance(inner, dict)
        result[name] = _merged(inner, value) if both and isinstance(inner, dict) else value
    return result
