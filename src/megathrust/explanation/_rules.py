"""Rules by which an affine map hands relevance down to its inputs: each a declaration of its shares.

An output z_j = sum_i a_i w_ij + b_j has relevance R_j. A share says which parts c_ij of it the inputs have:
R_i = sum_j c_ij R_j / (sum_i c_ij + d_j), where d_j is the part of the bias. A rule is one share or several,
whose factors sum to 1 in every output, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from megathrust.core import InputError, Registry


@dataclass(frozen=True)
class Link:
    """An affine map at work, or the difference of one at two places: then its bias is 0.

    Attributes
    ----------
    weight : Tensor, shape (members, inputs, outputs)
    bias : Tensor, shape (members, outputs)
    inputs : Tensor, shape (members, rows, inputs)
    outputs : Tensor, shape (members, rows, outputs)
    box : tuple of Tensor, optional
        Least and largest value of each input, (members, 1 or rows, inputs); known of the first map only.
    """

    weight: Tensor
    bias: Tensor
    inputs: Tensor
    outputs: Tensor
    box: tuple[Tensor, Tensor] | None = None


@dataclass(frozen=True)
class Share:
    """Parts of the inputs in the outputs, as sums of products.

    Attributes
    ----------
    products : tuple of (Tensor, Tensor)
        Of each product what belongs to the inputs, (members, rows, inputs), and the weights, (members,
        inputs, outputs).
    bias : Tensor, shape (members, outputs)
    factor : float or Tensor, shape (members, rows, outputs)
        How much of an output's relevance goes this way.
    """

    products: tuple[tuple[Tensor, Tensor], ...]
    bias: Tensor
    factor: float | Tensor = 1.0


#: From an affine map at work to the shares of its outputs' relevance.
Rule = Callable[[Link], tuple[Share, ...]]

#: Rules by name.
RULES: Registry[Rule] = Registry("rule of relevance")

#: Composites by name: rule of the first map, of the hidden ones, of the last one.
COMPOSITES: Registry[tuple[str, str, str]] = Registry("composite of rules")
COMPOSITES.register("epsilon-plus")(("z-plus", "z-plus", "epsilon"))
COMPOSITES.register("epsilon-plus-flat")(("flat", "z-plus", "epsilon"))
COMPOSITES.register("epsilon-gamma")(("generalised-gamma", "generalised-gamma", "epsilon"))
COMPOSITES.register("epsilon-gamma-box")(("z-box", "gamma", "epsilon"))
COMPOSITES.register("epsilon-alpha-beta")(("epsilon", "alpha-beta", "epsilon"))
COMPOSITES.register("epsilon-gamma-linear")(("epsilon", "gamma", "epsilon"))

_GAMMA = 0.25
_ALPHA, _BETA = 2.0, 1.0


def rules_of(name: str, count: int) -> list[Rule]:
    """Return the rule of each of ``count`` affine maps, the first map first.

    Parameters
    ----------
    name : str
        A rule for all maps, or a composite.
    count : int

    Examples
    --------
    >>> [rule.__name__ for rule in rules_of("epsilon-plus-flat", 3)]
    ['flat', 'z_plus', 'epsilon']
    """
    if name in COMPOSITES:
        first, hidden, last = COMPOSITES[name]
        names = [first, *[hidden] * (count - 2), last] if count > 1 else [last]
        return [RULES[each] for each in names]
    if name not in RULES:
        # The sentence of a registry, with the names of both.
        both: Registry[object] = Registry("rule or composite of relevance")
        for known in (*RULES, *COMPOSITES):
            both.register(known)(known)
        both[name]
    return [RULES[name]] * count


def check_rule(name: str) -> str:
    """Refuse what is neither rule nor composite; return the name."""
    rules_of(name, 3)
    return name


def hand_down(rule: Rule, link: Link, flowing: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Return the relevance of the inputs, (members, classes, rows, inputs), and what went elsewhere.

    Parameters
    ----------
    rule : callable
    link : Link
    flowing : Tensor, shape (members, classes, rows, outputs)
        Relevance of the outputs.
    epsilon : float
        Stabiliser: added to every denominator in the direction of its sign.

    Returns
    -------
    handed : Tensor, shape (members, classes, rows, inputs)
    taken : Tensor, shape (members, classes, rows)
        By biases and the stabiliser.
    """
    members, classes, rows, _ = flowing.shape
    handed, taken = None, flowing.new_zeros(flowing.shape[:-1])
    for share in rule(link):
        # Summed anew: as differences of outputs, small totals would hold the rounding of large ones.
        total = _total(share)
        # sign(0) counts as +1, so that a dead unit divides by epsilon and not by zero.
        stabiliser = torch.where(total < 0, total.new_tensor(-epsilon), total.new_tensor(epsilon))
        parts = flowing * (share.factor / (total + stabiliser))[:, None]
        for inputs, weight in share.products:
            # All classes are rows of one product, so that no weight is copied.
            summed = torch.bmm(parts.flatten(1, 2), weight.mT).view(members, classes, rows, -1)
            own = summed.mul_(inputs[:, None])
            handed = own if handed is None else handed.add_(own)
        taken += parts.mul_((share.bias[:, None, :] + stabiliser)[:, None]).sum(-1)
    if handed is None:
        raise InputError("a rule of relevance gives no share", given=getattr(rule, "__name__", rule))
    return handed, taken


def _total(share: Share) -> Tensor:
    (inputs, weight), *others = share.products
    total = torch.baddbmm(share.bias[:, None, :], inputs, weight)
    for inputs, weight in others:
        total.baddbmm_(inputs, weight)
    return total


def _positive(values: Tensor) -> Tensor:
    return values.clamp(min=0.0)


def _negative(values: Tensor) -> Tensor:
    return values.clamp(max=0.0)


def _positive_parts(link: Link) -> tuple[tuple[Tensor, Tensor], ...]:
    """Return products whose sum is that of the positive contributions a w."""
    return (_positive(link.inputs), _positive(link.weight)), (_negative(link.inputs), _negative(link.weight))


def _negative_parts(link: Link) -> tuple[tuple[Tensor, Tensor], ...]:
    return (_positive(link.inputs), _negative(link.weight)), (_negative(link.inputs), _positive(link.weight))


@RULES.register("epsilon")
def epsilon(link: Link) -> tuple[Share, ...]:
    """Share by contributions, a w (Bach et al. 2015, doi:10.1371/journal.pone.0130140, eq. 58)."""
    return (Share(((link.inputs, link.weight),), link.bias),)


@RULES.register("gamma")
def gamma(link: Link) -> tuple[Share, ...]:
    """Favour positive weights, a (w + w+/4); for inputs >= 0 (Montavon et al. 2019, section 10.2.3)."""
    weight = link.weight + _GAMMA * _positive(link.weight)
    return (Share(((link.inputs, weight),), link.bias + _GAMMA * _positive(link.bias)),)


@RULES.register("generalised-gamma")
def generalised_gamma(link: Link) -> tuple[Share, ...]:
    """Favour contributions of the output's sign, for inputs of any sign (Andeol et al. 2021)."""
    whole = (link.inputs, link.weight)
    up = tuple((inputs, _GAMMA * weight) for inputs, weight in _positive_parts(link))
    down = tuple((inputs, _GAMMA * weight) for inputs, weight in _negative_parts(link))
    above = (link.outputs >= 0.0).to(link.outputs)
    return (
        Share((whole, *up), link.bias + _GAMMA * _positive(link.bias), above),
        Share((whole, *down), link.bias + _GAMMA * _negative(link.bias), 1.0 - above),
    )


@RULES.register("alpha-beta")
def alpha_beta(link: Link) -> tuple[Share, ...]:
    """Share twice by positive and once against by negative contributions (Bach et al. 2015, eq. 60)."""
    return (
        Share(_positive_parts(link), _positive(link.bias), _ALPHA),
        Share(_negative_parts(link), _negative(link.bias), -_BETA),
    )


@RULES.register("z-plus")
def z_plus(link: Link) -> tuple[Share, ...]:
    """Share by positive contributions (Montavon et al. 2017, doi:10.1016/j.patcog.2016.11.008)."""
    return (Share(_positive_parts(link), _positive(link.bias)),)


@RULES.register("w-square")
def w_square(link: Link) -> tuple[Share, ...]:
    """Share by squared weights, whatever the inputs (Montavon et al. 2017)."""
    return (Share(((torch.ones_like(link.inputs), link.weight**2),), torch.zeros_like(link.bias)),)


@RULES.register("flat")
def flat(link: Link) -> tuple[Share, ...]:
    """Share evenly (Lapuschkin et al. 2019, doi:10.1038/s41467-019-08987-4)."""
    even = torch.ones_like(link.inputs), torch.ones_like(link.weight)
    return (Share((even,), torch.zeros_like(link.bias)),)


@RULES.register("z-box")
def z_box(link: Link) -> tuple[Share, ...]:
    """Share by a w - l w+ - h w-, with the least and largest inputs l, h (Montavon et al. 2017).

    Behind the first map, where no box is known, it is the rule "z-plus".
    """
    if link.box is None:
        return z_plus(link)
    low, high = (bound.expand_as(link.inputs) for bound in link.box)
    products = (
        (link.inputs, link.weight),
        (-low, _positive(link.weight)),
        (-high, _negative(link.weight)),
    )
    return (Share(products, torch.zeros_like(link.bias)),)
