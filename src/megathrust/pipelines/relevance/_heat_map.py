"""Heat maps of features and classes in the manner of other studies, for comparison with the ranking."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megathrust.core import fill_missing
from megathrust.explanation import NORMALISATIONS, relevance
from megathrust.pipelines.relevance._asked import Asked
from megathrust.pipelines.relevance._dataset import families_of


def compared_heat_map(asked: Asked, normalisation: str, classes: int) -> pd.DataFrame:
    """Sum relevance up by class in the way of another study: single networks, outputs, what was right only.

    One network of every scenario, the first of the first encoding, explains the segments that the scenario
    holds out: its outputs from zero inputs on, by the rule that is asked.

    Parameters
    ----------
    asked : Asked
    normalisation : str
        Of `megathrust.explanation.NORMALISATIONS`.
    classes : int
        How many there are; they are the first outputs of the networks.

    Returns
    -------
    DataFrame
        One row per feature: feature, family, and for every class ``class_0`` and so on; the numbers of
        segments behind them, ``segments_0`` and so on, the same in every row.
    """
    features, stack = asked.table.features(), next(iter(asked.stacks.values()))
    parts, said = [], []
    for number, fold in enumerate(asked.folds):
        found = relevance(
            stack.select([number * asked.per_fold]),
            fill_missing(features[fold.test], features[fold.train]),
            rule=asked.options.rule,
            epsilon=asked.options.epsilon,
        )
        parts.append(found.features[0, :classes])
        said.append(found.delta[0, :classes].argmax(0))
    by_class, predicted = np.concatenate(parts, axis=1), np.concatenate(said)
    observed = asked.observed[np.concatenate([fold.test for fold in asked.folds])]
    names = asked.table.feature_names
    table = pd.DataFrame(
        {"feature": names, "family": families_of([asked.table.columns[name] for name in names])}
    )
    for each in range(classes):
        right = observed == each, predicted == each
        table[f"class_{each}"] = NORMALISATIONS[normalisation](by_class[each], *right)
        table[f"segments_{each}"] = int(np.sum(right[0] & right[1]))
    return table
