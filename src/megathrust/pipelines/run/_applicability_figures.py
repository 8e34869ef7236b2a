"""Figures of where networks apply: their error against dissimilarity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from megathrust.core import FloatArray
from megathrust.evaluation import Prediction, log_losses, pooled
from megathrust.pipelines.experiment import NETWORK, Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._likeness import held_out_likeness
from megathrust.pipelines.tasks import ClassPredictand, MagnitudePredictand
from megathrust.plots import dissimilarity_info, plot_dissimilarity


@FIGURES.register("log loss by dissimilarity")
@of_predictand(ClassPredictand)
def log_loss(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw the log loss of classes against dissimilarity."""

    def error(said: Prediction) -> FloatArray:
        return log_losses(predictand.observed[said.rows], said.predicted)

    # A lookup says 0 or 1: its log loss is that of its misses, and tells the floor more than anything.
    rivals = tuple(name for name in predictand.compared if name != "nearest segment")
    yield _drawing(run, "dissimilarity", "log loss", _errors(judgement, rivals, error))


@FIGURES.register("magnitude error by dissimilarity")
@of_predictand(MagnitudePredictand)
def magnitude_error(run: Run, judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[Drawing]:
    """Draw the error of magnitudes against dissimilarity, over segments with an event."""

    def error(said: Prediction) -> FloatArray:
        return np.abs(predictand.observed[said.rows] - predictand.scored(said.predicted))

    errors = _errors(judgement, predictand.compared, error)
    yield _drawing(run, f"dissimilarity_{predictand.name}", f"error of {predictand.quantity}", errors)


def _errors(
    judgement: Judgement, compared: tuple[str, ...], error: Callable[[Prediction], FloatArray]
) -> dict[str, FloatArray]:
    models = [name for name in (NETWORK, *compared) if name in judgement.predictions]
    return {name: error(pooled(judgement.predictions[name])) for name in models}


def _drawing(run: Run, name: str, quantity: str, errors: Mapping[str, FloatArray]) -> Drawing:
    likeness = held_out_likeness(run)
    known = np.isfinite(np.stack(list(errors.values()))).all(0)
    rows = np.concatenate([fold.test for fold in run.experiment.folds])
    info = dissimilarity_info(
        np.concatenate(likeness.dissimilarity)[known],
        {model: values[known] for model, values in errors.items()},
        outside=np.concatenate(likeness.outside)[known],
        weights=run.experiment.weights[:, rows[known]],
        threshold=likeness.domain.threshold,
        quantity=quantity,
    )
    return Drawing(
        "dissimilarity",
        name,
        partial(plot_dissimilarity, info),
        f"Mean {quantity} of held-out segments in bins of their dissimilarity to the training segments, for "
        "the networks, with a 95 % band from a bootstrap over ruptures, and their rivals.",
        run.caption,
        info,
    )
