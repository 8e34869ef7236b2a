"""The domain of applicability of a run's networks, as a model keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from megathrust.core import FloatArray, InputError, ModelError
from megathrust.evaluation import ApplicabilityDomain, fit_applicability
from megathrust.models import SavedModel
from megathrust.pipelines.experiment._experiment import Experiment

# Names of a model's arrays begin so.
_DOMAIN = "applicability."


def find_domain(experiment: Experiment, weights: FloatArray | None) -> ApplicabilityDomain:
    """Learn from the training rows where the networks may be applied.

    Parameters
    ----------
    experiment : Experiment
    weights : ndarray, shape (features,), optional
        How much each feature counts; all the same by default.
    """
    folds = [(fold.train, fold.test) for fold in experiment.folds]
    return fit_applicability(experiment.rows.features, folds, weights=weights)


def domain_arrays(domain: ApplicabilityDomain) -> dict[str, npt.NDArray[Any]]:
    """Return what is stored with a model."""
    return {_DOMAIN + name: array for name, array in domain.to_arrays().items()}


def stored_domain(model: SavedModel) -> ApplicabilityDomain | None:
    """Return the domain of applicability of a saved model, none where it was saved without.

    Raises
    ------
    ModelError
        If the stored arrays do not fit each other or the model.
    """
    arrays = _without_prefix(model.arrays)
    if not arrays:
        return None
    try:
        domain = ApplicabilityDomain.from_arrays(arrays)
    except InputError as error:
        raise ModelError(
            "the domain of applicability of the model cannot be used", given=str(error).rstrip(".")
        ) from error
    if domain.reference.shape[1] != len(model.feature_names):
        raise ModelError(
            "the domain of applicability of the model has another number of features",
            given=domain.reference.shape[1],
            allowed=len(model.feature_names),
        )
    return domain


def _without_prefix(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(_DOMAIN): array for name, array in arrays.items() if name.startswith(_DOMAIN)}
