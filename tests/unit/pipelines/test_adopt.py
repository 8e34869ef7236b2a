"""Networks of plain PyTorch, trained as the seed study did: imported, scored and explained by one command."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
import yaml
from scipy.special import expit
from sklearn.preprocessing import PowerTransformer
from torch import nn
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError, MegathrustError
from megathrust.evaluation import classification_scores
from megathrust.models import load_model
from megathrust.pipelines.experiment import make_experiment, segment_names
from megathrust.pipelines.predict import adopt
from megathrust.pipelines.settings import load_config
from megathrust.table import write_table
from megathrust.testing import synthetic_table

TABLE = synthetic_table(seed=2)


def two_layers():
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Return a folder with five networks, each with a scaler of its own fold, and the file that says so."""
    folder = tmp_path_factory.mktemp("theirs")
    experiment = make_experiment(TABLE, load_config("quick"))
    x, classes, names = TABLE.features(), TABLE.classes([8.0]), segment_names(experiment.table)
    hot = torch.tensor(np.eye(2)[classes]).float()
    scalers, rows = [], []
    for number, fold in enumerate(experiment.folds):
        torch.manual_seed(number)
        scaler = PowerTransformer().fit(x[fold.train])
        network = two_layers()
        inputs = torch.tensor(scaler.transform(x[fold.train])).float()
        optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
        for _ in range(60):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(network(inputs), hot[fold.train])
            torch.autograd.backward(loss)
            optimizer.step()
        torch.save(network.state_dict(), folder / f"fold{number}.pt")
        scalers.append(scaler)
        rows += [(number, name) for name in names[fold.train]]
    pd.DataFrame(rows, columns=["network", "segment"]).to_csv(folder / "seen.csv", index=False)
    content = {
        "networks": [f"fold{number}.pt" for number in range(5)],
        "features": list(TABLE.feature_names),
        "scaling": {
            "mean": [scaler._scaler.mean_.tolist() for scaler in scalers],
            "std": [scaler._scaler.scale_.tolist() for scaler in scalers],
            "power": [scaler.lambdas_.tolist() for scaler in scalers],
        },
        "head": "sigmoid",
        "activation": "relu",
        "thresholds": [8.0],
        "training_segments": "seen.csv",
    }
    (folder / "networks.yaml").write_text(yaml.safe_dump(content))
    write_table(TABLE, folder / "table.csv")
    return folder, experiment, scalers


def test_one_command_imports_scores_and_explains_them(theirs, tmp_path):
    folder, experiment, scalers = theirs
    out = tmp_path / "out"
    given = ["import", folder / "networks.yaml", "--table", folder / "table.csv", "--out", out, "--json"]
    done = CliRunner().invoke(app, list(map(str, given)), catch_exceptions=False)
    assert done.exit_code == 0
    told = json.loads(done.stdout)["sentences"]
    assert told[0].startswith(
        "5 networks of 6 features; scaling: Yeo-Johnson, then mean and spread; head: sigmoid."
    )
    x, classes = TABLE.features(), TABLE.classes([8.0])
    total, count = np.zeros((len(TABLE), 2)), np.zeros(len(TABLE))
    for number, (fold, scaler) in enumerate(zip(experiment.folds, scalers, strict=True)):
        network = two_layers()
        network.load_state_dict(torch.load(folder / f"fold{number}.pt", weights_only=True))
        unseen = np.setdiff1d(np.arange(len(TABLE)), fold.train)
        inputs = torch.tensor(scaler.transform(x[unseen])).float()
        chances = expit(network(inputs).detach().double().numpy())
        total[unseen] += chances / chances.sum(1, keepdims=True)
        count[unseen] += 1
    rows = np.flatnonzero(count)
    wanted = classification_scores(classes[rows], total[rows] / count[rows, None])
    scores = pd.read_csv(out / "scores.csv").set_index(["model", "metric", "class"])["value"]
    for metric in (("f1", "macro"), ("brier", "all"), ("log_score", "all"), ("brier_resolution", "all")):
        assert scores[("networks", *metric)] == pytest.approx(wanted[metric][0], abs=1e-4)
    assert scores["networks", "roc_auc", "1"] > 0.7
    with xr.open_dataset(out / "relevance.nc", engine="h5netcdf") as found:
        total = found["relevance"].sum("feature") + found["bias"]
        np.testing.assert_allclose(total[0], found["delta"], atol=1e-4)
        assert found.sizes["member"] == 5
        assert found["class"].to_numpy().tolist() == ["output 0", "output 1"]
    assert load_model(out / "model").folds["network 0, fold0.pt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_without_a_table_there_is_a_model_and_nothing_else(theirs, tmp_path):
    found = adopt(theirs[0] / "networks.yaml", tmp_path / "out")
    assert found.evaluation is None
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model"]
    with pytest.raises(OSError, match="exists"):
        adopt(theirs[0] / "networks.yaml", tmp_path / "out")
    adopt(theirs[0] / "networks.yaml", tmp_path / "out", overwrite=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"head": "probit"}, "entry 'head' is wrong|entry head is wrong"),
        ({"network": []}, "entry 'network' is wrong|entry network is wrong"),
        ({"networks": ["absent.pt"]}, "absent.pt"),
        ({"scaling": {"mean": [[0.0, 1.0], [0.0]], "std": 1.0}}, "lists of a scaling differ in length"),
        ({"training_segments": "table.csv"}, "training segments"),
        ({"training_segments": None}, "in-sample, no score"),
    ],
)
def test_a_description_that_does_not_fit_is_refused_and_leaves_nothing(theirs, tmp_path, change, sentence):
    folder = theirs[0]
    content = yaml.safe_load((folder / "networks.yaml").read_text()) | change
    content["networks"] = [str(folder / name) for name in content["networks"]]
    if content["training_segments"]:
        content["training_segments"] = str(folder / content["training_segments"])
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(MegathrustError, match=sentence):
        adopt(tmp_path / "own.yaml", tmp_path / "out", table=folder / "table.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["own.yaml"]


def test_a_network_without_training_segments_is_named(theirs, tmp_path):
    folder = theirs[0]
    content = yaml.safe_load((folder / "networks.yaml").read_text())
    frame = pd.read_csv(folder / "seen.csv")
    frame[frame["network"] != 3].to_csv(folder / "some.csv", index=False)
    (folder / "some.yaml").write_text(yaml.safe_dump(content | {"training_segments": "some.csv"}))
    with pytest.raises(InputError, match="a network has no training segment"):
        adopt(folder / "some.yaml", tmp_path / "out")
