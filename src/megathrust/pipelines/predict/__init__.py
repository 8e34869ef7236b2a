"""Saved models applied to tables."""

from megathrust.pipelines.predict._predict import predict

__all__ = ["predict"]
