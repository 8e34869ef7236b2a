"""Explanation: what of a prediction is due to which feature, by relevance propagation and others."""

from megathrust.explanation._attributions import ATTRIBUTIONS, Attribution, AttributionOptions, Relevance
from megathrust.explanation._background import MEDOIDS, Background, make_background
from megathrust.explanation._canonical import Affine, CanonicalStack, canonical
from megathrust.explanation._checks import (
    FILLS,
    complexity,
    conservation,
    feature_flipping,
    left_over,
    parameter_randomisation,
    sparseness,
)
from megathrust.explanation._clusters import FeatureClusters, feature_clusters
from megathrust.explanation._coalitions import coalitions, occlusion, shapley
from megathrust.explanation._contrast import CONTRASTS, Contrast, make_contrast
from megathrust.explanation._effects import AccumulatedEffect, accumulated_effect
from megathrust.explanation._explained import Explained, ExplainedModel, ExplainedStack
from megathrust.explanation._gradients import expected_gradients, gradient_times_input, integrated_gradients
from megathrust.explanation._lrp import centred_lrp, relative_lrp, relevance
from megathrust.explanation._rankings import (
    rank_agreement,
    rank_correlation,
    relevance_spread,
    spread_sources,
)
from megathrust.explanation._rules import COMPOSITES, RULES, Link, Rule, Share, check_rule, hand_down
from megathrust.explanation._seed_study import NORMALISATIONS, Normalisation, seed_study_relevance
from megathrust.explanation._without_networks import (
    RankLogistic,
    fit_rank_logistic,
    stability_selection,
    tree_permutation,
)

__all__ = [
    "ATTRIBUTIONS",
    "COMPOSITES",
    "CONTRASTS",
    "FILLS",
    "MEDOIDS",
    "NORMALISATIONS",
    "RULES",
    "AccumulatedEffect",
    "Affine",
    "Attribution",
    "AttributionOptions",
    "Background",
    "CanonicalStack",
    "Contrast",
    "Explained",
    "ExplainedModel",
    "ExplainedStack",
    "FeatureClusters",
    "Link",
    "Normalisation",
    "RankLogistic",
    "Relevance",
    "Rule",
    "Share",
    "accumulated_effect",
    "canonical",
    "centred_lrp",
    "check_rule",
    "coalitions",
    "complexity",
    "conservation",
    "expected_gradients",
    "feature_clusters",
    "feature_flipping",
    "fit_rank_logistic",
    "gradient_times_input",
    "hand_down",
    "integrated_gradients",
    "left_over",
    "make_background",
    "make_contrast",
    "occlusion",
    "parameter_randomisation",
    "rank_agreement",
    "rank_correlation",
    "relative_lrp",
    "relevance",
    "relevance_spread",
    "seed_study_relevance",
    "shapley",
    "sparseness",
    "spread_sources",
    "stability_selection",
    "tree_permutation",
]
