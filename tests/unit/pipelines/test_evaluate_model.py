"""Saved and imported models scored on a table: never on what their networks were trained on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from megathrust.core import InputError
from megathrust.evaluation import classification_scores
from megathrust.models import import_networks
from megathrust.pipelines.experiment import make_experiment, segment_names
from megathrust.pipelines.predict import evaluate_model
from megathrust.pipelines.settings import load_config
from megathrust.testing import synthetic_table

TABLE = synthetic_table(seed=2)
NAMES = TABLE.feature_names


@pytest.fixture(scope="module")
def trained():
    """Return plain PyTorch networks, two hidden layers, one for each of five folds, with their scaling."""
    experiment = make_experiment(TABLE, load_config("quick"))
    x, y = TABLE.features(), torch.tensor(TABLE.classes([8.0]))
    mean, std = x.mean(0), x.std(0)
    inputs = torch.tensor((x - mean) / std).float()
    networks = []
    for number, fold in enumerate(experiment.folds):
        torch.manual_seed(number)
        network = torch.nn.Sequential(
            torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Linear(16, 8), torch.nn.ReLU(),
            torch.nn.Linear(8, 2),
        )  # fmt: skip
        optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
        for _ in range(60):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(inputs[fold.train]), y[fold.train])
            torch.autograd.backward(loss)
            optimizer.step()
        networks.append(network.eval())
    return experiment, networks, mean, std, inputs


def imported(trained, segments=True):
    experiment, networks, mean, std, _ = trained
    names = segment_names(experiment.table)
    known = [names[fold.train].tolist() for fold in experiment.folds] if segments else None
    return import_networks(
        networks, feature_names=NAMES, mean=mean, std=std, thresholds=[8.0], training_segments=known
    )


def test_networks_of_plain_pytorch_are_scored_on_what_they_did_not_see(trained):
    experiment, networks, _, _, inputs = trained
    found = evaluate_model(imported(trained), TABLE, replicates=50)
    total, count = np.zeros((len(TABLE), 2)), np.zeros(len(TABLE))
    for fold, network in zip(experiment.folds, networks, strict=True):
        unseen = np.setdiff1d(np.arange(len(TABLE)), fold.train)
        with torch.no_grad():
            total[unseen] += network(inputs[unseen]).softmax(1).double().numpy()
        count[unseen] += 1
    rows = np.flatnonzero(count)
    wanted = classification_scores(TABLE.classes([8.0])[rows], total[rows] / count[rows, None])
    scores = found.scores.set_index(["model", "metric", "class"])["value"]
    for metric in (("f1", "macro"), ("brier", "all"), ("log_score", "all")):
        assert scores[("networks", *metric)] == pytest.approx(wanted[metric][0], abs=1e-6)
    assert (found.segments, found.seen) == (len(rows), 0)
    assert {"region prior", "nearest segment", "extra trees"} < set(found.scores["model"])
    assert any("p-value" in line or "p = " in line for line in found.sentences())


def test_a_label_that_is_seen_by_all_scores_nothing(trained):
    model = imported(trained)
    everywhere = {fold: tuple(segment_names(TABLE).tolist()) for fold in model.folds}
    with pytest.raises(InputError, match="trained on every segment"):
        evaluate_model(type(model)(**{**vars(model), "folds": everywhere}), TABLE)


def test_unknown_training_segments_give_no_score(trained):
    with pytest.raises(InputError, match="in-sample, no score"):
        evaluate_model(imported(trained, segments=False), TABLE)
