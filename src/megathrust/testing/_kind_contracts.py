"""What every null, rival, rule and attribution must pass, a user's own included."""

from __future__ import annotations

import numpy as np

from megathrust.evaluation import Baseline, Rows
from megathrust.explanation import Attribution, AttributionOptions, ExplainedStack, make_background
from megathrust.models import FCNArchitecture
from megathrust.testing._contracts import require
from megathrust.testing._worlds import synthetic_table
from megathrust.training import Member, TrainingOptions, fit_classifier
from megathrust.worlds import MakeWorld, Trenches


def check_null(make_world: MakeWorld) -> None:
    """Refuse a null whose worlds have other shapes, depend on more than the seed, or change what is given.

    Parameters
    ----------
    make_world : callable
        As in `megathrust.worlds.NULLS`.

    Raises
    ------
    AssertionError
        Naming the broken promise.

    Examples
    --------
    >>> from megathrust.worlds import NULLS
    >>> check_null(NULLS["shifted labels"])
    """
    table = synthetic_table()
    features = table.features()
    region, s_km = table.frame["region"].to_numpy(), table.frame["s_km"].to_numpy()
    given = Trenches(region, s_km, table.magnitudes(), table.ruptures(), features)
    before = features.copy()
    world, again, other = (make_world(given, seed) for seed in (1, 1, 2))
    require(world.features.shape == features.shape, "a world has as many rows and features")
    require(
        bool(set(world.labelled.tolist()) <= set(range(len(features)))),
        "a label is that of a row of its own world",
    )
    require(len(world.labelled) == len(features), "every row has a label")
    require(len(world.ruptures) == len(features), "every row has a rupture")
    for name in ("features", "labelled", "ruptures"):
        require(
            bool(np.array_equal(getattr(world, name), getattr(again, name))),
            f"{name} depend on the seed only",
        )
    changed = not np.array_equal(world.features, other.features)
    require(
        bool(changed or not np.array_equal(world.labelled, other.labelled)),
        "another seed gives another world",
    )
    require(np.array_equal(features, before), "what was given stays as it is")


def check_baseline(rival: Baseline, *, n_classes: int = 2) -> None:
    """Refuse a rival whose probabilities are none, or that looks beyond its training rows.

    Parameters
    ----------
    rival : callable
        As in `megathrust.evaluation.BASELINES`.
    n_classes : int
        How many classes it is tried on.

    Raises
    ------
    AssertionError
        Naming the broken promise.

    Examples
    --------
    >>> from megathrust.evaluation import BASELINES
    >>> check_baseline(BASELINES["region prior"])
    """
    table = synthetic_table()
    rows = Rows(table.features(), table.frame["region"].to_numpy(), table.frame["s_km"].to_numpy())
    classes = table.classes([7.5, 8.5][: n_classes - 1])
    train, test = np.arange(0, len(table), 2), np.arange(1, len(table), 2)
    given = rows.take(train), classes[train], rows.take(test), n_classes, 3
    probabilities = rival(*given)
    require(
        bool(probabilities.shape == (len(test), n_classes)), "there is a probability for every class and row"
    )
    require(np.isfinite(probabilities).all(), "probabilities are finite")
    require((probabilities >= 0.0).all(), "probabilities are not negative")
    require(np.allclose(probabilities.sum(1), 1.0), "probabilities sum to one")
    require(np.array_equal(rival(*given), probabilities), "the same rows and seed give the same again")
    turned = rival(rows.take(train), classes[train], rows.take(test[::-1]), n_classes, 3)
    require(
        bool(np.allclose(turned[::-1], probabilities)),
        "a row's probabilities do not depend on the rows beside it",
    )


def check_attribution(attribution: Attribution, *, rule: str = "epsilon") -> None:
    """Refuse an attribution, or a rule, whose relevance is not finite or does not sum to what it explains.

    Parameters
    ----------
    attribution : callable
        As in `megathrust.explanation.ATTRIBUTIONS`.
    rule : str
        One of `megathrust.explanation.RULES` or `megathrust.explanation.COMPOSITES`.

    Raises
    ------
    AssertionError
        Naming the broken promise.

    Examples
    --------
    >>> from megathrust.explanation import ATTRIBUTIONS
    >>> check_attribution(ATTRIBUTIONS["lrp"])
    """
    table = synthetic_table()
    x, classes = table.features(), table.classes([8.0])
    members = [Member(np.arange(100), seed, learning_rate=1e-2) for seed in range(2)]
    shape = FCNArchitecture(x.shape[1], 2, (8,))
    explained = ExplainedStack(fit_classifier(x, classes, members, shape, TrainingOptions(epochs=5)).stack)
    background = make_background(x[:100], count=4)
    options = AttributionOptions(rule=rule, steps=4, draws=8)
    found = attribution(explained, x[:20], background, options)
    require(
        bool(found.features.shape == (2, 1, 20, x.shape[1])),
        "relevance has the axes member, class, row, feature",
    )
    require(np.isfinite(found.features).all(), "relevance is finite")
    total = found.features.sum(-1) + found.bias
    require(np.allclose(total, found.delta, atol=1e-9), "relevance and bias share sum to what is explained")
    expected = explained.values(background.features) @ background.weights
    delta = explained.values(x[:20]) - expected[:, :, None]
    require(np.allclose(found.delta, delta, atol=1e-9), "what is explained starts at the background's mean")
    alone = attribution(explained, x[3:4], background, options).features[:, :, 0]
    require(
        bool(np.allclose(alone, found.features[:, :, 3], atol=1e-6)),
        "a row's relevance does not depend on the rows beside it",
    )
