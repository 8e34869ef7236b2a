"""What is checked of every explanation: conservation, flipping, random parameters and random labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from megathrust.core import FloatArray, fill_missing
from megathrust.explanation import (
    ATTRIBUTIONS,
    ExplainedStack,
    Relevance,
    complexity,
    conservation,
    feature_flipping,
    left_over,
    parameter_randomisation,
    rank_correlation,
    relevance_spread,
    sparseness,
)
from megathrust.pipelines.relevance._asked import Asked
from megathrust.pipelines.relevance._stack import ENCODING_NAMES, HeldOut


def checks_of(
    asked: Asked,
    features: FloatArray,
    held_out: HeldOut,
    found: Mapping[str, Relevance],
    families: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Return what every method conserves, and whether the leading one finds what networks use."""
    numbers: dict[str, Any] = {}
    for method, each in found.items():
        mean = each.features[:, -1].mean(0)
        numbers[method] = {
            "conservation": conservation(each),
            "left_over": left_over(each),
            "complexity": float(complexity(mean).mean()),
            "sparseness": float(sparseness(mean).mean()),
        }
    # Of the first fold, so that checks cost less than what they check.
    fold = asked.folds[0]
    background = held_out.backgrounds[fold.name]
    rows = fill_missing(features[fold.test], features[fold.train])
    for name, stack in asked.stacks.items():
        count = stack.members // len(asked.folds)
        own = ExplainedStack(stack.select(range(count)), asked.contrast)
        label = ENCODING_NAMES.get(name, name)
        attribution = ATTRIBUTIONS[asked.methods[0]]
        there = attribution(own, rows, background, asked.options)
        relevance = there.features[:, -1].mean(0)
        groups = None if relevance.shape[1] == len(families) else families
        numbers[f"flipping_{label}"] = {}
        for fill in ("median", "conditional"):
            ours, chance = feature_flipping(
                own, rows, relevance, background, groups=groups, fill=fill, orders=3, seed=seed
            )
            numbers[f"flipping_{label}"][fill] = {
                "by_relevance": float(ours.mean()),
                "at_random": float(chance.mean()),
            }
        numbers[f"parameter_randomisation_{label}"] = parameter_randomisation(
            own, rows, background, attribution, asked.options, seed=seed
        )
    return numbers


def label_randomisation(asked: Asked, held_out: HeldOut) -> dict[str, float]:
    """Return the rank correlation of rankings of features with those of networks that learnt random labels.

    Near 0 where relevance tells of what labels teach; near 1 where it tells of the features alone (Adebayo et
    al. 2018, arXiv:1810.03292, data randomisation).
    """
    method = next((each for each in asked.methods if each not in ("shapley", "occlusion")), asked.methods[0])
    numbers = {}
    for name, drawn in asked.randomised.items():
        both = [asked.explain(stack, held_out, method) for stack in (asked.stacks[name], drawn)]
        spreads = [relevance_spread(each.features[:, -1]).mean(0) for each in both]
        numbers[f"label_randomisation_{ENCODING_NAMES.get(name, name)}"] = rank_correlation(*spreads)
    return numbers
