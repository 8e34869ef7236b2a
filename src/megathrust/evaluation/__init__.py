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
    MagnitudePrediction,
    Prediction,
    magnitude_score_table,
    rupture_weights,
    score_table,
)
from megathrust.evaluation._magnitude_baselines import (
    MAGNITUDE_BASELINES,
    MagnitudeBaseline,
    magnitude_baseline,
)
from megathrust.evaluation._magnitude_ranges import (
    held_out_range_coverage,
    magnitude_margin,
    magnitude_range,
)
from megathrust.evaluation._magnitudes import magnitude_scores, quantile_scores
from megathrust.evaluation._nulls import (
    autoregressive_features,
    lag_one_correlation,
    p_value,
    shifted_rows,
)
from megathrust.evaluation._paired import paired_difference, paired_error_difference
from megathrust.evaluation._scores import classification_scores, confusion, predicted_class

__all__ = [
    "BASELINES",
    "MAGNITUDE_BASELINES",
    "MEAN_SCENARIO",
    "PERSISTENCE",
    "SCORE_COLUMNS",
    "ApplicabilityDomain",
    "Baseline",
    "MagnitudeBaseline",
    "MagnitudePrediction",
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
    "held_out_range_coverage",
    "lag_one_correlation",
    "magnitude_baseline",
    "magnitude_margin",
    "magnitude_range",
    "magnitude_score_table",
    "magnitude_scores",
    "majority_class",
    "nearest_segment",
    "p_value",
    "paired_difference",
    "paired_error_difference",
    "predicted_class",
    "quantile_scores",
    "region_prior",
    "rupture_weights",
    "score_table",
    "shifted_rows",
]
