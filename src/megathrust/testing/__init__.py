"""Synthetic worlds, slow plain oracles, contract suites."""
