"""Scores, baselines, nulls, applicability and class sets, on arrays."""

from megathrust.evaluation._applicability import ApplicabilityDomain, fit_applicability
from megathrust.evaluation._baselines import (
    BASELINES,
    PERSISTENCE,
    Baseline,
    Rows,
    baseline,
    majority_class,
    nearest_segment,
    region_prior,
)
from megathrust.evaluation._conformal import class_sets, conformal_threshold, held_out_coverage
from megathrust.evaluation._intervals import (
    MEAN_SCENARIO,
    SCORE_COLUMNS,
    Prediction,
    rupture_weights,
    score_table,
)
from megathrust.evaluation._nulls import (
    autoregressive_features,
    lag_one_correlation,
    p_value,
    shifted_rows,
)
from megathrust.evaluation._paired import paired_difference
from megathrust.evaluation._scores import classification_scores, confusion, predicted_class

__all__ = [
    "BASELINES",
    "MEAN_SCENARIO",
    "PERSISTENCE",
    "SCORE_COLUMNS",
    "ApplicabilityDomain",
    "Baseline",
    "Prediction",
    "Rows",
    "autoregressive_features",
    "baseline",
    "class_sets",
    "classification_scores",
    "conformal_threshold",
    "confusion",
    "fit_applicability",
    "held_out_coverage",
    "lag_one_correlation",
    "majority_class",
    "nearest_segment",
    "p_value",
    "paired_difference",
    "predicted_class",
    "region_prior",
    "rupture_weights",
    "score_table",
    "shifted_rows",
]
