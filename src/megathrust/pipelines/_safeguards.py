"""What warns a reader of predictions: the domain of applicability and the class sets of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from megathrust.core import FloatArray, InputError, ModelError
from megathrust.evaluation import (
    ApplicabilityDomain,
    Prediction,
    conformal_threshold,
    fit_applicability,
    held_out_coverage,
)
from megathrust.models import SavedModel
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import Problem
from megathrust.splits import Fold

# Names of a model's arrays.
_DOMAIN = "applicability."
_THRESHOLD = "class_sets.threshold"


@dataclass(frozen=True)
class Safeguards:
    """What a run learned about how far its predictions go.

    Attributes
    ----------
    domain : ApplicabilityDomain
        Where the model may be applied.
    weights : str
        Where the weights of the features come from.
    class_threshold : float
        See `conformal_threshold`.
    coverage : float
        Promised share of segments whose class set holds the observed class.
    groups : str
        What counts as one observation: ``"rupture"`` or ``"region"``.
    held_out : DataFrame
        Measured coverage of each region with the others as calibration; see `held_out_coverage`.
    """

    domain: ApplicabilityDomain
    weights: str
    class_threshold: float
    coverage: float
    groups: str
    held_out: pd.DataFrame

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is stored with the model."""
        return {**self.domain_arrays(), _THRESHOLD: np.array([self.class_threshold])}

    def domain_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is stored with a model that has no classes."""
        return {_DOMAIN + name: array for name, array in self.domain.to_arrays().items()}

    def notes(self) -> dict[str, Any]:
        """Return what the model card and the record of the run tell."""
        return {
            "applicability": {"threshold": self.domain.threshold, "weights": self.weights},
            "class_sets": {
                "coverage": self.coverage,
                "groups": self.groups,
                # JSON knows no infinity: none says that every set holds every class.
                "threshold": _finite(self.class_threshold),
                "held_out": [
                    {**row, "threshold": _finite(row["threshold"])}
                    for row in self.held_out.to_dict("records")
                ],
            },
        }

    def sentence(self) -> str:
        """Return the measured coverage in one line."""
        ordered = self.held_out.sort_values("coverage")
        regions, shares = ordered["region"].tolist(), ordered["coverage"].tolist()
        return (
            f"Class sets made for {self.coverage:.0%} coverage hold the observed class in {shares[0]:.0%} "
            f"({regions[0]}) to {shares[-1]:.0%} ({regions[-1]}) of the segments of a region left out of the "
            "calibration."
        )


def find_safeguards(
    problem: Problem,
    folds: Sequence[Fold],
    predictions: Sequence[Prediction],
    relevance: xr.Dataset,
    config: RunConfig,
) -> Safeguards:
    """Learn applicability from the training rows and class sets from the held-out predictions of a run.

    Parameters
    ----------
    problem : Problem
        Rows of the run.
    folds : sequence of Fold
        Its folds.
    predictions : sequence of Prediction
        Of the networks, one per fold.
    relevance : Dataset
        Its mean absolute value weighs the features where the configuration asks for it.
    config : RunConfig
        Configuration of the run.
    """
    weights = None
    if config.applicability.weights == "relevance":
        weights = abs(relevance["relevance"]).mean(["member", "class", "segment"]).to_numpy()
    domain = fit_applicability(problem.features, [(fold.train, fold.test) for fold in folds], weights=weights)
    rows = np.concatenate([prediction.rows for prediction in predictions])
    probabilities = np.concatenate([prediction.probabilities for prediction in predictions])
    region = problem.rows.region[rows]
    groups = problem.ruptures[rows] if config.class_sets.groups == "rupture" else region
    classes, coverage = problem.classes[rows], config.class_sets.coverage
    return Safeguards(
        domain,
        config.applicability.weights,
        conformal_threshold(probabilities, classes, groups, coverage=coverage),
        coverage,
        config.class_sets.groups,
        held_out_coverage(probabilities, classes, groups, region, coverage=coverage),
    )


def stored_domain(model: SavedModel) -> ApplicabilityDomain | None:
    """Return the domain of applicability of a saved model, none where it was saved without.

    Raises
    ------
    ModelError
        If the stored arrays do not fit each other or the model.
    """
    arrays = _with_prefix(model.arrays, _DOMAIN)
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


def stored_class_threshold(model: SavedModel) -> float | None:
    """Return the threshold of the class sets of a saved model, none where it was saved without."""
    stored: FloatArray | None = model.arrays.get(_THRESHOLD)
    return None if stored is None else float(stored.item())


def _with_prefix(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
