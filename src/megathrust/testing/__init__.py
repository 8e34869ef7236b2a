"""Synthetic worlds, slow plain oracles, contract suites."""

from megathrust.testing._contracts import check_inner_splitter, check_splitter
from megathrust.testing._events import plain_labels, plain_match_events
from megathrust.testing._feature_oracles import plain_low_pass, plain_normal_gravity, plain_smooth
from megathrust.testing._geometry_oracles import cells_by_polygon, locate_brute_force, plain_statistics
from megathrust.testing._head_oracles import PlainEncoding, PlainThresholds, plain_loss, plain_probabilities
from megathrust.testing._kind_contracts import check_attribution, check_baseline, check_null
from megathrust.testing._neighbour_oracles import plain_neighbour_log_odds
from megathrust.testing._network_oracles import plain_network, relevance_plainly, train_plainly
from megathrust.testing._questions import ClassQuestion
from megathrust.testing._relevance_oracles import (
    plain_integrated_gradients,
    plain_rule_relevance,
    plain_shapley,
)
from megathrust.testing._safeguard_oracles import (
    plain_applicability_threshold,
    plain_conformal_threshold,
    plain_dissimilarity,
)
from megathrust.testing._search_oracles import plain_inner_score
from megathrust.testing._sharing_oracles import plain_group, train_group_plainly
from megathrust.testing._sign_oracles import plain_corrected, plain_cosines, plain_scores
from megathrust.testing._split_oracles import plain_distance_mismatch
from megathrust.testing._worlds import synthetic_table, tiny_settings

__all__ = [
    "ClassQuestion",
    "PlainEncoding",
    "PlainThresholds",
    "cells_by_polygon",
    "check_attribution",
    "check_baseline",
    "check_inner_splitter",
    "check_null",
    "check_splitter",
    "locate_brute_force",
    "plain_applicability_threshold",
    "plain_conformal_threshold",
    "plain_corrected",
    "plain_cosines",
    "plain_dissimilarity",
    "plain_distance_mismatch",
    "plain_group",
    "plain_inner_score",
    "plain_integrated_gradients",
    "plain_labels",
    "plain_loss",
    "plain_low_pass",
    "plain_match_events",
    "plain_neighbour_log_odds",
    "plain_network",
    "plain_normal_gravity",
    "plain_probabilities",
    "plain_rule_relevance",
    "plain_scores",
    "plain_shapley",
    "plain_smooth",
    "plain_statistics",
    "relevance_plainly",
    "synthetic_table",
    "tiny_settings",
    "train_group_plainly",
    "train_plainly",
]
