"""What a search came to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import short_repr
from megathrust.evaluation import MEAN_SCENARIO
from megathrust.pipelines.experiment import NETWORK, Experiment
from megathrust.pipelines.search._config import SearchRunConfig
from megathrust.pipelines.search._trials import Measured
from megathrust.pipelines.tasks import Task
from megathrust.splits import Fold

#: Name of the search on all rows, which decides the configuration that is handed on.
ALL_ROWS = "all"


@short_repr
@dataclass(frozen=True)
class SearchResult:
    """Everything a search computed, before it is written.

    Attributes
    ----------
    config : SearchRunConfig
    experiment : Experiment
        With the outer folds.
    task : Task
        What the networks are asked.
    measured : list of Measured
    chosen : list of tuple of Measured
        The best trials of every outer fold by inner score, and of the search on all rows, the best first.
    scores : DataFrame
        Tidy outer scores of the refitted networks and of the rivals, with intervals.
    differences : dict of str to tuple of float
        Mean score of the networks minus each rival's, with its 95 % interval over ruptures.
    """

    config: SearchRunConfig
    experiment: Experiment
    task: Task
    measured: list[Measured]
    chosen: list[tuple[Measured, ...]]
    scores: pd.DataFrame
    differences: dict[str, tuple[float, float, float]]

    @property
    def folds(self) -> tuple[Fold, ...]:
        """The outer folds."""
        return self.experiment.folds

    @property
    def inner_column(self) -> str:
        """Name of the column of inner scores."""
        return f"inner_{self.task.leading.short_name}"

    @property
    def sign(self) -> float:
        """What turns a merit into the score: -1 for errors."""
        return -1.0 if self.task.leading.lower_is_better else 1.0

    @property
    def scenarios(self) -> list[str]:
        """Names of the outer folds, then `ALL_ROWS`."""
        return [*(fold.name for fold in self.folds), ALL_ROWS]

    @property
    def rivals(self) -> list[str]:
        """Names of the rivals: those of the configuration, and persistence in any case."""
        return list(self.differences)

    def nested(self) -> pd.DataFrame:
        """Return the nested estimate: per outer fold the best trial, its inner score, and outer scores.

        The outer score of the networks is that of all chosen trials together.
        """
        metric, score_class = self.task.leading.metric
        part = self.scores[(self.scores["metric"] == metric) & (self.scores["class"] == score_class)]
        outer = part.pivot(index="scenario", columns="model", values="value")
        chosen = [best[0] for best in self.chosen[: len(self.folds)]]
        inner = [self.sign * each.score for each in chosen]
        names = [fold.name for fold in self.folds]
        frame = pd.DataFrame(
            {
                "scenario": [*names, MEAN_SCENARIO],
                "trial": pd.array([*(each.trial.number for each in chosen), None], dtype="Int64"),
                self.inner_column: [*inner, float(np.mean(inner))],
            }
        )
        return frame.join(outer[[NETWORK, *self.rivals]].rename_axis(columns=None), on="scenario")

    def summary(self) -> list[str]:
        """Return what a reader should know first: nested scores beside the rivals'."""
        frame = self.nested().astype({"trial": "string"}).fillna({"trial": ""})
        name = self.task.leading.metric_name
        text = frame.to_string(index=False, float_format="%.3f")
        lines = [
            f"{self.config.search.budget} trials, {len(self.measured)} trainings on "
            f"{self.config.search.inner_blocks} inner folds; {name} of the nested estimate "
            f"(chosen on inner folds, scored once on the outer test segments):",
            *(f"  {line}" for line in text.splitlines()),
        ]
        for rival, (value, low, high) in self.differences.items():
            beats = high < 0.0 if self.task.leading.lower_is_better else low > 0.0
            verb = "BEATS" if beats else "is NOT SHOWN to beat"
            interval = f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
            lines.append(f"The {NETWORK} {verb} the rival '{rival}': difference in {name} {interval}.")
        return lines
