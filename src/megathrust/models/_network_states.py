"""Parameters of networks trained elsewhere: read from files, and brought to the order of their layers."""

from __future__ import annotations

import pickle
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from megathrust.core import InputError, ModelError, quoted, reading

_TORCH_SUFFIXES = (".pt", ".pth")
# What PyTorch's reader raises on bytes that are no checkpoint, or that hold more than tensors.
_UNREADABLE = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    struct.error,
    TypeError,
    AttributeError,
    AssertionError,
    OSError,
    MemoryError,
    OverflowError,
)
_STATE_KEYS = ("state_dict", "model_state_dict")


def read_state(path: Path) -> tuple[dict[str, Tensor], bool]:
    """Return the parameters in a file, and whether their order is that of the layers."""
    if not path.is_file():
        raise ModelError("there is no such file of a network", given=path)
    if path.suffix == ".safetensors":
        with reading(path, "a safetensors file", error=ModelError):
            return safetensors.torch.load_file(path), False
    if path.suffix not in _TORCH_SUFFIXES:
        raise ModelError(
            "unknown kind of network file",
            given=path.name,
            allowed="names ending in .pt, .pth or .safetensors",
        )
    _check_unpacked(path)
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        # PyTorch's own advice is to load it all the same, which would run whatever code the file holds.
        raise ModelError(
            f"{path.name} cannot be read as parameters alone",
            given="another kind of file, a damaged one, or a whole pickled module",
            allowed="what torch.save(network.state_dict(), file) writes",
        ) from error
    for key in _STATE_KEYS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    whole = isinstance(content, Mapping) and content
    if not whole or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        raise ModelError(
            f"{path.name} holds no state dict",
            given=type(content).__name__,
            allowed="tensors by name, also under " + " or ".join(_STATE_KEYS),
        )
    for key, tensor in content.items():
        dense = tensor.layout == torch.strided and not tensor.is_quantized
        if not dense or tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            # One number may be announced as any amount of them.
            raise ModelError(
                f"a tensor of {path.name} holds less than it announces",
                given=f"{quoted(key, 60)} of shape {tuple(tensor.shape)}",
                allowed="dense tensors that own their numbers",
            )
    return dict(content), True


def _check_unpacked(path: Path) -> None:
    """Refuse an archive that is small only as long as it is packed."""
    with reading(path, "parameters alone", error=ModelError):
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    if size > 2 * path.stat().st_size + 2**20:
        raise ModelError(
            f"{path.name} unpacks to more than PyTorch packs",
            given=f"{size} bytes of {path.stat().st_size}",
        )


def layers_in_order(
    state: Mapping[str, Tensor], name: str, *, ordered: bool, layer_order: Sequence[str] | None
) -> list[dict[str, Tensor]]:
    """Return the parameters of each layer, input first."""
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in state.items():
        prefix, _, part = key.rpartition(".")
        groups.setdefault(prefix, {})[part] = tensor
    if layer_order is not None:
        if sorted(layer_order) != sorted(groups):
            raise InputError(
                f"the order of layers does not name the layers of {name}",
                given=", ".join(layer_order),
                allowed=", ".join(groups),
            )
        names = list(layer_order)
    else:
        numbers = {prefix: [int(number) for number in re.findall(r"\d+", prefix)] for prefix in groups}
        names = sorted(groups, key=numbers.__getitem__)
        if not _proves_order(numbers, groups) or (ordered and names != list(groups)):
            # Parameters are kept in the order in which the layers were made, not in that of their use.
            raise InputError(
                f"{name} does not tell the order of its layers",
                given=", ".join(groups if ordered else sorted(groups)),
                allowed="names that differ in one number only, such as 0, 2, 4 of a torch.nn.Sequential",
                action="name the layers in the order of their use, input first: layer_order=[...]",
            )
    return [groups[prefix] for prefix in names]


def _proves_order(numbers: Mapping[str, list[int]], groups: Mapping[str, Mapping[str, Tensor]]) -> bool:
    """Whether layers are numbered along one chain, in which a norm stands beside a linear layer."""
    one_pattern = len({re.sub(r"\d+", "0", prefix) for prefix in numbers}) == 1
    varying = [len(set(place)) > 1 for place in zip(*numbers.values(), strict=True)] if one_pattern else []
    norms = ["running_mean" in groups[prefix] for prefix in sorted(groups, key=numbers.__getitem__)]
    return sum(varying) == (len(numbers) > 1) and one_pattern and not any(map(all, pairwise(norms)))
