"""What an explanation of networks that are trained to be explained is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from megathrust.explanation import AttributionOptions, Relevance
from megathrust.models import FCNStack
from megathrust.pipelines.relevance._stack import ENCODING_NAMES, HeldOut, explain_held_out
from megathrust.splits import Fold
from megathrust.table import FeatureTable


@dataclass(frozen=True)
class Asked:
    """What an explanation is made of.

    Attributes
    ----------
    table : FeatureTable
        Complete rows.
    folds : sequence of Fold
    whole_ruptures : bool
        Whether no rupture lies both in training and in test rows of a fold.
    stacks : mapping of str to FCNStack
        By encoding, as many members for every fold, fold by fold.
    observed : ndarray, shape (rows,)
        Class or magnitude.
    methods : sequence of str
        Of `megathrust.explanation.ATTRIBUTIONS`, the leading one first.
    options : AttributionOptions
    contrast : str
    randomised : mapping of str to FCNStack
        By encoding, networks that were trained on labels that know nothing of the features; may be empty.
    number : tuple of str
        Name and unit of what the networks predict that is no class.
    """

    table: FeatureTable
    folds: Sequence[Fold]
    whole_ruptures: bool
    stacks: Mapping[str, FCNStack]
    observed: np.ndarray
    methods: Sequence[str]
    options: AttributionOptions
    contrast: str = "log-odds"
    randomised: Mapping[str, FCNStack] = field(default_factory=dict)
    number: tuple[str, str] = ("magnitude", "Mw")

    @property
    def per_fold(self) -> int:
        """Networks of one encoding per fold."""
        return next(iter(self.stacks.values())).members // len(self.folds)

    @property
    def encodings(self) -> list[str]:
        """The encoding of every member of all stacks, in words."""
        return [ENCODING_NAMES.get(name, name) for name in self.stacks for _ in range(self.per_fold)]

    @property
    def scenarios(self) -> np.ndarray:
        """The fold that tests each held-out row."""
        return np.repeat([fold.name for fold in self.folds], [len(fold.test) for fold in self.folds])

    def explain(self, stack: FCNStack, held_out: HeldOut, method: str) -> Relevance:
        """Explain the held-out rows by the networks of one stack that never saw them."""
        return explain_held_out(
            stack,
            self.table.features(),
            self.folds,
            held_out.backgrounds,
            method,
            self.options,
            contrast=self.contrast,
        )
