"""Figures: compute numbers first, then draw."""

from megathrust.plots._associations import AssociationsInfo, associations_info, plot_associations
from megathrust.plots._benchmark import BenchmarkInfo, benchmark_info, plot_benchmark
from megathrust.plots._calibration import ReliabilityInfo, plot_reliability, reliability_info
from megathrust.plots._compared import ComparedInfo, compared_info, plot_compared
from megathrust.plots._confusion import ConfusionInfo, confusion_info, plot_confusion
from megathrust.plots._contrasts import ContrastInfo, contrast_info, plot_contrasts
from megathrust.plots._curves import TrainingCurve, plot_training_curves, training_curve_info
from megathrust.plots._dissimilarity import DissimilarityInfo, dissimilarity_info, plot_dissimilarity
from megathrust.plots._effects import (
    ClustersInfo,
    EffectsInfo,
    clusters_info,
    effects_info,
    plot_clusters,
    plot_effects,
)
from megathrust.plots._explanation import (
    AgreementInfo,
    RankingInfo,
    RegionHeatInfo,
    plot_agreement,
    plot_ranking,
    plot_region_heat,
    ranking_info,
    region_heat_info,
)
from megathrust.plots._family_cuts import plot_family_cuts
from megathrust.plots._family_losses import plot_family_losses
from megathrust.plots._land import load_land, load_plate_boundaries
from megathrust.plots._magnitudes import MagnitudeInfo, magnitude_info, plot_magnitudes
from megathrust.plots._map_axes import add_graticule, add_land, add_scale_bar, region_axes, world_axes
from megathrust.plots._map_layers import (
    add_plate_boundaries,
    add_region_name,
    add_segments,
    add_slab_contours,
    add_teeth,
    add_volcanoes,
)
from megathrust.plots._map_numbers import RegionPanel, TrenchMapInfo, trench_map_info
from megathrust.plots._map_panels import MapLayers, region_map
from megathrust.plots._maps import plot_outcome_map, plot_trench_map, plot_world_map
from megathrust.plots._molchan import plot_molchan
from megathrust.plots._outcome_numbers import OutcomeMapInfo, outcome_map_info
from megathrust.plots._protocols import plot_protocol_scores
from megathrust.plots._region_scores import RegionScoresInfo, plot_region_scores, region_scores_info
from megathrust.plots._relevance import plot_relevance
from megathrust.plots._relevance_numbers import (
    RelevanceInfo,
    relevance_by_segment,
    relevance_info,
    strongest_relevance,
)
from megathrust.plots._relief import add_relief
from megathrust.plots._rupture_layer import (
    add_ruptures,
    interface_rupture_width,
    rupture_extents,
    rupture_outline,
)
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
from megathrust.plots._strip_numbers import TrenchStripInfo, trench_strip_info
from megathrust.plots._strips import plot_trench_strips
from megathrust.plots._value_styles import (
    ValueStyle,
    class_style,
    fold_style,
    magnitude_style,
    outcome_style,
    probability_style,
    relevance_style,
    spread_style,
    value_style,
)

__all__ = [
    "NULL_MODEL",
    "SCORE_COLUMNS",
    "TRIAL_COLUMNS",
    "AgreementInfo",
    "AssociationsInfo",
    "BenchmarkInfo",
    "ClustersInfo",
    "ComparedInfo",
    "ConfusionInfo",
    "ContrastInfo",
    "DissimilarityInfo",
    "EffectsInfo",
    "ExclusionScoresInfo",
    "InnerOuter",
    "MagnitudeInfo",
    "MapLayers",
    "OutcomeMapInfo",
    "ParallelCoordinates",
    "ParameterImportance",
    "RankingInfo",
    "RegionHeatInfo",
    "RegionPanel",
    "RegionScoresInfo",
    "RelevanceInfo",
    "ReliabilityInfo",
    "ScenarioScoresInfo",
    "SearchHistory",
    "TrainingCurve",
    "TrenchMapInfo",
    "TrenchStripInfo",
    "ValueStyle",
    "add_graticule",
    "add_land",
    "add_plate_boundaries",
    "add_region_name",
    "add_relief",
    "add_ruptures",
    "add_scale_bar",
    "add_segments",
    "add_slab_contours",
    "add_teeth",
    "add_volcanoes",
    "associations_info",
    "benchmark_info",
    "class_style",
    "clusters_info",
    "compared_info",
    "confusion_info",
    "contrast_info",
    "dissimilarity_info",
    "effects_info",
    "exclusion_scores_info",
    "fold_style",
    "inner_outer_info",
    "interface_rupture_width",
    "load_land",
    "load_plate_boundaries",
    "magnitude_info",
    "magnitude_style",
    "outcome_map_info",
    "outcome_style",
    "parallel_coordinates_info",
    "parameter_importance_info",
    "plot_agreement",
    "plot_associations",
    "plot_benchmark",
    "plot_clusters",
    "plot_compared",
    "plot_confusion",
    "plot_contrasts",
    "plot_dissimilarity",
    "plot_effects",
    "plot_exclusion_scores",
    "plot_family_cuts",
    "plot_family_losses",
    "plot_inner_outer",
    "plot_magnitudes",
    "plot_molchan",
    "plot_outcome_map",
    "plot_parallel_coordinates",
    "plot_parameter_importance",
    "plot_protocol_scores",
    "plot_ranking",
    "plot_region_heat",
    "plot_region_scores",
    "plot_relevance",
    "plot_reliability",
    "plot_scenario_scores",
    "plot_search_history",
    "plot_training_curves",
    "plot_trench_map",
    "plot_trench_strips",
    "plot_world_map",
    "probability_style",
    "ranking_info",
    "region_axes",
    "region_heat_info",
    "region_map",
    "region_scores_info",
    "relevance_by_segment",
    "relevance_info",
    "relevance_style",
    "reliability_info",
    "rupture_extents",
    "rupture_outline",
    "save_figure",
    "scenario_scores_info",
    "search_history_info",
    "spread_style",
    "strongest_relevance",
    "training_curve_info",
    "trench_map_info",
    "trench_strip_info",
    "value_style",
    "world_axes",
]
