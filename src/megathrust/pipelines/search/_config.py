"""What a search does: the configuration of a run, and how its networks are to be found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from pydantic import Field, TypeAdapter, ValidationError, create_model, model_validator

from megathrust.pipelines.settings import Frozen, RunConfig, configuration_content, validated
from megathrust.training import Network, Range, Trial, searched_settings, setting_type


def _entry(name: str, default: Range | tuple[Any, ...]) -> tuple[Any, Any]:
    """Return type and default of the entry that says from what a setting is drawn."""
    if isinstance(default, Range):
        return Range, default
    choice: Any = (
        Annotated[int, Field(ge=1, le=100_000)] if name in ("depth", "width") else setting_type(name)
    )
    choices: Any = tuple.__class_getitem__((choice, ...))
    return Annotated[choices, Field(min_length=1)], default


class _Space(Frozen):
    """From what trials are drawn: choices, or ranges of numbers; hidden layers have one width each."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name, entry in self:
            if isinstance(entry, Range):
                for end in (entry.low, entry.high):
                    try:
                        TypeAdapter(setting_type(name)).validate_python(end)
                    except ValidationError as error:
                        raise ValueError(f"{name} cannot be {end:g}: {error.errors()[0]['msg']}") from error
        return self

    def distributions(self, settled: Mapping[str, Any] = MappingProxyType({})) -> dict[str, BaseDistribution]:
        """Return one distribution per parameter of a trial; settled ones have one value."""
        space: dict[str, BaseDistribution] = {
            name: FloatDistribution(entry.low, entry.high, log=entry.log)
            if isinstance(entry, Range)
            else CategoricalDistribution(entry)
            for name, entry in self
        }
        return space | {name: CategoricalDistribution([settled[name]]) for name in space if name in settled}


_ENTRIES = {"depth": (1, 2, 3), "width": (32, 64, 128), **searched_settings()}

if TYPE_CHECKING:
    SpaceConfig = _Space
else:
    #: The space of a search, an entry for each of `megathrust.training.TRIAL_PARAMETERS`.
    SpaceConfig = create_model(
        "SpaceConfig", __base__=_Space, **{name: _entry(name, default) for name, default in _ENTRIES.items()}
    )


class SearchConfig(Frozen):
    """How trials are drawn, compared and narrowed down."""

    budget: int = Field(default=40, ge=1, le=100_000, description="trials")
    sampler: Literal["random", "tpe"] = "random"
    round_size: int = Field(default=10, ge=1, le=10_000, description="trials that TPE proposes at a time")
    space: SpaceConfig = SpaceConfig()
    inner_blocks: int = Field(default=4, ge=2, le=1_000)
    inner_members: int = Field(default=4, ge=1, le=10_000, description="networks per inner fold")
    rungs: int = Field(default=2, ge=1, le=30, description="1 switches successive halving off")
    reduction: float = Field(default=3.0, gt=1.0, le=1e3)
    refit_members: int = Field(default=30, ge=1, le=10_000, description="networks per outer fold")
    refit_trials: int = Field(default=3, ge=1, le=10_000, description="best trials that share these networks")
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
        found = {each.name: getattr(trial.network, each.name) for each in fields(Network)}
        content = self.model_dump(mode="json", exclude={"search"})
        return RunConfig.model_validate({**content, "network": {**content["network"], **found}})


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
