"""Checks that have a name in Quantus give what Quantus gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    Background,
    ExplainedStack,
    Relevance,
    complexity,
    feature_flipping,
    parameter_randomisation,
    sparseness,
)
from megathrust.models import import_networks

quantus = pytest.importorskip("quantus", reason="Quantus is not installed")

ROWS = np.random.default_rng(0).normal(size=(60, 6))
BACKGROUND = Background(np.zeros((1, 6)), np.ones(1))
QUIET = {"disable_warnings": True, "normalise": False}


class Contrast(nn.Module):
    """What is explained of a network of two classes: the difference of its outputs."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, rows):
        both = self.network(rows)
        return (both[:, 1] - both[:, 0])[:, None]


def stack_of(model):
    return import_networks(
        [model.network], feature_names=list("abcdef"), mean=np.zeros(6), std=np.ones(6), thresholds=[8.0]
    ).stack


def relevance_of(model, attribution=ATTRIBUTIONS["relative-lrp"]):
    return attribution(ExplainedStack(stack_of(model)), ROWS, BACKGROUND, AttributionOptions()).features[
        0, -1
    ]


def the_inputs_themselves(explained, features, background, options):
    """Attribute to every feature its own value, whatever the network is."""
    found = np.broadcast_to(features, (explained.members, len(explained.names), *features.shape))
    return Relevance(found, np.zeros(found.shape[:-1]), found.sum(-1))


@pytest.fixture(scope="module")
def model():
    return Contrast().eval()


@pytest.fixture(scope="module")
def labels():
    return np.zeros(len(ROWS), dtype=int)


def test_complexity_and_sparseness(model, labels):
    relevance = relevance_of(model)
    given = {"model": model, "x_batch": ROWS, "y_batch": labels, "a_batch": relevance}
    theirs = quantus.Complexity(abs=True, **QUIET)(**given)
    np.testing.assert_allclose(np.log(complexity(relevance)), theirs, rtol=1e-4)
    theirs = quantus.Sparseness(abs=True, **QUIET)(**given)
    np.testing.assert_allclose(sparseness(relevance), theirs, rtol=1e-4)


def test_feature_flipping_is_their_pixel_flipping(model):
    explained = ExplainedStack(stack_of(model))
    start = explained.values(BACKGROUND.features)[0, -1, 0]
    speaks_for = explained.values(ROWS)[0, -1] > start
    rows, relevance = ROWS[speaks_for], relevance_of(model)[speaks_for]
    flipping = quantus.PixelFlipping(features_in_step=1, perturb_baseline=0.0, abs=False, **QUIET)
    theirs = flipping(
        model=model,
        x_batch=rows.astype(np.float32),
        y_batch=np.zeros(len(rows), dtype=int),
        a_batch=relevance.astype(np.float32),
        softmax=False,
    )
    ours, _ = feature_flipping(explained, rows, relevance, BACKGROUND, orders=1)
    fallen = (np.mean(theirs, axis=0) - start) / (explained.values(rows)[0, -1].mean() - start)
    np.testing.assert_allclose(ours, [1.0, *fallen], atol=1e-5)


@pytest.mark.parametrize(
    ("attribution", "low", "high"),
    [(ATTRIBUTIONS["relative-lrp"], -0.6, 0.6), (the_inputs_themselves, 0.999, 1.001)],
    ids=["of the network", "of the inputs"],
)
def test_parameter_randomisation_tells_networks_from_inputs_as_theirs_does(
    model, labels, attribution, low, high
):
    theirs = quantus.MPRT(skip_layers=True, abs=True, **QUIET)(
        model=model,
        x_batch=ROWS.astype(np.float32),
        y_batch=labels,
        explain_func=lambda model, inputs, targets, **_: relevance_of(model, attribution),
        softmax=False,
    )
    # The first entry compares the network with itself.
    said = list(theirs.values())[-1]
    explained = ExplainedStack(stack_of(model))
    ours = [
        parameter_randomisation(explained, ROWS, BACKGROUND, attribution, AttributionOptions(), seed=seed)
        for seed in range(10)
    ]
    assert low < np.mean(said) < high
    assert low < np.mean(ours) < high
