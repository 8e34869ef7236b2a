"""Saved models applied to tables, and explained on them."""

from megathrust.pipelines.predict._explain import explain
from megathrust.pipelines.predict._predict import predict

__all__ = ["explain", "predict"]
