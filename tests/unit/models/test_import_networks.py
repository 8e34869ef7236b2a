"""Networks trained elsewhere: the same function, the same relevance, and files that are refused."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.torch
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from megathrust.core import InputError, ModelError
from megathrust.explanation import canonical, relevance
from megathrust.models import import_networks, load_model, save_model

NAMES = [f"F{i}" for i in range(6)]
RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(40, 6)) * 20.0 + 3.0
MEAN, STD = FEATURES.mean(0), FEATURES.std(0)
SCALED = torch.tensor((FEATURES - MEAN) / STD)


def given(**changes):
    return {"feature_names": NAMES, "mean": MEAN, "std": STD, "thresholds": [8.0], **changes}


def network(*layers, seed=0):
    """Return layers with drawn parameters, and moments of batch norm as if trained."""
    torch.manual_seed(seed)
    module = nn.Sequential(*layers)
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
        if isinstance(layer, nn.BatchNorm1d) and layer.running_mean is not None:
            layer.running_mean.uniform_(-1.0, 1.0)
            layer.running_var.uniform_(0.5, 2.0)
            if layer.affine:
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.uniform_(layer.bias)
    return module.eval()


def plain(hidden=(12, 8), outputs=2, activation=nn.ReLU, norm="none", seed=0, dropout=True):
    layers, width = [], 6
    for units in hidden:
        layers += [nn.BatchNorm1d(width)] if norm == "before" else []
        layers += [nn.Linear(width, units)]
        layers += [nn.BatchNorm1d(units)] if norm == "after" else []
        layers += [activation()] + ([nn.Dropout(0.3)] if dropout else [])
        width = units
    return network(*layers, nn.Linear(width, outputs), seed=seed)


def logits_of(module):
    with torch.no_grad():
        return module.double()(SCALED).numpy()


def assert_same_function(model, modules):
    with torch.no_grad():
        ours = model.stack(torch.tensor(FEATURES).float()).numpy()
    for member, module in enumerate(modules):
        theirs = logits_of(module)
        np.testing.assert_allclose(ours[member], theirs, atol=1e-6 * max(1.0, np.abs(theirs).max()))


@pytest.mark.parametrize("norm", ["none", "before", "after"])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.ELU, nn.SELU, nn.LeakyReLU, nn.Sigmoid])
@pytest.mark.parametrize("outputs", [2, 3])
def test_modules_keep_their_function(norm, activation, outputs):
    modules = [plain((12, 8), outputs, activation, norm, seed) for seed in range(3)]
    thresholds = [8.0] if outputs == 2 else [6.4, 8.3]
    assert_same_function(import_networks(modules, **given(thresholds=thresholds)), modules)


def test_different_widths_share_a_stack_exactly():
    modules = [plain((12, 8), seed=1), plain((5, 20), seed=2), plain((1, 1), seed=3)]
    together = import_networks(modules, **given())
    assert together.stack.architecture.hidden == (12, 20)
    assert_same_function(together, modules)
    explained = relevance(together.stack, FEATURES)
    for number, module in enumerate(modules):
        alone = import_networks([module], **given())
        own = relevance(alone.stack, FEATURES)
        np.testing.assert_allclose(explained.features[number], own.features[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(explained.bias[number], own.bias[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh])
def test_padding_adds_nothing_whatever_the_activation_of_zero(activation):
    modules = [plain((9,), activation=activation), plain((3,), activation=activation, seed=1)]
    assert_same_function(import_networks(modules, **given()), modules)


def test_unusual_orders_of_layers_are_folded():
    modules = [
        network(
            nn.BatchNorm1d(6),
            nn.Linear(6, 4, bias=False),
            nn.Sequential(nn.BatchNorm1d(4, affine=False, eps=1e-3), nn.Identity()),
            nn.ReLU(),
            nn.BatchNorm1d(4),
            nn.Linear(4, 7),
            nn.Linear(7, 5),
            nn.ReLU(),
            nn.Linear(5, 2),
            nn.BatchNorm1d(2),
        )
    ]
    assert_same_function(import_networks(modules, **given()), modules)


def test_closing_softmax_and_single_outputs():
    bare = plain(outputs=2)
    model = import_networks([nn.Sequential(bare, nn.Softmax(dim=1))], **given())
    assert_same_function(model, [bare])
    single = plain(outputs=1)
    for module in (single, nn.Sequential(*single, nn.Sigmoid())):
        probabilities = import_networks([module], **given()).stack.probabilities(FEATURES)[0]
        expected = 1.0 / (1.0 + np.exp(-logits_of(single)[:, 0]))
        np.testing.assert_allclose(probabilities[:, 1], expected, atol=1e-6)


def test_each_network_may_have_its_own_scaling():
    module = plain()
    means = np.stack([MEAN, MEAN + 1.0])
    model = import_networks([module, module], **given(mean=means, std=STD))
    shifted = import_networks([module], **given()).stack.probabilities(FEATURES - 1.0)[0]
    np.testing.assert_allclose(model.stack.probabilities(FEATURES)[1], shifted, atol=1e-6)


@pytest.mark.parametrize("norm", ["none", "before", "after"])
@pytest.mark.parametrize("kind", ["dict", "pt", "nested", "safetensors"])
def test_parameters_alone(tmp_path, norm, kind):
    module = plain((11, 7, 5), norm=norm, activation=nn.Tanh, dropout=False)
    state = module.state_dict()
    if kind == "pt":
        torch.save(state, tmp_path / "a.pt")
    elif kind == "nested":
        torch.save({"epoch": 3, "model_state_dict": state}, tmp_path / "a.pth")
    elif kind == "safetensors":
        safetensors.torch.save_file(state, tmp_path / "a.safetensors")
    source = state if kind == "dict" else next(tmp_path.iterdir())
    place = None if norm == "none" else norm
    model = import_networks([source], **given(activation="tanh", batch_norm=place))
    assert_same_function(model, [module])
    if kind != "dict":
        assert source.name in model.members[0]["fold"]


def test_named_layers_in_safetensors_need_their_order(tmp_path):
    module = plain((8,))
    renamed = {
        key.replace("0.", "second.").replace("3.", "first."): value
        for key, value in module.state_dict().items()
    }
    path = tmp_path / "named.safetensors"
    safetensors.torch.save_file(renamed, path)
    with pytest.raises(InputError, match="does not tell the order of its layers"):
        import_networks([path], **given(activation="relu"))
    order = {"activation": "relu", "layer_order": ["second", "first"]}
    assert_same_function(import_networks([path], **given(**order)), [module])
    with pytest.raises(InputError, match="do not fit each other"):
        import_networks([path], **given(activation="relu", layer_order=["first", "second"]))
    with pytest.raises(InputError, match="does not name the layers"):
        import_networks([path], **given(activation="relu", layer_order=["first"]))


def test_relevance_equals_captum():
    modules = [plain((12, 8), 2, seed=seed) for seed in range(2)] + [plain((5, 9), 2, seed=7)]
    model = import_networks(modules, **given())
    explained = relevance(model.stack, FEATURES, epsilon=1e-6)
    x = canonical(model.stack).scaling(torch.tensor(FEATURES).expand(3, -1, -1))
    for number, module in enumerate(modules):
        own = nn.Sequential(*[layer for layer in module if not isinstance(layer, nn.Dropout)]).double()
        for chosen in range(2):
            # Captum takes the rules off again after each call.
            for layer in own:
                if isinstance(layer, nn.Linear):
                    layer.rule = EpsilonRule(epsilon=1e-6)
            theirs = LRP(own).attribute(x[number].clone().requires_grad_(), target=chosen).detach().numpy()
            scale = np.abs(theirs).max(-1, keepdims=True)
            assert np.max(np.abs(explained.features[number, chosen] - theirs) / scale) < 1e-9


def test_a_saved_import_loads_again(tmp_path):
    model = import_networks([plain(), plain(seed=1)], **given(training_segments=[["alu:1"], ["kur:2"]]))
    save_model(model, tmp_path / "m")
    again = load_model(tmp_path / "m")
    np.testing.assert_array_equal(again.stack.probabilities(FEATURES), model.stack.probabilities(FEATURES))
    assert again.folds == {"network 0": ("alu:1",), "network 1": ("kur:2",)}
    card = (tmp_path / "m" / "README.md").read_text()
    assert "networks trained elsewhere" in card
    assert "NO VERDICT" in card


class Conv(nn.Module):
    def forward(self, x):
        return x


@pytest.mark.parametrize(
    ("networks", "changes", "sentence"),
    [
        ([], {}, "no network was given"),
        ([Conv()], {}, "is no network that can be imported"),
        ([nn.Sequential(nn.Linear(6, 2))], {}, "no fully connected network with hidden layers"),
        ([nn.Sequential(nn.ReLU(), nn.Linear(6, 2))], {}, "two activations in a row, or starts with one"),
        ([nn.Sequential(nn.Linear(6, 4), nn.ReLU())], {}, "no fully connected network with hidden layers"),
        ([nn.Sequential(nn.Linear(6, 4), nn.GELU(), nn.Linear(4, 2))], {}, "given: GELU"),
        ([nn.Sequential(nn.Linear(6, 4), nn.ELU(0.5), nn.Linear(4, 2))], {}, "another slope"),
        ([nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(5, 2))], {}, "do not fit each other"),
        (
            [nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4, track_running_stats=False), nn.ReLU())],
            {},
            "without running moments",
        ),
        ([plain(), plain((4,))], {}, "another depth or activation than network 0"),
        ([plain(), plain(activation=nn.Tanh)], {}, "another depth or activation than network 0"),
        ([plain()], {"feature_names": NAMES[:5]}, "another number of features"),
        ([plain()], {"thresholds": [6.4, 8.3]}, "another number of classes"),
        ([plain()], {"thresholds": [8.3, 6.4], "outputs": 3}, "do not increase"),
        ([plain()], {"mean": np.zeros(5)}, "the mean does not fit"),
        ([plain()], {"std": 0.0}, "a standard deviation is not positive"),
        ([plain()], {"mean": np.nan}, "is not finite"),
        ([plain()], {"feature_units": ["km"]}, "differ in length"),
        ([plain()], {"training_segments": []}, "differ in length"),
        ([plain().state_dict()], {}, "do not tell its activation"),
        ([plain(norm="after").state_dict()], {"activation": "relu"}, "on which side of the activation"),
        ([{"0.weight": torch.zeros(3, 3, 3)}], {"activation": "relu"}, "a layer that cannot be imported"),
        ([{"0.weight": torch.zeros(4, 6), "0.bias": torch.zeros(3)}], {"activation": "relu"}, "do not fit"),
    ],
)
def test_what_cannot_be_imported_is_refused(networks, changes, sentence):
    changes.pop("outputs", None)
    with pytest.raises(InputError, match=sentence) as caught:
        import_networks(networks, **given(**changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda folder: folder / "none.pt", "there is no such file of a network"),
        (lambda folder: written(folder / "a.onnx", b"x"), "unknown kind of network file"),
        (lambda folder: written(folder / "a.pt", b""), "cannot be read as parameters alone"),
        (lambda folder: written(folder / "a.pt", b"not a checkpoint at all"), "as parameters alone"),
        (lambda folder: written(folder / "a.safetensors", b"x" * 50), "cannot be read as a safetensors file"),
        (lambda folder: saved(folder / "a.pt", plain()), "cannot be read as parameters alone"),
        (lambda folder: saved(folder / "a.pt", {"lr": 0.1}), "holds no state dict"),
        (lambda folder: saved(folder / "a.pt", torch.zeros(3)), "holds no state dict"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, write, sentence):
    with pytest.raises(ModelError, match=sentence) as caught:
        import_networks([write(tmp_path)], **given(activation="relu"))
    assert "\n" not in str(caught.value)


def written(path, content):
    path.write_bytes(content)
    return path


def saved(path, content):
    torch.save(content, path)
    return path


def test_a_file_cannot_run_code(tmp_path):
    trap = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (trap.touch, ())

    torch.save(Trap(), tmp_path / "trap.pt")
    with pytest.raises(ModelError, match="as parameters alone"):
        import_networks([tmp_path / "trap.pt"], **given(activation="relu"))
    assert not trap.exists()
