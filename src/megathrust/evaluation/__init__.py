"""Scores, baselines and nulls, on arrays."""

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
    "Baseline",
    "Prediction",
    "Rows",
    "autoregressive_features",
    "baseline",
    "classification_scores",
    "confusion",
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
