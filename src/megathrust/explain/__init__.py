"""Layer-wise Relevance Propagation."""

from megathrust.explain._canonical import Affine, CanonicalStack, canonical
from megathrust.explain._lrp import Relevance, relevance

__all__ = ["Affine", "CanonicalStack", "Relevance", "canonical", "relevance"]
