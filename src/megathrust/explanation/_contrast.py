"""What is explained: a linear function of the outputs of a stack."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from megathrust.core import check_choice
from megathrust.models import FCNStack

CONTRASTS = ("log-odds", "outputs")


@dataclass(frozen=True)
class Contrast:
    """A linear function of the outputs of every network.

    Attributes
    ----------
    names : tuple of str
        Of the explained quantities; a class against the others, or the magnitude. The one that leads is the
        last: the highest class where there are classes, else the median, else the magnitude.
    units : tuple of str
        ``"log-odds"``, ``"Mw"``, or ``"1"``.
    weight : Tensor, shape (members, outputs, quantities)
    bias : Tensor, shape (members, quantities)
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    weight: Tensor
    bias: Tensor


def make_contrast(
    stack: FCNStack, kind: str = "log-odds", *, number: tuple[str, str] = ("magnitude", "Mw")
) -> Contrast:
    """Return what is explained of a stack.

    Parameters
    ----------
    stack : FCNStack
    kind : {"log-odds", "outputs"}
        ``"log-odds"``: the logit of a class less the mean logit of the others; of two classes only that of
        the upper one, since that of the lower is its mirror image. Ordered classes: the log-odds of lying
        above each threshold, which are outputs as they stand. Magnitudes in Mw, unless they were fitted as
        shares of the training segments. ``"outputs"``: every output as it stands, for networks whose outputs
        are independent sigmoids ahead of their sigmoid.
    number : tuple of str
        Name and unit of what networks predict that is no class.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> contrast = make_contrast(load_model("great-regions").stack)
    >>> contrast.names, contrast.weight[0].T.tolist()
    (('class 1 against class 0',), [[-1.0, 1.0]])
    """
    check_choice("contrast", kind, CONTRASTS)
    heads, members = stack.architecture.heads, stack.members
    if kind == "outputs":
        names = tuple(f"output {number}" for number in range(heads.n_outputs))
        weight = torch.eye(heads.n_outputs, dtype=torch.float64).expand(members, -1, -1)
        return Contrast(
            names,
            ("1",) * heads.n_outputs,
            weight,
            torch.zeros(members, heads.n_outputs, dtype=torch.float64),
        )
    names_, units, parts, bias = [], [], [], []
    if stack.magnitude_scale is not None:
        levels = heads.quantiles if heads.magnitude == "quantile" else (0.5,)
        order = sorted(range(len(levels)), key=lambda place: -abs(levels[place] - 0.5))
        quantile = heads.magnitude == "quantile"
        name, unit = number
        names_ += [f"{name}, quantile {levels[place]:g}" if quantile else name for place in order]
        units += ["1" if heads.uniform else unit] * len(levels)
        knots = stack.magnitude_scale.knots.detach().double()
        slope = torch.ones(members, dtype=torch.float64) if heads.uniform else knots[:, 1]
        start = torch.zeros(members, dtype=torch.float64) if heads.uniform else knots[:, 0]
        own = torch.zeros(members, heads.n_outputs, len(levels), dtype=torch.float64)
        # Of a normal law the last output is the centre, which is the magnitude.
        first = heads.n_outputs - len(levels)
        for column, place in enumerate(order):
            own[:, first + place, column] = slope
        parts.append(own)
        bias.append(start[:, None].expand(-1, len(levels)))
    classes = _class_names(stack)
    names_ += classes
    units += ["log-odds"] * len(classes)
    parts.append(_class_part(stack))
    bias.append(torch.zeros(members, len(classes), dtype=torch.float64))
    return Contrast(tuple(names_), tuple(units), torch.cat(parts, dim=2), torch.cat(bias, dim=1))


def _class_names(stack: FCNStack) -> list[str]:
    heads = stack.architecture.heads
    if heads.ordinal:
        return [f"above class {number}" for number in range(heads.class_outputs)]
    if heads.classes == 2:
        return ["class 1 against class 0"]
    return [f"class {number} against the others" for number in range(heads.classes)]


def _class_part(stack: FCNStack) -> Tensor:
    heads = stack.architecture.heads
    count = heads.class_outputs
    weight = torch.zeros(stack.members, heads.n_outputs, len(_class_names(stack)), dtype=torch.float64)
    if not count:
        return weight
    if heads.ordinal or heads.classes == 1:
        weight[:, :count] = torch.eye(count, dtype=torch.float64)
    elif heads.classes == 2:
        weight[:, :2, 0] = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    else:
        others = torch.full((count, count), -1.0 / (count - 1), dtype=torch.float64)
        weight[:, :count] = others.fill_diagonal_(1.0)
    return weight
