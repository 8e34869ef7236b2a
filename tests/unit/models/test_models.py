from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from megathrust.core import ModelError, OutputError
from megathrust.models import FCNArchitecture, FCNStack, SavedModel, check_features, load_model, save_model


@pytest.fixture
def model():
    architecture = FCNArchitecture(3, 2, (5, 4), batch_norm="after")
    stack = FCNStack(architecture, np.arange(6.0).reshape(2, 3), np.ones((2, 3)))
    stack.draw([1, 2])
    members = ({"fold": "0", "seed": 1}, {"fold": "1", "seed": 2})
    return SavedModel(
        stack.eval(),
        ("A", "B", "C"),
        ("m", "km", "1"),
        (8.0,),
        members,
        {"0": ("alu:1",), "1": ("alu:2",)},
        {"x": 1},
    )


def test_round_trip(model, tmp_path):
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m")
    x = np.random.default_rng(0).normal(size=(7, 3))
    np.testing.assert_array_equal(again.stack.probabilities(x), model.stack.probabilities(x))
    for name in ("feature_names", "feature_units", "thresholds", "members", "folds", "notes"):
        assert getattr(again, name) == getattr(model, name)
    assert {p.name for p in (tmp_path / "m").iterdir()} == {"README.md", "model.json", "weights.safetensors"}


def test_existing_models_are_not_overwritten_unasked(model, tmp_path):
    save_model(model, tmp_path / "m")
    with pytest.raises(OutputError, match="--overwrite"):
        save_model(model, tmp_path / "m")
    save_model(model, tmp_path / "m", overwrite=True)


def change(path, **entries):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **entries}))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: (f / "model.json").unlink(), "there is no such model"),
        (lambda f: (f / "model.json").write_text("{"), "is no JSON"),
        (lambda f: change(f / "model.json", kind="pickle"), "no model of megathrust"),
        (lambda f: change(f / "model.json", format=99), "format this version cannot read"),
        (lambda f: (f / "weights.safetensors").unlink(), "has no weights"),
        (lambda f: (f / "weights.safetensors").write_bytes(b"x"), "not those it was saved with"),
        (lambda f: change(f / "model.json", members_count=3), "do not fit"),
        (lambda f: change(f / "model.json", thresholds=None), "do not fit"),
    ],
)
def test_damaged_models_are_refused(model, tmp_path, damage, sentence):
    save_model(model, tmp_path / "m")
    damage(tmp_path / "m")
    with pytest.raises(ModelError, match=sentence) as caught:
        load_model(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_missing_features_are_named(model):
    check_features(model, ["C", "B", "A", "D"])
    with pytest.raises(ModelError, match="without A, C"):
        check_features(model, ["B"])


def test_dropout_masks_scale_units(model):
    x = torch.ones(4, 3)
    masks = [torch.zeros(2, 4, 5), torch.ones(2, 4, 4)]
    silent = model.stack(x, masks=masks)
    assert not torch.allclose(silent, model.stack(x))
    assert torch.allclose(silent[:, 0], silent[:, 1])
