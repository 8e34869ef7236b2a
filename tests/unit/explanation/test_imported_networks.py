"""Plain PyTorch networks, trained as the seed study did: imported in three lines and explained."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from megathrust.explanation import (
    ATTRIBUTIONS,
    AttributionOptions,
    ExplainedStack,
    make_background,
    rank_correlation,
    relevance_spread,
)
from megathrust.models import import_networks
from megathrust.splits import ChunkSplitter
from megathrust.testing import synthetic_table

TABLE = synthetic_table(seed=1, noise=0.1)
FEATURES, CLASSES = TABLE.features(), TABLE.classes([8.0])
FOLDS = ChunkSplitter(50.0).split(TABLE)


def trained(fold, seed, epochs=60):
    """Return a network as the seed study trained it: two hidden layers, dropout, one cycle of the rate."""
    torch.manual_seed(seed)
    mean, std = FEATURES[fold.train].mean(0), FEATURES[fold.train].std(0)
    network = nn.Sequential(
        nn.Linear(6, 16),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(16, 16),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(16, 2),
    )
    rows = torch.tensor((FEATURES[fold.train] - mean) / std, dtype=torch.float32)
    labels = torch.tensor(CLASSES[fold.train])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-2, total_steps=epochs)
    network.train()
    for _ in range(epochs):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(rows), labels).backward()
        optimiser.step()
        rate.step()
    return network.eval(), mean, std


@pytest.fixture(scope="module")
def explained():
    spreads, relevances = [], []
    for number, fold in enumerate(FOLDS):
        network, mean, std = trained(fold, number)
        model = import_networks(
            [network], feature_names=TABLE.feature_names, mean=mean, std=std, thresholds=[8.0]
        )
        background = make_background(FEATURES[fold.train])
        found = ATTRIBUTIONS["relative-lrp"](
            ExplainedStack(model.stack), FEATURES[fold.test], background, AttributionOptions()
        )
        np.testing.assert_allclose(found.features.sum(-1) + found.bias, found.delta, atol=1e-12)
        spreads.append(relevance_spread(found.features[0, 0]))
        relevances.append(found.features[0, 0])
    return spreads, np.concatenate(relevances)


def test_five_networks_of_five_folds_find_the_driving_features(explained):
    spreads, _ = explained
    for spread in spreads:
        assert set(np.argsort(-spread)[:2]) == {0, 1}
    pairs = [rank_correlation(a, b) for number, a in enumerate(spreads) for b in spreads[number + 1 :]]
    assert len(pairs) == 10
    assert np.mean(pairs) > 0.2
