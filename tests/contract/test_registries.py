"""Whatever comes in several kinds is a registry: a user's own kind is used by its name, from one file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from megathrust.core import InputError, Registry
from megathrust.evaluation import BASELINES, DEFAULT_RIVALS, MAGNITUDE_BASELINES
from megathrust.explanation import (
    ATTRIBUTIONS,
    COMPOSITES,
    NORMALISATIONS,
    RULES,
    Share,
    centred_lrp,
    relative_lrp,
)
from megathrust.pipelines.run import FIGURES, Drawing, run
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import TASKS
from megathrust.splits import SPLITTERS, Fold, SplitOptions
from megathrust.testing import (
    check_attribution,
    check_baseline,
    check_null,
    check_splitter,
    synthetic_table,
)
from megathrust.worlds import NULLS, World

REGISTRIES = (
    NULLS,
    BASELINES,
    MAGNITUDE_BASELINES,
    SPLITTERS,
    RULES,
    COMPOSITES,
    ATTRIBUTIONS,
    NORMALISATIONS,
    TASKS,
    FIGURES,
)


@pytest.fixture
def mine(monkeypatch):
    """Registries that forget what a test enters."""
    for registry in REGISTRIES:
        monkeypatch.setattr(registry, "_entries", dict(registry))


@dataclass(frozen=True)
class HalfSplitter:
    """Hold out one half of every trench."""

    exclusion_km: float
    protocol: str = "halves"
    whole_ruptures: bool = False

    def split(self, table, ruptures=None):
        frame = table.frame
        middle = frame.groupby("region")["s_km"].transform("median")
        lower = (frame["s_km"] <= middle).to_numpy()
        gap = (abs(frame["s_km"] - middle) <= self.exclusion_km).to_numpy()
        return [
            Fold("lower", np.flatnonzero(~lower & ~gap), np.flatnonzero(lower)),
            Fold("upper", np.flatnonzero(lower & ~gap), np.flatnonzero(~lower)),
        ]


@pytest.mark.usefixtures("mine")
def test_a_null_a_rival_a_split_a_rule_an_attribution_and_a_figure_of_ones_own(tmp_path):
    @NULLS.register("mixed segments")
    def mixed(trenches, seed):
        order = np.random.default_rng(seed).permutation(len(trenches.region))
        return World(trenches.features, order, trenches.ruptures[order])

    @BASELINES.register("fair coin")
    def coin(train, classes, test, n_classes, seed):
        return np.full((len(test.region), n_classes), 1.0 / n_classes)

    SPLITTERS.register("halves")(lambda options: HalfSplitter(options.exclusion_km))

    @RULES.register("even")
    def even(link):
        return (Share(((link.inputs * 0.0 + 1.0, link.weight * 0.0 + 1.0),), link.bias * 0.0),)

    @ATTRIBUTIONS.register("doubled")
    def doubled(explained, x, background, options):
        found = centred_lrp(explained, x, background, options)
        return replace(found, features=2.0 * found.features, bias=found.bias - found.features.sum(-1))

    @NORMALISATIONS.register("share of hits")
    def share_of_hits(relevance, observed, predicted):
        return np.full(relevance.shape[1], np.mean(observed & predicted))

    @FIGURES.register("empty page")
    def page(run):
        from matplotlib.figure import Figure

        yield Drawing("training_curves", "empty", Figure, "nothing", numbers=pd.DataFrame({"x": [1]}))

    check_splitter(HalfSplitter(50.0), synthetic_table())
    check_null(mixed)
    check_baseline(coin)
    check_attribution(relative_lrp, rule="even")
    check_attribution(doubled)
    config = load_config(
        protocol={"kind": "halves"},
        network={"members": 2, "hidden": [6], "epochs": 2},
        baselines=["fair coin"],
        curve={"exclusion_km": []},
        nulls={"surrogates": 2, "planted": 0, "per_model": 2, "kinds": ["mixed segments"]},
        claims={"worlds": 0},
        relevance={"rule": "even", "attribution": "doubled", "normalisation": "share of hits"},
        bootstrap_replicates=20,
    )
    for name in [each for each in FIGURES if each != "empty page"]:
        del FIGURES._entries[name]
    done = run(synthetic_table(), config, tmp_path / "run")
    assert {"fair coin", "null: mixed segments"} <= set(done.scores["model"])
    assert set(done.scores["protocol"]) == {"halves"}
    assert (tmp_path / "run" / "figures" / "empty.csv").is_file()
    compared = pd.read_csv(tmp_path / "run" / "explanation_compared.csv")
    assert len(compared) == 6
    np.testing.assert_allclose(compared["class_1"], compared["segments_1"] / 130)
    shares = done.relevance["relevance"].to_numpy()
    np.testing.assert_allclose(shares, np.broadcast_to(shares[..., :1], shares.shape), rtol=1e-5)
    assert "DOUBLED, even rule" in done.relevance.attrs["method"]


@pytest.mark.parametrize("name", list(NULLS))
def test_every_null_keeps_its_promises(name):
    check_null(NULLS[name])


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", DEFAULT_RIVALS)
def test_every_rival_keeps_its_promises(name, n_classes):
    check_baseline(BASELINES[name], n_classes=n_classes)


@pytest.mark.parametrize("name", list(SPLITTERS))
def test_every_protocol_keeps_its_promises(name):
    check_splitter(SPLITTERS[name](SplitOptions()), synthetic_table())


@pytest.mark.parametrize("rule", [*RULES, *COMPOSITES])
@pytest.mark.parametrize("name", ["lrp", "relative-lrp"])
def test_every_rule_keeps_its_promises(name, rule):
    check_attribution(ATTRIBUTIONS[name], rule=rule)


@pytest.mark.parametrize("name", list(ATTRIBUTIONS))
def test_every_attribution_keeps_its_promises(name):
    check_attribution(ATTRIBUTIONS[name])


def test_a_broken_promise_is_named():
    with pytest.raises(AssertionError, match="probabilities sum to one"):
        check_baseline(lambda train, classes, test, n_classes, seed: np.ones((len(test.region), n_classes)))
    with pytest.raises(AssertionError, match="another seed gives another world"):
        check_null(lambda real, seed: World(real.features, np.arange(len(real.region)), real.ruptures))
    with pytest.raises(AssertionError, match="relevance is finite"):
        check_attribution(
            lambda explained, x, background, options: replace(
                centred_lrp(explained, x, background, options),
                features=np.full((2, 1, 20, 6), np.nan),
            )
        )


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: next(iter(registry)))
def test_every_registry_names_what_it_has_and_refuses_the_rest(registry):
    first = next(iter(registry))
    assert first in registry
    assert len(registry) == len(list(registry))
    with pytest.raises(InputError, match=f"unknown .*given: {first}x; .*did you mean {first}"):
        registry[f"{first}x"]
    with pytest.raises(InputError, match="is taken"):
        registry.register(first)


def test_names_are_entered_by_a_decorator():
    things = Registry("thing")
    things.register("one")(1)
    assert dict(things) == {"one": 1}
    with pytest.raises(InputError, match=r"unknown thing \(given: wholly other; allowed: one\)\.$"):
        things["wholly other"]
