from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from megathrust.core import InputError, ModelError, OutputError
from megathrust.models import (
    FCNArchitecture,
    FCNStack,
    SavedModel,
    StackedLinear,
    check_features,
    load_model,
    save_model,
)


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
        (lambda f: (f / "model.json").write_text("{"), "cannot be read as the description of a model"),
        (lambda f: change(f / "model.json", kind="pickle"), "no model of megathrust"),
        (lambda f: change(f / "model.json", format=99), "format this version cannot read"),
        (lambda f: (f / "weights.safetensors").unlink(), "has no weights"),
        (lambda f: (f / "weights.safetensors").write_bytes(b"x"), "not those it was saved with"),
        (lambda f: change(f / "model.json", members_count=3), "do not fit"),
        (lambda f: change(f / "model.json", thresholds=None), "wrong at thresholds"),
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


def test_a_card_shows_names_and_notes_as_text(model):
    from dataclasses import replace

    from megathrust.models import model_card

    names = ("<script>alert(1)</script>", "[x](http://evil)", "a`b\n# heading")
    card = model_card(replace(model, feature_names=names, notes={"target": "<img src=x onerror=y>"}))
    assert "<script" not in card
    assert "<img" not in card
    assert "](http" not in card
    assert "\n# heading" not in card


def test_a_parameter_that_is_no_number_is_refused(model):
    import copy
    from dataclasses import replace

    stack = copy.deepcopy(model.stack)
    stack.layers[-1].bias.data[0, 0] = float("nan")
    with pytest.raises(InputError, match="not finite"):
        replace(model, stack=stack)
    with pytest.raises(InputError, match="infinite"):
        model.stack.probabilities(np.array([[0.0, np.inf, 1.0]]))


@pytest.mark.parametrize(
    "changes",
    [
        {"members_count": 10**8},
        {"members_count": -1},
        {"architecture": {"n_features": 3, "n_outputs": 2, "hidden": [10**6, 10**6]}},
        {"architecture": {"n_features": 3, "n_outputs": 2, "hidden": ["x"]}},
        {"architecture": []},
        {"features": 3},
        {"folds": {"0": [1]}},
        {"notes": {"verdict": 3}},
        {"thresholds": [float("nan")]},
    ],
)
def test_descriptions_of_the_wrong_kind_or_size_are_refused(model, tmp_path, changes):
    save_model(model, tmp_path / "m")
    change(tmp_path / "m" / "model.json", **changes)
    with pytest.raises(ModelError):
        load_model(tmp_path / "m")


@pytest.mark.parametrize("outputs", [1, 3, 8, 9])
def test_few_outputs_and_many_have_the_same_products_and_gradients(outputs):
    layer = StackedLinear(2, 5, outputs).double()
    for member in range(2):
        layer.draw(member, np.random.default_rng(member))
    x = torch.randn(2, 4, 5, dtype=torch.float64, requires_grad=True, generator=torch.manual_seed(0))
    plain = torch.stack([x[k] @ layer.weight[k] + layer.bias[k] for k in range(2)])
    torch.testing.assert_close(layer(x), plain)
    weights = torch.arange(float(plain.numel()), dtype=torch.float64).reshape(plain.shape)
    given = (x, layer.weight, layer.bias)
    ours, theirs = (torch.autograd.grad((each * weights).sum(), given) for each in (layer(x), plain))
    for own, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, other)
