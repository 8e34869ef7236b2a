"""Networks trained elsewhere as PyTorch modules, state dicts or files, brought to one form."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from megathrust.core import InputError, check_choice
from megathrust.models._architecture import ACTIVATIONS, BATCH_NORM_PLACES
from megathrust.models._network_states import layers_in_order, read_state

#: A network: a module, its parameters by name, or a file of them.
PlainNetwork = nn.Sequential | Mapping[str, Tensor] | str | os.PathLike[str]

_MODULES: dict[str, type[nn.Module]] = {
    "elu": nn.ELU,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "selu": nn.SELU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}

# Other slopes than these are another function than the stack's activation of that name.
_SLOPES = {nn.ELU: ("alpha", 1.0), nn.LeakyReLU: ("negative_slope", 0.01)}

#: Classes whose forward is known; a subclass may have another one.
_KNOWN: tuple[type[nn.Module], ...] = (
    nn.Sequential,
    nn.Linear,
    nn.BatchNorm1d,
    *_MODULES.values(),
    nn.Dropout,
    nn.AlphaDropout,
    nn.Identity,
    nn.Softmax,
    nn.LogSoftmax,
)
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")

#: Names of layers by the last part of their parameters' names.
_LINEAR_PARTS = {"weight", "bias"}
_NORM_PARTS = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


def as_sequential(
    network: PlainNetwork,
    *,
    name: str,
    activation: str | None,
    batch_norm: str | None,
    layer_order: Sequence[str] | None,
) -> nn.Sequential:
    """Return a network as a flat module in evaluation mode.

    Parameters
    ----------
    network : Sequential, mapping of str to Tensor, or path_like
        As it was trained.
    name : str
        What the sentences of errors call it.
    activation, batch_norm, layer_order
        See `import_networks`.

    Raises
    ------
    InputError
        If parameters alone do not say what the network computes.
    ModelError
        If a file cannot be read or holds something else.
    """
    if isinstance(network, nn.Sequential):
        return nn.Sequential(*_flat(network, name))
    if isinstance(network, str | os.PathLike):
        state, ordered = read_state(Path(network))
    elif isinstance(network, Mapping):
        state, ordered = dict(network), True
    else:
        raise InputError(
            f"{name} is no network that can be imported",
            given=type(network).__name__,
            allowed="torch.nn.Sequential, or a state dict or the path of a .pt, .pth or .safetensors file of "
            "one chain of layers, with layer_order where their names do not tell it",
        )
    if activation is None:
        raise InputError(
            f"{name} holds parameters only, which do not tell its activation",
            action="name it, such as activation='relu'",
        )
    check_choice("activation", activation, ACTIVATIONS)
    layers = layers_in_order(state, name, ordered=ordered, layer_order=layer_order)
    return _assembled(layers, name, activation, batch_norm).eval()


def _flat(module: nn.Module, name: str) -> Iterator[nn.Module]:
    """Walk through the layers in the order in which they compute, one used twice coming twice."""
    _check_plain(module, name)
    if isinstance(module, nn.Sequential):
        # Not children(), which give a module that is used twice only once.
        for child in module:
            yield from _flat(child, name)
    else:
        yield module


def _check_plain(module: nn.Module, name: str) -> None:
    """Refuse a module that may compute something else than PyTorch's layer of its class."""
    if type(module) not in _KNOWN:
        kinds = [kind.__name__ for kind in _KNOWN if isinstance(module, kind)]
        raise InputError(
            f"{name} holds a layer that cannot be imported" + (f", a kind of {kinds[0]}" if kinds else ""),
            given=type(module).__name__,
            allowed=", ".join(kind.__name__ for kind in _KNOWN) + ", no class derived from them",
            action="write what it does as such layers; merge a parametrization with "
            "torch.nn.utils.parametrize.remove_parametrizations",
        )
    hooks = [kind for kind in _HOOKS if getattr(module, kind)]
    if "forward" in vars(module) or hooks:
        raise InputError(
            f"{name} holds a {type(module).__name__} that computes something else than its class",
            given="a forward of its own" if "forward" in vars(module) else "a forward hook",
            allowed="layers as PyTorch made them",
            action="remove the hook, or write what it does as a layer",
        )


def _assembled(
    layers: Sequence[Mapping[str, Tensor]], name: str, activation: str, batch_norm: str | None
) -> nn.Sequential:
    kinds = [_kind(layer, name) for layer in layers]
    inner = any(kind == "norm" for kind in kinds[1:])
    if inner and batch_norm not in BATCH_NORM_PLACES[1:]:
        raise InputError(
            f"the parameters of {name} do not tell on which side of the activation its batch norm lies",
            given=batch_norm,
            allowed="'after' (linear, norm, activation) or 'before' (norm, linear, activation)",
            action="pass batch_norm",
        )
    modules: list[nn.Module] = []
    last = max((i for i, kind in enumerate(kinds) if kind == "linear"), default=-1)
    for position, (kind, layer) in enumerate(zip(kinds, layers, strict=True)):
        modules.append(_linear(layer) if kind == "linear" else _norm(layer))
        followed_by_norm = position + 1 < len(kinds) and kinds[position + 1] == "norm"
        ends_block = (kind == "linear" and not (followed_by_norm and batch_norm == "after")) or (
            kind == "norm" and batch_norm == "after" and position > 0
        )
        if ends_block and position < last:
            modules.append(_MODULES[activation]())
    return nn.Sequential(*modules).double()


def _kind(layer: Mapping[str, Tensor], name: str) -> str:
    parts = set(layer)
    if {"weight"} <= parts <= _LINEAR_PARTS and layer["weight"].dim() == 2:
        return "linear"
    if {"running_mean", "running_var"} <= parts <= _NORM_PARTS:
        return "norm"
    raise InputError(
        f"{name} holds a layer that cannot be imported",
        given="parameters " + ", ".join(sorted(parts)),
        allowed="linear layers and one-dimensional batch norm",
    )


def _linear(layer: Mapping[str, Tensor]) -> nn.Module:
    n_outputs, n_inputs = layer["weight"].shape
    linear = nn.Linear(n_inputs, n_outputs, bias="bias" in layer, dtype=torch.float64)
    return _filled(linear, layer)


def _norm(layer: Mapping[str, Tensor]) -> nn.Module:
    norm = nn.BatchNorm1d(len(layer["running_mean"]), affine="weight" in layer, dtype=torch.float64)
    return _filled(norm, {"num_batches_tracked": torch.tensor(0), **layer})


def _filled(module: nn.Module, layer: Mapping[str, Tensor]) -> nn.Module:
    try:
        module.load_state_dict(dict(layer))
    except RuntimeError as error:
        shapes = ", ".join(f"{part} {tuple(tensor.shape)}" for part, tensor in layer.items())
        raise InputError("the parameters of a layer do not fit each other", given=shapes) from error
    return module


@dataclass(frozen=True)
class AffineChain:
    """A network as affine maps with one activation between them.

    Attributes
    ----------
    maps : list of (Tensor, Tensor)
        Weight (inputs, outputs) and bias (outputs,) in float64, input first.
    activation : str
    head : {"softmax", "sigmoid"}
        What makes probabilities of the outputs.
    said : bool
        Whether the network or whoever gave it said so.
    """

    maps: list[tuple[Tensor, Tensor]]
    activation: str
    head: str
    said: bool


def affine_chain(network: nn.Sequential, name: str, head: str | None = None) -> AffineChain:
    """Return a network as affine maps in float64, the activation between them, and its head.

    Batch norm and neighbouring linear layers are composed into one map each, dropout is left out, and a
    closing softmax or sigmoid is dropped, since the outputs of a stack are logits. A single output, with or
    without a closing sigmoid, becomes the logits 0 and z, whose softmax is 1 - sigmoid(z) and sigmoid(z).

    Parameters
    ----------
    network : Sequential
        In evaluation mode.
    name : str
        What the sentences of errors call it.
    head : {"softmax", "sigmoid"}, optional
        What whoever gave it says of its outputs; softmax where neither they nor the last layer say it.

    Raises
    ------
    InputError
        If the network holds a layer without a counterpart in the stack, or ends in another head.
    """
    modules = [m for m in network if not isinstance(m, nn.Dropout | nn.AlphaDropout | nn.Identity)]
    closing = _closing(modules, name)
    maps: list[tuple[Tensor, Tensor]] = []
    activations: set[str] = set()
    joined = False
    for module in modules:
        if isinstance(module, nn.Linear | nn.BatchNorm1d):
            here = _affine(module, name)
            if joined:
                maps[-1] = _composed(maps[-1], here, name)
            else:
                maps.append(here)
            joined = True
        else:
            activations.add(_activation(module, name))
            if not joined:
                raise InputError(f"{name} has two activations in a row, or starts with one")
            joined = False
    if not joined or len(maps) < 2 or len(activations) != 1:
        raise InputError(
            f"{name} is no fully connected network with hidden layers of one kind",
            given=" > ".join(type(module).__name__ for module in network),
            allowed="linear layers with one activation between them and a linear layer last",
        )
    _check_widths(maps, name)
    if not all(torch.isfinite(part).all() for pair in maps for part in pair):
        raise InputError(f"{name} holds a parameter that is not finite", action="export it again")
    maps[-1], found = _as_logits(maps[-1], name, closing, head)
    return AffineChain(maps, activations.pop(), found, said=closing is not None or head is not None)


def _closing(modules: list[nn.Module], name: str) -> str | None:
    """Take a closing softmax or sigmoid off a network and return which it was."""
    last = modules[-1] if modules else None
    if isinstance(last, nn.Softmax | nn.LogSoftmax):
        _check_softmax(last, name)
    elif not isinstance(last, nn.Sigmoid):
        return None
    modules.pop()
    return "sigmoid" if isinstance(last, nn.Sigmoid) else "softmax"


def _check_softmax(module: nn.Softmax | nn.LogSoftmax, name: str) -> None:
    if module.dim not in (1, -1, None):
        raise InputError(
            f"{name} ends in a softmax over segments",
            given=f"dim={module.dim}",
            allowed="dim=1, over classes",
        )


def _affine(module: nn.Linear | nn.BatchNorm1d, name: str) -> tuple[Tensor, Tensor]:
    if isinstance(module, nn.Linear):
        weight = module.weight.detach().double().T
        zeros = weight.new_zeros(weight.shape[1])
        return weight, zeros if module.bias is None else module.bias.detach().double()
    if module.running_mean is None or module.running_var is None:
        raise InputError(
            f"{name} has batch norm without running moments",
            action="train it with track_running_stats=True: without them a row's output depends on its batch",
        )
    slope = 1.0 / torch.sqrt(module.running_var.double() + module.eps)
    offset = -module.running_mean.double() * slope
    if module.affine:
        weight, bias = module.weight.detach().double(), module.bias.detach().double()
        slope, offset = slope * weight, offset * weight + bias
    return torch.diag(slope), offset


def _composed(
    first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor], name: str
) -> tuple[Tensor, Tensor]:
    _check_widths([first, second], name)
    return first[0] @ second[0], first[1] @ second[0] + second[1]


def _check_widths(maps: Sequence[tuple[Tensor, Tensor]], name: str) -> None:
    for (before, _), (after, _) in pairwise(maps):
        if before.shape[1] != after.shape[0]:
            raise InputError(
                f"the layers of {name} do not fit each other",
                given=f"{before.shape[1]} outputs into {after.shape[0]} inputs",
                action="check the order of the layers",
            )


def _activation(module: nn.Module, name: str) -> str:
    for known, kind in _MODULES.items():
        if type(module) is kind:
            attribute, value = _SLOPES.get(kind, ("", 0.0))
            if attribute and getattr(module, attribute) != value:
                raise InputError(
                    f"{name} has an activation with another slope",
                    given=f"{known} with {attribute} {getattr(module, attribute)}",
                    allowed=value,
                )
            return known
    raise InputError(
        f"{name} holds a layer that cannot be imported",
        given=type(module).__name__,
        allowed="Linear, BatchNorm1d, Dropout, " + ", ".join(kind.__name__ for kind in _MODULES.values()),
    )


def _as_logits(
    last: tuple[Tensor, Tensor], name: str, closing: str | None, head: str | None
) -> tuple[tuple[Tensor, Tensor], str]:
    """Return the last map with one logit per class, and what makes probabilities of them."""
    if closing is not None and head not in (None, closing):
        raise InputError(f"{name} ends in another head than was said", given=head, allowed=closing)
    weight, bias = last
    found = closing or head or "softmax"
    if weight.shape[1] > 1:
        return last, found
    if "softmax" in (closing, head):
        raise InputError(f"{name} ends in a softmax of one output, which is always 1")
    two = torch.cat([torch.zeros_like(weight), weight], 1), torch.cat([torch.zeros_like(bias), bias])
    return two, "softmax"
