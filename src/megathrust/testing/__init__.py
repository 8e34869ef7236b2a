"""Synthetic worlds, slow plain oracles, contract suites."""

from megathrust.testing._events import plain_labels, plain_match_events

__all__ = ["plain_labels", "plain_match_events"]
