"""What a run does: frozen models, read from YAML, complete in every run folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from megathrust.core import QUOTED, InputError, Registry, quoted, read_yaml, unknown_name
from megathrust.evaluation import BASELINES, DEFAULT_RIVALS, MAGNITUDE_BASELINES
from megathrust.explanation import ATTRIBUTIONS, NORMALISATIONS, check_rule
from megathrust.splits import SPLITTERS
from megathrust.training import Network
from megathrust.worlds import NULLS

Share = Annotated[float, Field(ge=0.0, le=1.0)]
#: Up to the other side of the Earth.
Kilometres = Annotated[float, Field(ge=0.0, le=20_050.0)]
Magnitude = Annotated[float, Field(ge=-2.0, le=10.0)]
Level = Annotated[float, Field(gt=0.0, lt=1.0)]
#: More is a slip of the pen, and would be worked at for years.
Members = Annotated[int, Field(ge=1, le=10_000)]
Config = TypeVar("Config", bound=BaseModel)

#: Model name of the stack in score files: the mean of what its members say.
NETWORK = "FCN"


def _known(registry: Registry[Any]) -> AfterValidator:
    """Return a check that a name is in a registry."""

    def check(name: str) -> str:
        registry[name]
        return name

    return AfterValidator(check)


def _known_model(name: str) -> str:
    known = (NETWORK, *BASELINES, *MAGNITUDE_BASELINES)
    if name not in known:
        raise unknown_name("model", name, dict.fromkeys(known))
    return name


ClassRival = Annotated[str, _known(BASELINES)]
MagnitudeRival = Annotated[str, _known(MAGNITUDE_BASELINES)]


class Frozen(BaseModel):
    """A part of a configuration: it never changes and knows all its entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProtocolConfig(Frozen):
    """Who is held out; see `megathrust.splits`."""

    kind: Annotated[str, _known(SPLITTERS)] = "seed"
    exclusion_km: Kilometres = 50.0
    chunks: int = Field(default=5, ge=2, le=1_000)
    half_open_end: bool = False
    closed_regions: tuple[str, ...] = ()
    across_trenches: bool = Field(
        default=False, description="whether the exclusion distance counts to other trenches, too"
    )


@dataclass(frozen=True)
class NetworkConfig(Network):
    """Shape and training of every network, and how many there are per scenario."""

    members: Members = 30


class MagnitudeConfig(Frozen):
    """How the magnitude itself is predicted, with the settings of the networks that classify."""

    loss: Literal["mse", "huber", "quantile", "censored"] = "mse"
    quantiles: tuple[Level, ...] = Field(default=(0.1, 0.5, 0.9), min_length=1, max_length=99)
    uniform: bool = Field(default=False, description="fit ranks among the training rows instead of Mw")
    huber_delta: float = Field(default=1.0, gt=0.0, le=1e6)
    completeness: Magnitude = Field(
        default=7.0,
        description="Mw from which on no event was missed, with the loss censored: a segment without an "
        "event, or with smaller ones only, says that its largest lies below",
    )
    members: Members = Field(default=30, description="networks per scenario, where they are its own")
    baselines: tuple[MagnitudeRival, ...] = tuple(MAGNITUDE_BASELINES)


class CurveConfig(Frozen):
    """The curve of scores against exclusion distance."""

    exclusion_km: tuple[Kilometres, ...] = (0.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0)
    members: Members = 10
    baselines: tuple[ClassRival, ...] = (
        "region prior",
        "nearest segment",
        "logistic regression",
        "extra trees",
    )


class NullConfig(Frozen):
    """Surrogate worlds on which networks and rivals are trained anew."""

    surrogates: int = Field(default=500, ge=0, le=100_000)
    planted: int = Field(
        default=100, ge=0, le=100_000, description="worlds with a signal: what the nulls let be seen"
    )
    slope: float = Field(
        default=4.0,
        gt=0.0,
        le=1000.0,
        description="log-odds of a great rupture per standard deviation of one feature",
    )
    kinds: tuple[Annotated[str, _known(NULLS)], ...] = ("spectral signs", "shifted labels")
    per_model: int = Field(
        default=99,
        ge=0,
        le=100_000,
        description="worlds per kind at most in which every model learns anew, beside its own kind; "
        "0: none, as with surrogates: 0",
    )
    exceedances: int = Field(
        default=10, ge=1, le=10_000, description="so many worlds as good as the real one settle a p-value"
    )
    models: tuple[Annotated[str, AfterValidator(_known_model)], ...] | None = Field(
        default=None, description="models with a null of their own; null: the networks (FCN) and all rivals"
    )


class ClaimsConfig(Frozen):
    """The test of families of features, and the worlds that say what it could have seen; 0 asks nothing."""

    worlds: int = Field(
        default=200,
        ge=0,
        le=100_000,
        description="per slope planted, of redrawn labels, of all cuts, per longer record",
    )
    slope: float = Field(
        default=1.5, gt=0.0, le=1000.0, description="log-odds that a longer record is to show"
    )


class ExplainingConfig(Frozen):
    """Networks that are trained to be explained: on all features, with whole ruptures held out."""

    encodings: tuple[Literal["none", "piecewise_linear", "periodic"], ...] = Field(
        default=("none", "piecewise_linear"),
        min_length=1,
        description="none, piecewise_linear, periodic; two or more show how far a ranking depends on them",
    )
    members: int = Field(default=5, ge=1, description="per scenario and encoding")
    randomised: int = Field(
        default=2,
        ge=0,
        description="the same on ruptures laid out anew, for the check of labels",
    )


class KnownTruthConfig(Frozen):
    """Worlds of known truth on the run's own features and folds: what its rankings find there."""

    worlds: int = Field(default=3, ge=0, le=10_000, description="of every kind of truth; 0 asks nothing")
    members: int = Field(default=3, ge=1, description="networks per scenario and encoding")


class RelevanceConfig(Frozen):
    """How the networks are explained; see `megathrust.explanation`."""

    attribution: Annotated[str, _known(ATTRIBUTIONS)] = "relative-lrp"
    rule: Annotated[str, AfterValidator(check_rule)] = "epsilon"
    epsilon: float = Field(default=1e-6, gt=0.0, le=1e6, description="stabiliser of the rule")
    methods: tuple[Annotated[str, _known(ATTRIBUTIONS)], ...] = Field(
        default=("relative-lrp", "shapley"),
        min_length=1,
        description="for the networks that are trained to be explained, the leading one first",
    )
    normalisation: Annotated[str, _known(NORMALISATIONS)] | None = None


class ApplicabilityConfig(Frozen):
    """How unlike the training segments a segment is; see `megathrust.evaluation.fit_applicability`."""

    weights: Literal["none", "relevance"] = "none"


class ClassSetConfig(Frozen):
    """Class sets and ranges of the magnitude; see `megathrust.evaluation.conformal_threshold`."""

    coverage: float = Field(default=0.9, gt=0.0, lt=1.0)
    groups: Literal["rupture", "region"] = "rupture"
    by_class: bool = Field(default=True, description="hold the promise for every class, not in the mean")


class TemperatureConfig(Frozen):
    """How sure networks are made to be, from inner folds of each fold; see `fit_temperature`."""

    fitted: bool = Field(
        default=False,
        description="divide the logits of classes by a temperature of the fold; worlds without a signal and "
        "the curve have networks as they are trained, so that all of them together get no null of their own",
    )
    blocks: int = Field(default=3, ge=2, le=100, description="inner folds of each fold")
    members: Members = Field(default=10, description="networks of each inner fold")


class FiguresConfig(Frozen):
    """Which figures are drawn, and in which formats; PNG always, because the report shows it."""

    kinds: tuple[str, ...] | None = Field(
        default=None, description="names in megathrust.pipelines.run.FIGURES; null: all of them"
    )
    formats: tuple[Literal["png", "svg", "pdf"], ...] = ("png",)

    @field_validator("formats")
    @classmethod
    def _with_png(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("png", *formats)))


class FeaturesConfig(Frozen):
    """Which features of the table the networks and their rivals are given."""

    leave_out: tuple[str, ...] = Field(
        default=(), description="names of features, or patterns such as SEIS_*, that are left out"
    )


class BuildConfig(Frozen):
    """How a run's table is built from public data, where no table is given; see `build_table`."""

    data_dir: str | None = None
    regions: tuple[str, ...] | None = None
    segment_km: float = Field(default=50.0, ge=1.0, le=5_000.0)
    user_layers: str | None = None
    trench_points: str | None = None
    labels: bool = True
    events: str | None = None
    ruptures: str | None = None
    target: str | None = None


class RunConfig(Frozen):
    """Everything that decides the numbers of a run.

    Examples
    --------
    >>> RunConfig(thresholds=(6.4, 8.3)).protocol.exclusion_km
    50.0
    """

    build: BuildConfig | None = Field(default=None, description="null: a table is given, or the built-in one")
    tasks: tuple[str, ...] = Field(
        default=("classes",), min_length=1, description="classes, magnitude, both by one trunk, or value"
    )
    label: str | None = None
    thresholds: tuple[Magnitude, ...] = Field(default=(8.0,), min_length=1, max_length=20)
    features: FeaturesConfig = FeaturesConfig()
    missing_values: Literal["fill", "leave_out"] = Field(
        default="fill",
        description="fill: a missing value counts as the median of the training rows, and features say what "
        "is missing; leave_out: complete segments only",
    )
    max_missing_share: Share = 0.2
    seed: int = Field(default=0, ge=0, lt=2**63)
    protocol: ProtocolConfig = ProtocolConfig()
    network: NetworkConfig = NetworkConfig()
    baselines: tuple[ClassRival, ...] = DEFAULT_RIVALS
    magnitude: MagnitudeConfig = MagnitudeConfig()
    claims: ClaimsConfig = ClaimsConfig()
    curve: CurveConfig = CurveConfig()
    nulls: NullConfig = NullConfig()
    applicability: ApplicabilityConfig = ApplicabilityConfig()
    temperature: TemperatureConfig = TemperatureConfig()
    class_sets: ClassSetConfig = ClassSetConfig()
    figures: FiguresConfig = FiguresConfig()
    bootstrap_replicates: int = Field(default=1000, ge=20, le=100_000)
    relevance: RelevanceConfig = RelevanceConfig()
    explaining: ExplainingConfig = ExplainingConfig()
    known_truth: KnownTruthConfig = KnownTruthConfig()
    device: str = "cpu"


def preset_names() -> list[str]:
    """Return the names of the configurations that come with the package."""
    names = (entry.name for entry in _presets().iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def _presets() -> Traversable:
    return resources.files("megathrust.pipelines.settings") / "presets"


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

    Examples
    --------
    >>> config = load_config("quick", thresholds=[6.4, 8.3], network={"members": 2})
    >>> config.network.members, config.nulls.surrogates, config.thresholds
    (2, 25, (6.4, 8.3))
    """
    return validated(RunConfig, configuration_content(preset, path, changes))


def changed(config: Config, changes: Mapping[str, Any]) -> Config:
    """Return a configuration with some entries replaced, parts of sections among them."""
    return validated(type(config), _merged(config.model_dump(mode="json"), dict(changes)))


def configuration_content(
    preset: str | None, path: str | os.PathLike[str] | None, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a preset's entries, with those of a file and then single changes on top."""
    content: dict[str, Any] = {}
    if preset is not None:
        if preset not in preset_names():
            raise unknown_name("preset", preset, preset_names())
        content = yaml.safe_load((_presets() / f"{preset}.yaml").read_text("utf-8"))
    if path is not None:
        content = _merged(content, _read_yaml(Path(path)))
    return _merged(content, {name: value for name, value in changes.items() if value is not None})


def validated(model: type[Config], content: Mapping[str, Any]) -> Config:
    """Return a configuration of some kind, or say in one sentence which entry is wrong."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        entry = quoted(".".join(quoted(part, 60) for part in first["loc"]), 120)
        given = first.get("input")
        raise InputError(
            f"the configuration entry {entry} is wrong",
            given=repr(given) if isinstance(given, str) and len(given) < QUOTED else quoted(given),
            allowed=first["msg"],
        ) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    content = read_yaml(path, "a YAML configuration")
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise InputError("the configuration is no mapping", given=path, allowed="entries like 'seed: 1'")
    return content


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in over.items():
        inner = result.get(name)
        both = isinstance(value, dict) and isinstance(inner, dict)
        result[name] = _merged(inner, value) if both and isinstance(inner, dict) else value
    return result
