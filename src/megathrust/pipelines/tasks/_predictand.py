"""What is predicted of a segment, how it is scored, and what it is called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from megathrust.core import FloatArray, IntArray
from megathrust.evaluation import Rows
from megathrust.models import FCNStack
from megathrust.pipelines.tasks._calibration import Calibration

#: (train, observed of train, test, seed) -> predictions of the test rows
Rival = Callable[[Rows, np.ndarray, Rows, int], FloatArray]


class Predictand(ABC):
    """One thing that is predicted of every segment: the class of its largest event, or its magnitude.

    Attributes
    ----------
    name : str
        In stages and figures.
    observed : ndarray, shape (rows,)
        What was observed in every row of the table.
    target : str
        Which of `megathrust.training.Targets` it is.
    metric : tuple of str
        Metric and class of the score by which models are compared, as score files name them.
    metric_name : str
        The same in words.
    lower_is_better : bool
        Whether that score is an error.
    worst : float
        What the score of networks that diverged counts as, errors with their sign turned.
    short_name : str
        Of the score in the columns of a search.
    heading : str
        Of the list of scores; ``{over}`` stands for what is scored, ``{place}`` for protocol and exclusion
        distance.
    floor : str
        Rival that knows nothing, beside which a score must stand where whole regions are held out.
    compared : tuple of str
        Rivals that figures show beside the networks.
    file_of_scores, file_of_predictions : str
        In the run folder.
    asked : tuple of str
        Rivals that the configuration asks for.
    rival_names : tuple of str
        All rivals of it, in order.
    figure_of_scores : tuple of str
        Chapter of the report, file and first sentence of the figure of its scores.
    """

    name: ClassVar[str]
    target: ClassVar[str]
    metric: ClassVar[tuple[str, str]]
    metric_name: ClassVar[str]
    lower_is_better: ClassVar[bool]
    worst: ClassVar[float]
    short_name: ClassVar[str]
    heading: ClassVar[str]
    floor: ClassVar[str]
    compared: ClassVar[tuple[str, ...]]
    file_of_scores: ClassVar[str]
    file_of_predictions: ClassVar[str]
    figure_of_scores: ClassVar[tuple[str, str, str]]
    observed: Any
    asked: tuple[str, ...]

    @property
    @abstractmethod
    def rival_names(self) -> tuple[str, ...]:
        """Names of all rivals, in order."""

    @abstractmethod
    def rival(self, name: str) -> Rival:
        """Return a rival by name; an unknown one is refused."""

    @abstractmethod
    def said_by(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return all that every network says of some rows, (members, rows, numbers)."""

    @abstractmethod
    def scored(self, said: FloatArray) -> FloatArray:
        """Return the part of it that is scored, (members, rows, classes) or (members, rows)."""

    @abstractmethod
    def scores(
        self, observed: Any, predicted: FloatArray, weights: FloatArray | None = None
    ) -> dict[tuple[str, str], FloatArray]:
        """Return every score; see `megathrust.evaluation.ScoreFunction`."""

    def score(self, observed: Any, predicted: FloatArray) -> float:
        """Return the compared score of one prediction of some rows."""
        return float(self.scores(observed, predicted)[self.metric][0])

    @abstractmethod
    def own_scores(
        self, observed: Any, said: FloatArray, weights: FloatArray
    ) -> dict[tuple[str, str], FloatArray]:
        """Return scores of what only networks say, from its mean over members; often none."""

    @abstractmethod
    def observed_columns(self, rows: IntArray) -> dict[str, Any]:
        """Return what was observed, by column of the prediction file."""

    @abstractmethod
    def columns(self, predicted: FloatArray) -> dict[str, Any]:
        """Return what a model predicts, by column of the prediction file."""

    @abstractmethod
    def own_columns(self, said: FloatArray) -> dict[str, Any]:
        """Return spread and whatever else only networks say (members, rows, numbers), by column."""

    @abstractmethod
    def calibrate(
        self, rows: IntArray, said: FloatArray, groups: np.ndarray, region: np.ndarray, coverage: float
    ) -> Calibration:
        """Return what makes sets or ranges hold what they promise, from held-out means (rows, numbers)."""
