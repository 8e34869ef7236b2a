"""Figures of predicted magnitudes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import MagnitudePredictand
from megathrust.plots import MagnitudeInfo, magnitude_info, plot_magnitudes


@FIGURES.register("magnitudes")
@of_predictand(MagnitudePredictand)
def magnitudes(run: Run, judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[Drawing]:
    """Draw predicted against observed magnitude."""
    yield Drawing(
        "magnitudes",
        "magnitudes",
        lambda: plot_magnitudes(list(_infos(judgement, predictand))),
        "Predicted against observed magnitude of held-out segments, for the networks and their rivals.",
        run.place,
    )


def _infos(judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[MagnitudeInfo]:
    means = np.concatenate([own.mean(0) for own in judgement.said])
    for model in (NETWORK, *predictand.compared):
        if model in judgement.predictions:
            rows = np.concatenate([each.rows for each in judgement.predictions[model]])
            with_quantiles = model == NETWORK and means.shape[1] > 1
            yield magnitude_info(
                predictand.observed[rows],
                np.concatenate([each.predicted for each in judgement.predictions[model]]),
                model=model,
                quantiles=means if with_quantiles else None,
                levels=predictand.levels,
            )
