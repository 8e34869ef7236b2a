"""Scores, baselines and nulls, on arrays."""
