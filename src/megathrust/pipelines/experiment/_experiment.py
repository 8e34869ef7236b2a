"""Where a question is asked: a table's rows, who is held out, and what repeats the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import filter as matching
from functools import cached_property

import numpy as np

from megathrust.core import FloatArray, IntArray, short_repr, unknown_name
from megathrust.evaluation import MEAN_SCENARIO, POOLED_SCENARIO, Rows, bootstrap_units, rupture_weights
from megathrust.models import derived_seed
from megathrust.pipelines.settings import ProtocolConfig, RunConfig
from megathrust.splits import SPLITTERS, Fold, SplitOptions, Splitter
from megathrust.table import NO_EVENT_MAGNITUDE, FeatureTable, complete, indicate_missing
from megathrust.worlds import Trenches


@short_repr
@dataclass(frozen=True)
class Experiment:
    """A table, a configuration, and the folds that they make.

    Attributes
    ----------
    table : FeatureTable
        The rows that are used: complete ones, or all with features that say what is missing.
    rows_read : int
        Rows of the table before any was left out.
    config : RunConfig
    splitter : Splitter
    folds : tuple of Fold
    highest_left_out : int
        How many of the rows that were left out are of the highest class.
    together : bool
        Whether segments of all scenarios are scored together whatever the protocol; see `pooled`.
    """

    table: FeatureTable
    rows_read: int
    config: RunConfig
    splitter: Splitter
    folds: tuple[Fold, ...]
    highest_left_out: int = 0
    together: bool = False

    @cached_property
    def rows(self) -> Rows:
        """What networks and rivals may know of the rows."""
        frame = self.table.frame
        return Rows(self.table.features(), frame["region"].to_numpy(), frame["s_km"].to_numpy())

    @cached_property
    def trenches(self) -> Trenches:
        """What surrogate worlds are made from; labels are magnitudes, "no event" the lowest."""
        magnitudes = np.maximum(self.table.magnitudes(), NO_EVENT_MAGNITUDE)
        return Trenches(
            self.rows.region.astype(str), self.rows.s_km, magnitudes, self.ruptures, self.rows.features
        )

    @cached_property
    def classes(self) -> IntArray:
        """Class of every row, (rows,)."""
        return self.table.classes(self.config.thresholds)

    @cached_property
    def ruptures(self) -> IntArray:
        """Rupture number of every row, (rows,)."""
        return self.table.ruptures()

    @cached_property
    def units(self) -> IntArray:
        """Which observation every row belongs to: a great rupture, or a run between two, (rows,)."""
        if not self.table.is_magnitude():
            return self.ruptures
        return bootstrap_units(self.rows.region, self.rows.s_km, self.ruptures, self.highest)

    @cached_property
    def weights(self) -> FloatArray:
        """Bootstrap weights over ruptures and runs of segments between great ones, (replicates, rows)."""
        return rupture_weights(
            self.units,
            replicates=self.config.bootstrap_replicates,
            seed=derived_seed(self.config.seed, "bootstrap"),
        )

    @property
    def pooled(self) -> bool:
        """Whether models are compared on all scenarios together: always where whole regions are held out."""
        return self.together or bool(np.isinf(self.splitter.exclusion_km))

    @property
    def overall(self) -> str:
        """Scenario by which models are compared, as score files name it."""
        return POOLED_SCENARIO if self.pooled else MEAN_SCENARIO

    @property
    def highest(self) -> np.ndarray:
        """Which rows are of the highest class, (rows,)."""
        return np.asarray(self.classes == len(self.config.thresholds))

    @property
    def ruptures_of_highest_class(self) -> int:
        """How many ruptures gave the highest class its segments: the size of the sample."""
        return len(np.unique(self.ruptures[self.highest]))

    def at_distance(self, exclusion_km: float) -> Experiment:
        """Return the same at another exclusion distance."""
        protocol = self.config.protocol.model_copy(update={"exclusion_km": exclusion_km})
        splitter = make_splitter(protocol)
        return replace(self, splitter=splitter, folds=tuple(splitter.split(self.table)))

    @property
    def rows_with_missing(self) -> int:
        """How many of the rows that are used lack a feature."""
        return int(np.isnan(self.rows.features).any(1).sum())

    def size(self) -> str:
        """Return how many segments are used, and what missing values count as."""
        used = f"{len(self.table)} of {self.rows_read} segments"
        if not self.rows_with_missing:
            return f"{used} complete"
        lacking = f"{self.rows_with_missing} of which lack a feature"
        return f"{used} used, {lacking} that counts as the median of the training segments"

    def warning(self) -> str | None:
        """Return what leaving out incomplete segments did to the share of great ones, if any were."""
        left_out = self.rows_read - len(self.table)
        if not left_out or not self.table.is_magnitude():
            return None
        share = self.highest_left_out / left_out
        return (
            f"WARNING: {left_out} segments that lack a feature were left out; {share:.0%} of them are "
            f"in the highest class, against {self.highest.mean():.0%} of those kept: every score is one of "
            "the kept segments only."
        )


def make_experiment(table: FeatureTable, config: RunConfig) -> Experiment:
    """Return the experiment of a table and a configuration.

    Raises
    ------
    TableError
        If no row is complete.
    InputError
        If a feature to leave out is not in the table, or a fold would train or test on nothing.
    """
    prepare = indicate_missing if config.missing_values == "fill" else complete
    whole = prepare(_without(table, config.features.leave_out), max_missing_share=config.max_missing_share)
    if config.label is not None and config.label != whole.target():
        others = [name for name in whole.target_names if name != whole.target(config.label)]
        whole = whole.drop_columns(others, "not the label of this run")
    if not whole.is_magnitude():
        whole = whole.select_rows(np.isfinite(whole.observed()), f"missing {whole.target()}")
    splitter = make_splitter(config.protocol)
    left_out = _highest(table, config) - _highest(whole, config) if whole.is_magnitude() else 0
    return Experiment(whole, len(table), config, splitter, tuple(splitter.split(whole)), left_out)


def _highest(table: FeatureTable, config: RunConfig) -> int:
    """Return how many segments of a table are in the highest class."""
    return int((table.classes(config.thresholds, config.label) == len(config.thresholds)).sum())


def _without(table: FeatureTable, patterns: Sequence[str]) -> FeatureTable:
    """Return the table without the features that a configuration leaves out; no row is lost for them."""
    names = table.feature_names
    found = {pattern: matching(names, pattern) for pattern in patterns}
    for pattern, those in found.items():
        if not those:
            raise unknown_name("feature to leave out", pattern, dict.fromkeys(names))
    out = [name for name in names if any(name in those for those in found.values())]
    return table.drop_columns(out, "left out by the configuration") if out else table


def make_splitter(protocol: ProtocolConfig) -> Splitter:
    """Return the splitter that a configuration asks for."""
    options = protocol.model_dump()
    return SPLITTERS[options.pop("kind")](SplitOptions(**options))
