"""Explanation: what of a prediction is due to which feature, by relevance propagation and others."""

from megathrust.explanation._attributions import ATTRIBUTIONS, Attribution, AttributionOptions, Relevance
from megathrust.explanation._background import MEDOIDS, Background, make_background
from megathrust.explanation._canonical import Affine, CanonicalStack, canonical
from megathrust.explanation._coalitions import coalitions, occlusion, shapley
from megathrust.explanation._contrast import CONTRASTS, Contrast, make_contrast
from megathrust.explanation._explained import Explained, ExplainedModel, ExplainedStack
from megathrust.explanation._gradients import expected_gradients, gradient_times_input, integrated_gradients
from megathrust.explanation._lrp import centred_lrp, relative_lrp, relevance
from megathrust.explanation._rules import COMPOSITES, RULES, Link, Rule, Share, check_rule, hand_down

__all__ = [
    "ATTRIBUTIONS",
    "COMPOSITES",
    "CONTRASTS",
    "MEDOIDS",
    "RULES",
    "Affine",
    "Attribution",
    "AttributionOptions",
    "Background",
    "CanonicalStack",
    "Contrast",
    "Explained",
    "ExplainedModel",
    "ExplainedStack",
    "Link",
    "Relevance",
    "Rule",
    "Share",
    "canonical",
    "centred_lrp",
    "check_rule",
    "coalitions",
    "expected_gradients",
    "gradient_times_input",
    "hand_down",
    "integrated_gradients",
    "make_background",
    "make_contrast",
    "occlusion",
    "relative_lrp",
    "relevance",
    "shapley",
]
