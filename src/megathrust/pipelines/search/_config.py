"""What a search does: the configuration of a run, and how its networks are to be found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from pydantic import Field, model_validator

from megathrust.pipelines.settings import Frozen, RunConfig, configuration_content, validated
from megathrust.training import Trial

Choices = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class RangeConfig(Frozen):
    """A range from which numbers are drawn evenly, or evenly in their logarithm."""

    low: float = Field(ge=0.0)
    high: float = Field(ge=0.0)
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not lie above high")
        if self.log and self.low <= 0.0:
            raise ValueError("a logarithmic range must start above 0")
        return self

    def distribution(self) -> FloatDistribution:
        """Return the range as optuna knows it."""
        return FloatDistribution(self.low, self.high, log=self.log)


class SpaceConfig(Frozen):
    """From what trials are drawn: choices for whole numbers, ranges for the others.

    All hidden layers of a network have the same width.
    """

    depth: Choices = (1, 2, 3)
    width: Choices = (32, 64, 128)
    learning_rate: RangeConfig = RangeConfig(low=1e-4, high=1e-1, log=True)
    weight_decay: RangeConfig = RangeConfig(low=1e-5, high=1e-1, log=True)
    dropout: RangeConfig = RangeConfig(low=0.0, high=0.5)
    batch_size: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)] = (16, 32, 64)
    epochs: Choices = (30, 60, 120)
    encoding: Annotated[tuple[Literal["none", "periodic", "piecewise_linear"], ...], Field(min_length=1)] = (
        "none",
        "piecewise_linear",
    )
    encoding_units: Choices = (8, 16)
    features_seen: Annotated[tuple[Annotated[int, Field(ge=1)] | None, ...], Field(min_length=1)] = (
        None,
        6,
        10,
        16,
    )
    label_smoothing: RangeConfig = RangeConfig(low=0.0, high=0.2)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.learning_rate.low <= 0.0:
            raise ValueError("the learning rate must lie above 0")
        if self.dropout.high > 0.99:
            raise ValueError("the dropout rate must lie between 0 and 0.99")
        if self.label_smoothing.high > 0.99:
            raise ValueError("the label smoothing must lie between 0 and 0.99")
        return self

    def distributions(self, settled: Mapping[str, Any] = MappingProxyType({})) -> dict[str, BaseDistribution]:
        """Return one distribution per parameter of a trial; settled ones have one value."""
        space: dict[str, BaseDistribution] = {}
        for name in type(self).model_fields:
            entry = getattr(self, name)
            space[name] = (
                entry.distribution() if isinstance(entry, RangeConfig) else CategoricalDistribution(entry)
            )
        settled_here = {name: CategoricalDistribution([settled[name]]) for name in space if name in settled}
        return space | settled_here


class SearchConfig(Frozen):
    """How trials are drawn, compared and narrowed down."""

    budget: int = Field(default=40, ge=1, description="trials")
    sampler: Literal["random", "tpe"] = "random"
    round_size: int = Field(default=10, ge=1, description="trials that TPE proposes at a time")
    space: SpaceConfig = SpaceConfig()
    inner_blocks: int = Field(default=4, ge=2)
    inner_members: int = Field(default=4, ge=1, description="networks per inner fold")
    rungs: int = Field(default=2, ge=1, description="1 switches successive halving off")
    reduction: float = Field(default=3.0, gt=1.0)
    refit_members: int = Field(default=30, ge=1, description="networks per outer fold")
    refit_trials: int = Field(default=3, ge=1, description="best trials that share these networks")
    baselines: tuple[str, ...] | None = Field(
        default=None, description="rivals; null for those that figures show beside the networks"
    )

    @model_validator(mode="after")
    def _one_way_to_save(self) -> Self:
        if self.sampler == "tpe" and self.rungs > 1:
            raise ValueError(
                "TPE learns from trainings of full length: set rungs to 1, or the sampler to random"
            )
        return self


class SearchRunConfig(RunConfig):
    """The configuration of a run, with the section ``search``."""

    search: SearchConfig = SearchConfig()

    def run_config(self, trial: Trial) -> RunConfig:
        """Return the configuration of a run with a trial's networks."""
        chosen = {name: value for name, value in trial.parameters.items() if name not in ("depth", "width")}
        network = self.network.model_copy(update={**chosen, "hidden": trial.hidden})
        content = self.model_dump(mode="json", exclude={"search", "network"})
        return RunConfig.model_validate({**content, "network": network.model_dump(mode="json")})


def load_search_config(
    preset: str | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    search: dict[str, Any] | None = None,
    **changes: Any,
) -> SearchRunConfig:
    """Return the configuration of a search: the defaults, then a preset, then a file, then single changes.

    Parameters
    ----------
    preset : str, optional
        One of `preset_names`.
    path : path_like, optional
        YAML file: the entries of a run's configuration, and a section ``search``.
    search : dict, optional
        Changes of entries of the section ``search``; None leaves an entry as it is.
    **changes
        Values of top-level entries; None leaves an entry as it is.

    Raises
    ------
    InputError
        If the preset or file is not there, or holds an unknown entry or a value that is not allowed.
    """
    wanted = {name: value for name, value in (search or {}).items() if value is not None}
    content = configuration_content(preset, path, {**changes, "search": wanted})
    return validated(SearchRunConfig, content)
