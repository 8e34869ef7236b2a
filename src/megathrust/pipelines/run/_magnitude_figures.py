"""Figures of predicted magnitudes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from megathrust.evaluation import magnitude_range
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import MagnitudePredictand, ends_of
from megathrust.plots import MagnitudeInfo, magnitude_info, plot_magnitudes


@FIGURES.register("magnitudes")
@of_predictand(MagnitudePredictand)
def magnitudes(run: Run, judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[Drawing]:
    """Draw predicted against observed magnitude."""
    infos = list(_infos(run, judgement, predictand))
    yield Drawing(
        f"{predictand.name}s",
        f"{predictand.name}s",
        partial(plot_magnitudes, infos, quantity=predictand.quantity),
        f"Predicted against observed {predictand.name} of held-out segments, "
        "for the networks and their rivals.",
        run.caption,
        {info.model: info for info in infos},
    )


def _infos(run: Run, judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[MagnitudeInfo]:
    means, calibration = np.concatenate([own.mean(0) for own in judgement.said]), judgement.calibration
    ranges = np.column_stack(magnitude_range(*ends_of(means), calibration.value))
    for model in (NETWORK, *predictand.compared):
        if model in judgement.predictions:
            rows = np.concatenate([each.rows for each in judgement.predictions[model]])
            with_ranges = model == NETWORK and np.isfinite(calibration.value)
            yield magnitude_info(
                predictand.observed[rows],
                np.concatenate([each.predicted for each in judgement.predictions[model]]),
                model=model,
                ranges=ranges if with_ranges else None,
                coverage=calibration.coverage if with_ranges else None,
                ruptures=run.experiment.ruptures[rows] if run.experiment.table.is_magnitude() else None,
            )
