"""Explanations of whole tables and runs, and what they are checked by."""

from megathrust.pipelines.relevance._dataset import families_of, relevance_dataset, summed

__all__ = ["families_of", "relevance_dataset", "summed"]
