"""Forecasts that later events can refute: made from labels to a day, sealed, and scored."""

from megathrust.pipelines.forecast._events import (
    catalogue_of,
    events_near_trenches,
    independent_ruptures,
    segments_of,
)
from megathrust.pipelines.forecast._files import read_forecast, write_forecast
from megathrust.pipelines.forecast._hindcast import Hindcast, hindcast, run_hindcast
from megathrust.pipelines.forecast._labels import labels_until
from megathrust.pipelines.forecast._make import Forecast, ForecastOptions, make_forecast
from megathrust.pipelines.forecast._score import ForecastScore, score_forecast

__all__ = [
    "Forecast",
    "ForecastOptions",
    "ForecastScore",
    "Hindcast",
    "catalogue_of",
    "events_near_trenches",
    "hindcast",
    "independent_ruptures",
    "labels_until",
    "make_forecast",
    "read_forecast",
    "run_hindcast",
    "score_forecast",
    "segments_of",
    "write_forecast",
]
