"""Explanation of networks: Layer-wise Relevance Propagation and its rules."""

from megathrust.explanation._attributions import ATTRIBUTIONS, Relevance
from megathrust.explanation._canonical import Affine, CanonicalStack, canonical
from megathrust.explanation._lrp import relevance
from megathrust.explanation._rules import RULES, Rule

__all__ = [
    "ATTRIBUTIONS",
    "RULES",
    "Affine",
    "CanonicalStack",
    "Relevance",
    "Rule",
    "canonical",
    "relevance",
]
