"""Held-out signs of every model: only where no rupture reaches from training into a test chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from megathrust.core import FloatArray, InputError
from megathrust.evaluation import HeldOutSigns, Prediction, held_out_signs, neighbour_log_odds
from megathrust.pipelines.experiment._experiment import Experiment

# Nearer than this the nearest label and extra trees reject without a signal (docs/claims.md).
_LEAST_KM = 100.0
# Without a signal a test at this level rejects no more often.
_LEVEL = 0.05


def signs_are_valid(experiment: Experiment) -> bool:
    """Return whether the protocol keeps ruptures whole and far enough from the tested chunks."""
    splitter = experiment.splitter
    return splitter.whole_ruptures and _LEAST_KM <= splitter.exclusion_km < np.inf


def signs_of(
    experiment: Experiment,
    predictions: Sequence[Prediction],
    labels: FloatArray | None = None,
    *,
    beyond: Sequence[FloatArray] | None = None,
) -> HeldOutSigns | None:
    """Return what the signs say of one model; none where no chunk holds two labels and two predictions.

    ``labels`` are those of another world; otherwise 1 where the highest class was observed.
    """
    observed = (experiment.highest if labels is None else labels).astype(np.float64)
    try:
        return held_out_signs(
            predictions, observed, experiment.rows.region, experiment.rows.s_km, beyond=beyond
        )
    except InputError:
        return None


def neighbours_of(experiment: Experiment) -> dict[str, FloatArray]:
    """Return what training labels along the trench say of the test rows of every fold, by its name."""
    rows = experiment.rows
    return {
        fold.name: neighbour_log_odds(
            experiment.highest,
            experiment.ruptures,
            rows.region,
            rows.s_km,
            fold.train,
            exclusion_km=experiment.splitter.exclusion_km,
        )[fold.test]
        for fold in experiment.folds
    }


def sign_sentences(
    experiment: Experiment, predictions: Mapping[str, Sequence[Prediction]], null_p: FloatArray
) -> tuple[str, ...]:
    """Return what the signs say of every model's predictions, plainly and beyond the neighbours' labels.

    ``null_p`` are those of networks in worlds without a signal: how often the signs err.
    """
    if np.isinf(experiment.splitter.exclusion_km):
        return (
            "Signs of held-out predictions were not asked for: they were not calibrated where whole regions "
            "are left out.",
        )
    if not signs_are_valid(experiment):
        return (
            "Signs of held-out predictions were not asked for: without whole ruptures at "
            f"{_LEAST_KM:g} km and more they are void (protocol: {{kind: rupture-grouped, exclusion_km: "
            f"{_LEAST_KM:g}}}).",
        )
    along = neighbours_of(experiment)
    plain = {name: signs_of(experiment, each) for name, each in predictions.items()}
    beyond = {
        name: signs_of(experiment, each, beyond=[along[one.scenario] for one in each])
        for name, each in predictions.items()
    }
    each, further = (
        ", ".join(f"{name} p = {found.p:.3g}" for name, found in some.items() if found is not None)
        for some in (plain, beyond)
    )
    if not each:
        return ("No held-out chunk holds two labels and two predictions: their signs say nothing.",)
    known = null_p[np.isfinite(null_p)]
    checked = (
        f"without a signal single networks reach {_LEVEL:g} in {np.sum(known <= _LEVEL)} of "
        f"{len(known)} worlds"
        if len(known)
        else "how often they err without a signal was not computed"
    )
    sentences = [f"Held-out predictions and the label within chunks (signs, one-sided): {each}; {checked}."]
    if further:
        sentences.append(
            f"The same beyond the labels along the trench, {experiment.splitter.exclusion_km:g} km away and "
            f"more: {further} (how often this errs: docs/claims.md)."
        )
    return tuple(sentences)
