"""A saved model out of networks trained elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from megathrust.core import FloatArray, InputError, check_choice, check_same_length
from megathrust.models._architecture import FCNArchitecture
from megathrust.models._heads import Heads
from megathrust.models._layers import StackedLinear
from megathrust.models._plain_networks import AffineChain, PlainNetwork, affine_chain, as_sequential
from megathrust.models._saved import SavedModel
from megathrust.models._stack import FCNStack


def import_networks(
    networks: PlainNetwork | Sequence[PlainNetwork],
    *,
    feature_names: Sequence[str],
    mean: npt.ArrayLike,
    std: npt.ArrayLike,
    thresholds: Sequence[float],
    power: npt.ArrayLike | None = None,
    head: str | None = None,
    feature_units: Sequence[str] | None = None,
    activation: str | None = None,
    batch_norm: str | None = None,
    layer_order: Sequence[str] | None = None,
    training_segments: Sequence[Sequence[str]] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> SavedModel:
    """Make one stack of multilayer perceptrons that were trained with PyTorch.

    Every network keeps its function: batch norm is folded into its linear neighbour in float64, dropout is
    off. Networks of different widths share a stack: narrower layers are filled with units whose weights and
    biases are zero, which adds exactly nothing to outputs or relevance.

    Parameters
    ----------
    networks : Sequential, mapping of str to Tensor, path_like, or a sequence of them
        Each a ``torch.nn.Sequential`` of PyTorch's own layers without hooks, a state dict, or a file of one:
        ``.pt`` and ``.pth`` are read with ``weights_only=True``, so that no code in them is run;
        ``.safetensors`` as it is. Parameters alone are taken for one chain of layers. All have the same
        number of hidden layers, inputs and outputs, and the same activation.
    feature_names : sequence of str
        Names of the inputs in the networks' order, as the table calls them.
    mean, std : array_like, shape (), (features,) or (networks, features)
        Scaling of the networks' training, (value - mean) / std; 0 and 1 for networks that take raw values.
    thresholds : sequence of float
        Magnitudes between the classes, increasing; one fewer than classes. Output c of a network is the
        logit of class c, class 0 the one below every threshold; a single output is that of class 1.
    power : array_like, shape (), (features,) or (networks, features), optional
        Where the training transformed values by Yeo & Johnson (2000) before scaling them: the power of every
        feature, ``lambdas_`` of scikit-learn's ``PowerTransformer``; mean and std are then those of the
        transformed values (``_scaler.mean_`` and ``_scaler.scale_`` there).
    head : {"softmax", "sigmoid"}, optional
        What makes probabilities of several outputs: ``"softmax"`` (cross-entropy), or ``"sigmoid"``, a yes or
        no for each class on its own (binary cross-entropy on one-hot labels), whose probabilities are then
        given over their sum. Both have the same most probable class, but not the same numbers. A closing
        layer says it; where nothing does, softmax is assumed, and the card says that it was.
    feature_units : sequence of str, optional
        Units of the inputs; recorded as unknown by default.
    activation : str, optional
        One of `ACTIVATIONS`; needed for state dicts and files, which do not hold it.
    batch_norm : {"before", "after"}, optional
        Needed for state dicts with batch norm behind the first layer: ``"after"`` each linear layer, ahead
        of the activation, or ``"before"`` the next one, behind the activation. Its epsilon is taken for 1e-5.
    layer_order : sequence of str, optional
        Names of the layers in the state dicts, input first; needed where the names differ in more than one
        number, since a state dict keeps the order in which layers were made, not that of their use.
    training_segments : sequence of sequence of str, optional
        Per network the segments it was trained on, as ``region:segment``. Without them nobody can know which
        predictions are tests, and ``trained_on_share`` stays empty.
    notes : mapping, optional
        For the model card; see `model_card`.

    Returns
    -------
    SavedModel
        For `save_model` and `megathrust.predict`; its ``stack`` for `megathrust.explanation.relevance`.

    Raises
    ------
    InputError
        If the networks cannot be brought to one stack, or scaling, names or thresholds do not fit them.
    ModelError
        If a file cannot be read or holds something else.

    Examples
    --------
    >>> import torch
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    >>> names = ["SED_AVE", "SDM_400"]
    >>> model = import_networks([network], feature_names=names, mean=0.0, std=1.0, thresholds=[8.0])
    >>> x = np.array([[1.0, -0.5]])
    >>> theirs = network(torch.tensor(x).float()).softmax(1).tolist()
    >>> bool(np.allclose(model.stack.probabilities(x)[0], theirs))
    True
    """
    several = cast("Sequence[PlainNetwork]", networks if isinstance(networks, list | tuple) else [networks])
    if not several:
        raise InputError("no network was given", action="give one at least")
    names = [_name(network, number) for number, network in enumerate(several)]
    check_choice("head", head if head is not None else "softmax", ("sigmoid", "softmax"))
    chains = []
    for name, network in zip(names, several, strict=True):
        module = as_sequential(
            network, name=name, activation=activation, batch_norm=batch_norm, layer_order=layer_order
        )
        chains.append(affine_chain(module, name, head))
    _check_together(chains, names, len(feature_names), thresholds)
    shift, scale, powers = (
        _per_network(values, chains, what)
        for values, what in ((mean, "mean"), (std, "std"), (1.0 if power is None else power, "power"))
    )
    if (scale <= 0.0).any():
        raise InputError("a standard deviation is not positive", given=float(scale.min()), allowed="> 0")
    units = tuple(feature_units) if feature_units is not None else ("unknown",) * len(feature_names)
    check_same_length(feature_names=feature_names, feature_units=units)
    segments = [tuple(one) for one in training_segments] if training_segments is not None else None
    if segments is not None:
        check_same_length(networks=several, training_segments=segments)
    return SavedModel(
        stack=_stack(chains, shift, scale, powers),
        feature_names=tuple(feature_names),
        feature_units=units,
        thresholds=tuple(float(threshold) for threshold in thresholds),
        members=tuple({"fold": name, "seed": None} for name in names),
        folds=dict(zip(names, segments, strict=True)) if segments is not None else {},
        notes={
            "title": "Model card: networks trained elsewhere",
            "imported": {
                "scaling": "mean and spread" if power is None else "Yeo-Johnson, then mean and spread",
                "head": chains[0].head,
                "head_said": all(chain.said for chain in chains),
            },
            **(notes or {}),
        },
    )


def _name(network: PlainNetwork, number: int) -> str:
    file = f", {Path(network).name}" if isinstance(network, str | os.PathLike) else ""
    return f"network {number}{file}"


def _check_together(
    chains: Sequence[AffineChain],
    names: Sequence[str],
    features: int,
    thresholds: Sequence[float],
) -> None:
    if list(thresholds) != sorted(set(thresholds)):
        raise InputError("the thresholds do not increase", given=", ".join(map(str, thresholds)))
    first = chains[0]
    for name, chain in zip(names, chains, strict=True):
        if len(chain.maps) != len(first.maps) or chain.activation != first.activation:
            raise InputError(
                f"{name} has another depth or activation than {names[0]}",
                given=f"{len(chain.maps) - 1} hidden layers of {chain.activation}",
                allowed=f"{len(first.maps) - 1} hidden layers of {first.activation}",
                action="import such networks on their own: each depth and activation is a stack of its own",
            )
        if chain.head != first.head:
            raise InputError(f"{name} has another head than {names[0]}", given=chain.head, allowed=first.head)
        inputs, outputs = chain.maps[0][0].shape[0], chain.maps[-1][0].shape[1]
        if inputs != features:
            raise InputError(
                f"{name} takes another number of features", given=inputs, allowed=f"{features}, as named"
            )
        if outputs != len(thresholds) + 1:
            raise InputError(
                f"{name} has another number of classes", given=outputs, allowed=len(thresholds) + 1
            )


def _per_network(values: npt.ArrayLike, chains: Sequence[AffineChain], what: str) -> FloatArray:
    shape = (len(chains), chains[0].maps[0][0].shape[0])
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise InputError(f"the {what} of a feature is not finite")
    try:
        return np.array(np.broadcast_to(array, shape))
    except ValueError as error:
        raise InputError(
            f"the {what} does not fit the networks",
            given=f"shape {array.shape}",
            allowed=f"(), {shape[1:]} or {shape}",
        ) from error


@torch.no_grad()
def _stack(
    chains: Sequence[AffineChain], shift: FloatArray, scale: FloatArray, power: FloatArray
) -> FCNStack:
    """Return the stack of the networks, their hidden layers as wide as the widest."""
    first, maps = chains[0], [chain.maps for chain in chains]
    hidden = tuple(max(each[layer][0].shape[1] for each in maps) for layer in range(len(first.maps) - 1))
    inputs, outputs = first.maps[0][0].shape[0], first.maps[-1][0].shape[1]
    heads = Heads(outputs, sigmoid=first.head == "sigmoid")
    architecture = FCNArchitecture(inputs, outputs, hidden, first.activation, heads=heads)
    # Everything of a new stack is zero, and so what padding leaves.
    stack = FCNStack(architecture, shift, scale, power=power)
    linear = [layer for layer in stack.layers if isinstance(layer, StackedLinear)]
    for member, own in enumerate(maps):
        for layer, (weight, bias) in zip(linear, own, strict=True):
            layer.weight[member, : weight.shape[0], : weight.shape[1]] = weight
            layer.bias[member, : bias.shape[0]] = bias
    return stack.eval()
