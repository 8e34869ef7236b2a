"""Figures: compute numbers first, then draw."""

from megathrust.plots._calibration import ReliabilityInfo, plot_reliability, reliability_info
from megathrust.plots._confusion import ConfusionInfo, confusion_info, plot_confusion
from megathrust.plots._curves import TrainingCurve, plot_training_curves, training_curve_info
from megathrust.plots._land import load_land
from megathrust.plots._magnitudes import MagnitudeInfo, magnitude_info, plot_magnitudes
from megathrust.plots._map_numbers import RegionPanel, TrenchMapInfo, trench_map_info
from megathrust.plots._maps import (
    OutcomeMapInfo,
    outcome_map_info,
    plot_outcome_map,
    plot_trench_map,
    plot_world_map,
)
from megathrust.plots._projection import MapProjection
from megathrust.plots._relevance import plot_relevance
from megathrust.plots._relevance_numbers import RelevanceInfo, relevance_info, strongest_relevance
from megathrust.plots._save import save_figure
from megathrust.plots._score_numbers import (
    NULL_MODEL,
    SCORE_COLUMNS,
    ExclusionScoresInfo,
    ScenarioScoresInfo,
    exclusion_scores_info,
    scenario_scores_info,
)
from megathrust.plots._scores import plot_exclusion_scores, plot_scenario_scores
from megathrust.plots._search import (
    plot_inner_outer,
    plot_parallel_coordinates,
    plot_parameter_importance,
    plot_search_history,
)
from megathrust.plots._search_numbers import (
    TRIAL_COLUMNS,
    InnerOuter,
    ParallelCoordinates,
    ParameterImportance,
    SearchHistory,
    inner_outer_info,
    parallel_coordinates_info,
    parameter_importance_info,
    search_history_info,
)

__all__ = [
    "NULL_MODEL",
    "SCORE_COLUMNS",
    "TRIAL_COLUMNS",
    "ConfusionInfo",
    "ExclusionScoresInfo",
    "InnerOuter",
    "MagnitudeInfo",
    "MapProjection",
    "OutcomeMapInfo",
    "ParallelCoordinates",
    "ParameterImportance",
    "RegionPanel",
    "RelevanceInfo",
    "ReliabilityInfo",
    "ScenarioScoresInfo",
    "SearchHistory",
    "TrainingCurve",
    "TrenchMapInfo",
    "confusion_info",
    "exclusion_scores_info",
    "inner_outer_info",
    "load_land",
    "magnitude_info",
    "outcome_map_info",
    "parallel_coordinates_info",
    "parameter_importance_info",
    "plot_confusion",
    "plot_exclusion_scores",
    "plot_inner_outer",
    "plot_magnitudes",
    "plot_outcome_map",
    "plot_parallel_coordinates",
    "plot_parameter_importance",
    "plot_relevance",
    "plot_reliability",
    "plot_scenario_scores",
    "plot_search_history",
    "plot_training_curves",
    "plot_trench_map",
    "plot_world_map",
    "relevance_info",
    "reliability_info",
    "save_figure",
    "scenario_scores_info",
    "search_history_info",
    "strongest_relevance",
    "training_curve_info",
    "trench_map_info",
]
