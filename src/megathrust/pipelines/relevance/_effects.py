"""What moving the leading feature of every family does, beside what publications expect of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, fill_missing
from megathrust.explanation import ExplainedStack, accumulated_effect
from megathrust.features import EXPECTATIONS
from megathrust.models import FCNStack
from megathrust.pipelines.relevance._stack import ENCODING_NAMES
from megathrust.splits import Fold

# Share of the networks, of every encoding, that must say one sign.
_AGREED = 0.9


def family_effects(
    stacks: Mapping[str, FCNStack],
    features: FloatArray,
    folds: Sequence[Fold],
    names: Sequence[str],
    leading: Mapping[str, str],
    *,
    contrast: str = "log-odds",
) -> pd.DataFrame:
    """Return the accumulated effect of one feature of every family on held-out segments.

    Parameters
    ----------
    stacks : mapping of str to FCNStack
        By encoding, as many members for every fold, fold by fold.
    features : ndarray, shape (rows, features)
    folds : sequence of Fold
    names : sequence of str
        Of the features.
    leading : mapping of str to str
        From family to its feature.
    contrast : str

    Returns
    -------
    DataFrame
        One row per family and value of its feature: family, feature, value, effect (mean over all networks,
        of mean 0 over segments), sd (over sets of networks, one from every fold), one column per encoding,
        rising (share of these sets in which the largest value has more than the smallest), expected (sign),
        source, agreement.
    """
    parts = {name: _by_fold(stack, features, folds, contrast) for name, stack in stacks.items()}
    tables = []
    for family, feature in leading.items():
        column = list(names).index(feature)
        found = {name: accumulated_effect(each, column) for name, each in parts.items()}
        values = next(iter(found.values())).values
        every = np.concatenate([each.effect[:, -1] for each in found.values()])
        rising = [float(np.mean(each.rise[:, -1] > 0.0)) for each in found.values()]
        falling = [float(np.mean(each.rise[:, -1] < 0.0)) for each in found.values()]
        expectation = EXPECTATIONS.get(feature)
        table = pd.DataFrame({"family": family, "feature": feature, "value": values, "effect": every.mean(0)})
        table["sd"] = every.std(0, ddof=1) if len(every) > 1 else np.nan
        for name, each in found.items():
            table[ENCODING_NAMES.get(name, name)] = each.effect[:, -1].mean(0)
        table["rising"] = float(np.mean(np.concatenate([each.rise[:, -1] for each in found.values()]) > 0.0))
        table["expected"] = np.nan if expectation is None else expectation.sign
        table["source"] = "" if expectation is None else f"{expectation.words}: {expectation.citation}"
        table["agreement"] = agreement(rising, falling, None if expectation is None else expectation.sign)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def agreement(rising: Sequence[float], falling: Sequence[float], expected: int | None) -> str:
    """Say how networks and a published sign go together.

    Parameters
    ----------
    rising : sequence of float
        For every encoding the share of sets of networks in which more of the feature raises the log-odds.
    falling : sequence of float
        The share in which it lowers them; neither where nothing changes.
    expected : int or None

    Examples
    --------
    >>> agreement([0.95, 1.0], [0.05, 0.0], 1), agreement([0.0, 0.1], [1.0, 0.9], 1)
    ('as expected', 'against what is expected')
    >>> agreement([0.4, 1.0], [0.6, 0.0], 1), agreement([1.0], [0.0], None), agreement([0.0], [0.0], None)
    ('networks disagree', 'rises; nothing is expected', 'no effect')
    """
    if min(rising) >= _AGREED:
        sign, word = 1, "rises"
    elif min(falling) >= _AGREED:
        sign, word = -1, "falls"
    else:
        return "networks disagree" if max(*rising, *falling) > 0.0 else "no effect"
    if expected is None:
        return f"{word}; nothing is expected"
    if expected == 0:
        return f"{word}; no effect is expected"
    return "as expected" if sign == expected else "against what is expected"


def _by_fold(
    stack: FCNStack, features: FloatArray, folds: Sequence[Fold], contrast: str
) -> list[tuple[ExplainedStack, FloatArray]]:
    count = stack.members // len(folds)
    return [
        (
            ExplainedStack(stack.select(range(number * count, (number + 1) * count)), contrast),
            fill_missing(features[fold.test], features[fold.train]),
        )
        for number, fold in enumerate(folds)
    ]
