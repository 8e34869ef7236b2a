"""Saved models applied to tables, explained on them, and maps of tables and predictions."""

from megathrust.pipelines.predict._explain import explain
from megathrust.pipelines.predict._map import draw_map
from megathrust.pipelines.predict._predict import predict
from megathrust.pipelines.predict._usable import has_numbers

__all__ = ["draw_map", "explain", "has_numbers", "predict"]
