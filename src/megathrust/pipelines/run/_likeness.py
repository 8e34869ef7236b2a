"""How unlike the rows that its networks were fitted on each held-out row of a run is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megathrust.core import BoolArray, FloatArray
from megathrust.evaluation import ApplicabilityDomain
from megathrust.pipelines.experiment import find_domain
from megathrust.pipelines.run._folder import Run


@dataclass(frozen=True)
class Likeness:
    """Held-out rows against the training rows of their own fold.

    Attributes
    ----------
    domain : ApplicabilityDomain
        Of all training rows, for its limits.
    dissimilarity, outside : tuple of ndarray, each (test rows,)
        One per fold: the index, and whether the networks of the fold do not apply.
    """

    domain: ApplicabilityDomain
    dissimilarity: tuple[FloatArray, ...]
    outside: tuple[BoolArray, ...]


def feature_weights(run: Run) -> FloatArray | None:
    """Return the mean absolute relevance of every feature, where the configuration asks for it."""
    if run.config.applicability.weights == "none":
        return None
    absolute = abs(run.relevance["relevance"])
    return np.asarray(absolute.mean(["member", "class", "segment"]).to_numpy())


def held_out_likeness(run: Run) -> Likeness:
    """Compare the test rows of each fold with its training rows."""
    features, folds = run.experiment.rows.features, run.experiment.folds
    domain = find_domain(run.experiment, feature_weights(run))
    pairs = [(features[fold.test], features[fold.train]) for fold in folds]
    return Likeness(
        domain,
        tuple(domain.dissimilarity(test, to=train) for test, train in pairs),
        tuple(~domain.applicable(test, to=train) for test, train in pairs),
    )
