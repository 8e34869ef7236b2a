"""Networks that PyTorch's classes or a state dict do not describe: imported exactly, or refused by name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from megathrust.core import InputError, ModelError
from megathrust.models import import_networks

FEATURES = np.random.default_rng(0).normal(size=(40, 6))


def given(**changes):
    names = [f"F{i}" for i in range(6)]
    return {"feature_names": names, "mean": 0.0, "std": 1.0, "thresholds": [8.0], **changes}


def plain(hidden=(12, 8), outputs=2, norm="none", seed=0, dropout=True):
    torch.manual_seed(seed)
    layers = []
    for inputs, units in pairwise((6, *hidden)):
        layers += [nn.Linear(inputs, units)] + ([nn.BatchNorm1d(units)] if norm == "after" else [])
        layers += [nn.ReLU()] + ([nn.Dropout(0.3)] if dropout else [])
    module = nn.Sequential(*layers, nn.Linear(hidden[-1], outputs))
    # A few batches give batch norm its moments.
    module(torch.randn(64, 6) * 2.0 + 1.0)
    return module.eval()


def assert_same_function(model, modules):
    with torch.no_grad():
        ours = model.stack(torch.tensor(FEATURES).float()).numpy()
        for member, module in enumerate(modules):
            theirs = module.double()(torch.tensor(FEATURES)).numpy()
            np.testing.assert_allclose(ours[member], theirs, atol=1e-6 * max(1.0, np.abs(theirs).max()))


def test_a_module_used_twice_counts_twice():
    torch.manual_seed(0)
    twice, activation = nn.Linear(8, 8), nn.ReLU()
    module = nn.Sequential(
        nn.Linear(6, 8), activation, twice, activation, twice, nn.Dropout(0.2), activation, nn.Linear(8, 2)
    )
    model = import_networks([module], **given())
    assert model.stack.architecture.hidden == (8, 8, 8)
    assert module.training, "an import leaves the network as it is"
    assert_same_function(model, [module.eval()])
    block = nn.Sequential(nn.Linear(6, 6), activation)
    nested = nn.Sequential(block, block, nn.Linear(6, 2)).eval()
    assert_same_function(import_networks([nested], **given()), [nested])


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Scaled(nn.Linear):
    def forward(self, x):
        return 3 * super().forward(x)


class Waking(nn.Dropout):
    def forward(self, x):
        return nn.functional.dropout(x, self.p, training=True)


def hooked(module, *, before=False):
    if before:
        module.register_forward_pre_hook(lambda module, inputs: (2 * inputs[0],))
    else:
        module.register_forward_hook(lambda module, inputs, output: 2 * output)
    return module


def patched(module):
    module.forward = lambda x: 2 * x
    return module


def odd_parts():
    """Layers of 8 units that compute something else than their class, with the sentence for each."""
    linear = nn.Linear(8, 8)
    return {
        "own block": (Residual(nn.Linear(8, 8), nn.ReLU()), r"given: Residual"),
        "own layer": (Scaled(8, 8), r"kind of Linear .*given: Scaled"),
        "own dropout": (Waking(0.5), r"kind of Dropout .*given: Waking"),
        "hook": (hooked(nn.Linear(8, 8)), r"holds a Linear .*given: a forward hook"),
        "hook on a block": (hooked(nn.Sequential(nn.Linear(8, 8), nn.ReLU())), r"holds a Sequential .*hook"),
        "hook before": (hooked(nn.ReLU(), before=True), r"holds a ReLU .*given: a forward hook"),
        "forward of an instance": (patched(nn.Linear(8, 8)), r"given: a forward of its own"),
        "parametrization": (
            nn.utils.parametrizations.weight_norm(linear),
            r"given: ParametrizedLinear.*remove_parametrizations",
        ),
    }


@pytest.mark.parametrize("name", list(odd_parts()))
@pytest.mark.parametrize("nested", [False, True])
def test_what_computes_something_else_is_refused_by_name(name, nested):
    part, sentence = odd_parts()[name]
    inner = nn.Sequential(part) if nested else part
    module = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), inner, nn.ReLU(), nn.Linear(8, 2))
    with pytest.raises(InputError, match=rf"^network 0 .*{sentence}"):
        import_networks([module], **given())
    with pytest.raises(InputError, match=r"^network 1 "):
        import_networks([plain(), hooked(plain())], **given())


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (nn.Sequential(plain(outputs=1), nn.Softmax(dim=1)), "softmax of one output"),
        (nn.Sequential(plain(), nn.Softmax(dim=0)), "softmax over segments"),
        (nn.Sequential(Residual(*plain())), "given: Residual"),
        (Residual(*plain()), "given: Residual"),
    ],
)
def test_closing_layers_that_are_something_else(module, sentence):
    with pytest.raises(InputError, match=sentence):
        import_networks([module], **given())


def test_a_parameter_that_is_no_number_is_refused():
    module = plain()
    with torch.no_grad():
        module[0].weight[0, 0] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        import_networks([module], **given())


class Lists(nn.Module):
    """Layers by kind, used in turn, as in many published networks."""

    def __init__(self, hidden):
        super().__init__()
        widths = [6, *hidden]
        self.fcs = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.bns = nn.ModuleList(nn.BatchNorm1d(width) for width in hidden)
        self.out = nn.Linear(hidden[-1], 2)

    def forward(self, x):
        for fc, bn in zip(self.fcs, self.bns, strict=True):
            x = torch.relu(bn(fc(x)))
        return self.out(x)


@pytest.mark.parametrize("hidden", [(8,), (8, 8), (8, 8, 8)])
@pytest.mark.parametrize("kind", ["dict", "pt", "safetensors"])
def test_an_order_that_names_do_not_prove_is_asked_for(tmp_path, hidden, kind):
    torch.manual_seed(1)
    module = Lists(hidden)
    module(torch.randn(64, 6))
    module.eval()
    source = module.state_dict()
    if kind == "pt":
        torch.save(source, tmp_path / "a.pt")
    elif kind == "safetensors":
        safetensors.torch.save_file(source, tmp_path / "a.safetensors")
    source = source if kind == "dict" else next(tmp_path.iterdir())
    asked = {"activation": "relu", "batch_norm": "after"}
    with pytest.raises(InputError, match=r"does not tell the order of its layers.*layer_order=\[\.\.\.\]"):
        import_networks([source], **given(**asked))
    order = [name for i in range(len(hidden)) for name in (f"fcs.{i}", f"bns.{i}")]
    model = import_networks([source], **given(layer_order=[*order, "out"], **asked))
    assert_same_function(model, [module])


@pytest.mark.parametrize("seed", range(40))
def test_parameters_give_the_function_or_are_refused_whatever_their_order(seed):
    random = np.random.default_rng(seed)
    module = plain(
        (8, 8, 8)[: random.integers(1, 4)], norm=random.choice(["none", "after"]), dropout=False, seed=seed
    )
    state = module.state_dict()
    layers = list(dict.fromkeys(name.split(".")[0] for name in state))
    pattern = random.choice(["{}", "net.{}", "layer{}", "blocks.{}.0", "{}.{}"])
    names = {layer: pattern.format(layer, layer) for layer in layers}
    shuffled = random.permutation(layers) if random.random() < 0.5 else layers
    renamed = {
        key.replace(f"{layer}.", f"{names[layer]}.", 1): value
        for layer in shuffled
        for key, value in state.items()
        if key.split(".")[0] == layer
    }
    asked = {"activation": "relu", "batch_norm": "after"}
    with_order = given(layer_order=[names[layer] for layer in layers], **asked)
    assert_same_function(import_networks([renamed], **with_order), [module])
    proven = list(shuffled) == layers and pattern != "{}.{}"
    if proven or len(layers) == 1:
        assert_same_function(import_networks([renamed], **given(**asked)), [module])
    else:
        with pytest.raises(InputError, match="does not tell the order"):
            import_networks([renamed], **given(**asked))


def test_norms_in_a_row_prove_no_order():
    linear, norm = plain((8, 8)).state_dict(), nn.BatchNorm1d(8).state_dict()
    numbered = [
        ("0", linear, "0."),
        ("1", linear, "3."),
        ("2", norm, ""),
        ("3", norm, ""),
        ("4", linear, "6."),
    ]
    state = {
        f"layers.{number}.{key.removeprefix(old)}": value
        for number, source, old in numbered
        for key, value in source.items()
        if key.startswith(old)
    }
    with pytest.raises(InputError, match="does not tell the order"):
        import_networks([state], **given(activation="relu", batch_norm="after"))


@pytest.mark.parametrize(("old", "new"), [("3.", "."), ("3.", "3.4."), ("0.", "")])
def test_names_of_unlike_length_prove_no_order(old, new):
    state = {
        new + key.removeprefix(old) if key.startswith(old) else key: value
        for key, value in plain((8,)).state_dict().items()
    }
    with pytest.raises(InputError, match="does not tell the order of its layers"):
        import_networks([state], **given(activation="relu"))


def test_an_archive_that_says_it_lies_on_many_disks_is_refused(tmp_path):
    torch.save(plain((8,)).state_dict(), tmp_path / "a.pt")
    content = bytearray((tmp_path / "a.pt").read_bytes())
    # The locator of the 64-bit directory ends with the number of disks.
    end = content.rindex(b"PK\x05\x06")
    locator = (
        b"PK\x06\x07" + (7).to_bytes(4, "little") + end.to_bytes(8, "little") + (9).to_bytes(4, "little")
    )
    (tmp_path / "a.pt").write_bytes(bytes(content[:end]) + locator + bytes(content[end:]))
    with pytest.raises(ModelError, match="cannot be read as parameters alone"):
        import_networks([tmp_path / "a.pt"], **given(activation="relu"))
