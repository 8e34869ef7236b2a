"""A task: what a stack of networks is asked, and how it is trained for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from megathrust.core import FloatArray, InputError, IntArray, Registry
from megathrust.models import FCNArchitecture, FCNStack, Heads
from megathrust.pipelines.settings import RunConfig
from megathrust.pipelines.tasks._predictand import Predictand
from megathrust.table import FeatureTable
from megathrust.training import Network, Targets, TrainingOptions, settings_without_classes


@dataclass(frozen=True)
class Task:
    """One trunk of networks, its heads, and the predictands that they say something of.

    Attributes
    ----------
    name : str
        In stages and artefacts.
    heads : Heads
        What the networks predict.
    predictands : tuple of Predictand
        What is scored of it; the first one leads.
    network : Network
        Settings, those that the task has no use for switched off.
    members : int
        Networks per scenario.
    seed : int
        Of the networks.
    model : str
        Folder of the saved model, in the run folder.
    title : str
        Of its card.
    output_names : tuple of str
        What the outputs of a network are called.
    does : str
        What the networks do to segments, as a verb.
    loss_name : str
        What their training makes small, with its unit.
    files : mapping of str to str
        What the files of a run that tell of it hold.
    further : mapping
        Training options that no setting of the networks decides.
    """

    name: str
    heads: Heads
    predictands: tuple[Predictand, ...]
    network: Network
    members: int
    seed: int
    model: str
    title: str
    output_names: tuple[str, ...]
    does: str
    loss_name: str
    files: Mapping[str, str]
    further: Mapping[str, Any] = field(default_factory=dict)

    def targets(self, rows: IntArray) -> Targets:
        """Return the targets where row i has the labels of row ``rows[i]``; (rows,) or (worlds, rows)."""
        return Targets(**{each.target: each.observed[rows] for each in self.predictands})

    @property
    def settled(self) -> Mapping[str, Any]:
        """Settings that a search leaves alone, because the task has no use for them."""
        return {} if self.heads.classes else settings_without_classes()

    @property
    def leading(self) -> Predictand:
        """The predictand by which networks are chosen."""
        return self.predictands[0]

    @property
    def worst(self) -> float:
        """The merit of networks that diverged."""
        return self.leading.worst

    def predicted(self, stack: FCNStack, features: FloatArray) -> FloatArray:
        """Return what every network predicts of the leading predictand, (members, rows, ...)."""
        return self.leading.scored(self.leading.said_by(stack, features))

    def merit(self, rows: IntArray, predicted: FloatArray) -> float:
        """Return the compared score of a prediction of some rows, errors with their sign turned."""
        score = self.leading.scores(self.leading.observed[rows], predicted)[self.leading.metric][0]
        return float(-score if self.leading.lower_is_better else score)

    def architecture(self, n_features: int) -> FCNArchitecture:
        """Return the shape of the networks."""
        return self.network.architecture(n_features, self.heads)

    def options(self, network: Network | None = None) -> TrainingOptions:
        """Return what members share in their training, of these or of other settings."""
        return (network or self.network).options(**self.further)


#: Tasks by the name that configurations know; each is made from the complete rows of a table.
TASKS: Registry[Callable[[FeatureTable, RunConfig], Task]] = Registry("task")


def tasks_of(table: FeatureTable, config: RunConfig) -> tuple[Task, ...]:
    """Return what a run asks.

    Raises
    ------
    InputError
        If a task or a rival is unknown, two tasks predict the same, or a setting of one does not fit.
    """
    tasks = tuple(TASKS[name](table, config) for name in config.tasks)
    predictands = [each for task in tasks for each in task.predictands]
    if len({each.name for each in predictands}) < len(predictands):
        raise InputError(
            "two tasks of a run predict the same", given=", ".join(config.tasks), action="ask each once"
        )
    for each in predictands:
        for name in each.asked:
            each.rival(name)
    return tasks
