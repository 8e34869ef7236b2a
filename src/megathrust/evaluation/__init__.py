"""Scores, baselines, applicability and class sets, on arrays."""

from megathrust.evaluation._alarms import (
    LEAST_EVENTS,
    Gain,
    MolchanCurve,
    area_skill_p_value,
    gambling_score,
    information_gain,
    molchan_curve,
)
from megathrust.evaluation._applicability import ApplicabilityDomain, fit_applicability
from megathrust.evaluation._baselines import (
    BASELINES,
    DEFAULT_RIVALS,
    EXPERT,
    GUESS,
    LOOKUPS,
    PERSISTENCE,
    Baseline,
    Rows,
    nearest_segment,
    region_prior,
)
from megathrust.evaluation._censored import censored_log_score
from megathrust.evaluation._conformal import (
    class_coverage,
    class_sets,
    class_thresholds,
    conformal_threshold,
    coverage_band,
    held_out_coverage,
)
from megathrust.evaluation._expert import MAXIMUM_MAGNITUDES, expert_magnitudes
from megathrust.evaluation._family_signs import FamilySigns, held_out_family_signs
from megathrust.evaluation._held_out import HeldOutSigns, held_out_signs
from megathrust.evaluation._intervals import (
    MEAN_SCENARIO,
    POOLED_SCENARIO,
    SCORE_COLUMNS,
    Prediction,
    ScoreFunction,
    bootstrap_units,
    pooled,
    rupture_weights,
    score_table,
)
from megathrust.evaluation._magnitude_baselines import (
    MAGNITUDE_BASELINES,
    MagnitudeBaseline,
    with_known_magnitudes,
)
from megathrust.evaluation._magnitude_ranges import (
    held_out_range_coverage,
    magnitude_margin,
    magnitude_range,
)
from megathrust.evaluation._magnitudes import magnitude_scores, quantile_scores
from megathrust.evaluation._neighbours import neighbour_log_odds
from megathrust.evaluation._outside_rivals import OUTSIDE_RIVALS, require_rival
from megathrust.evaluation._p_value import p_value, sequential_p_value
from megathrust.evaluation._paired import paired_difference
from megathrust.evaluation._rate_features import PlacesPosterior, places_posterior
from megathrust.evaluation._rates import Catalogue, RateDraws, draw_rates, probability, region_tail
from megathrust.evaluation._scores import classification_scores, confusion, log_losses, predicted_class
from megathrust.evaluation._sign_test import (
    SignTest,
    family_p_values,
    rupture_scores,
    sign_test,
    trench_ranks,
)
from megathrust.evaluation._temperature import TEMPERATURES, fit_temperature

__all__ = [
    "BASELINES",
    "DEFAULT_RIVALS",
    "EXPERT",
    "GUESS",
    "LEAST_EVENTS",
    "LOOKUPS",
    "MAGNITUDE_BASELINES",
    "MAXIMUM_MAGNITUDES",
    "MEAN_SCENARIO",
    "OUTSIDE_RIVALS",
    "PERSISTENCE",
    "POOLED_SCENARIO",
    "SCORE_COLUMNS",
    "TEMPERATURES",
    "ApplicabilityDomain",
    "Baseline",
    "Catalogue",
    "FamilySigns",
    "Gain",
    "HeldOutSigns",
    "MagnitudeBaseline",
    "MolchanCurve",
    "PlacesPosterior",
    "Prediction",
    "RateDraws",
    "Rows",
    "ScoreFunction",
    "SignTest",
    "area_skill_p_value",
    "bootstrap_units",
    "censored_log_score",
    "class_coverage",
    "class_sets",
    "class_thresholds",
    "classification_scores",
    "conformal_threshold",
    "confusion",
    "coverage_band",
    "draw_rates",
    "expert_magnitudes",
    "family_p_values",
    "fit_applicability",
    "fit_temperature",
    "gambling_score",
    "held_out_coverage",
    "held_out_family_signs",
    "held_out_range_coverage",
    "held_out_signs",
    "information_gain",
    "log_losses",
    "magnitude_margin",
    "magnitude_range",
    "magnitude_scores",
    "molchan_curve",
    "nearest_segment",
    "neighbour_log_odds",
    "p_value",
    "paired_difference",
    "places_posterior",
    "pooled",
    "predicted_class",
    "probability",
    "quantile_scores",
    "region_prior",
    "region_tail",
    "require_rival",
    "rupture_scores",
    "rupture_weights",
    "score_table",
    "sequential_p_value",
    "sign_test",
    "trench_ranks",
    "with_known_magnitudes",
]
