"""Explaining networks: the record, what stands, and why the rest does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import robust_scale

from megathrust.core import InputError
from megathrust.explanation import AttributionOptions, ExplainedStack
from megathrust.features import EXPECTATIONS, FEATURES as DEFINED
from megathrust.models import Heads
from megathrust.pipelines.relevance import (
    ENCODINGS,
    Asked,
    compared_heat_map,
    explain_networks,
    explaining,
    explaining_members,
)
from megathrust.pipelines.run import run
from megathrust.pipelines.settings import load_config
from megathrust.splits import ChunkSplitter
from megathrust.testing import synthetic_table
from megathrust.training import Network, Targets, fit_stack

TABLE = synthetic_table(seed=1, noise=0.1)
FEATURES, CLASSES = TABLE.features(), TABLE.classes([8.0])
FOLDS = ChunkSplitter(0.0, whole_ruptures=True).split(TABLE)


@pytest.fixture(scope="module")
def asked():
    stacks = {}
    for encoding in ENCODINGS:
        network = explaining(Network(hidden=(12,), epochs=30, learning_rate=1e-2, encoding_units=4), encoding)
        members = explaining_members(network, FOLDS, 2, 0)
        shape = network.architecture(6, Heads(2))
        stacks[encoding] = fit_stack(FEATURES, Targets(CLASSES), members, shape, network.options()).stack
    families = ("driver",) * 2 + ("noise",) * 4
    options = AttributionOptions(groups=families)
    return Asked(TABLE, FOLDS, True, stacks, CLASSES, ("relative-lrp", "shapley"), options)


@pytest.fixture(scope="module")
def found(asked):
    return explain_networks(asked)


def test_networks_that_are_explained_see_all_features_in_their_encoding(asked):
    for encoding, stack in asked.stacks.items():
        assert stack.subset is None
        assert stack.architecture.encoding == encoding
        assert stack.members == 2 * len(FOLDS)


def test_the_record_adds_up_by_feature_and_by_family(found):
    data = found.dataset
    assert data["relevance"].dims == ("method", "member", "class", "segment", "feature")
    total = data["relevance"].isel(method=0).sum("feature") + data["bias"].isel(method=0)
    np.testing.assert_allclose(total, data["delta"], atol=1e-5)
    for method in range(2):
        families = data["family_relevance"].isel(method=method).sum("family")
        np.testing.assert_allclose(families + data["bias"].isel(method=method), data["delta"], atol=1e-5)
    assert np.isnan(data["relevance"].isel(method=1)).all()
    assert data["encoding"].to_numpy().tolist() == ["plain", "plain", "bins", "bins"]
    weights = data["background_weight"].to_numpy()
    np.testing.assert_allclose(weights.sum(1), 1.0)
    # Every segment is explained once, by networks that were not trained on it.
    assert sorted(np.concatenate([fold.test for fold in FOLDS]).tolist()) == list(range(130))


def test_the_true_family_stands_and_noise_does_not(found):
    families = found.families.set_index("family")
    assert families.index[0] == "driver"
    assert families.loc["driver", "corrected_p"] < 0.01
    assert families.loc["noise", "corrected_p"] > 0.05
    assert families.loc["driver", "stands"]
    assert "beyond chance" in families.loc["noise", "reason"]
    assert "Right on segments never seen: driver" in found.sentences[2]
    assert families.loc["driver", "sparse_spread"] > 3.0 * families.loc["noise", "sparse_spread"]
    assert families.loc["driver", "sparse_corrected_p"] < 0.01
    assert set(found.features["feature"][:2]) == {"F0", "F1"}
    assert found.features["family_stands"].tolist()[:2] == [True, True]


def test_scatter_agreement_and_checks_are_told(found):
    assert (found.families[["networks", "folds", "encodings"]] > 0.0).all().all()
    assert {"encoding: plain", "folds: odd", "method: sparse logistic on ranks"} <= set(found.agreement)
    checks = found.checks
    assert checks["relative-lrp"]["conservation"] < 1e-12
    for encoding in ("plain", "bins"):
        flipping = checks[f"flipping_{encoding}"]["median"]
        assert flipping["by_relevance"] < flipping["at_random"]
        assert checks[f"parameter_randomisation_{encoding}"] < 0.99


def test_ruptures_that_reach_across_leave_nothing_standing(asked):
    void = explain_networks(replace(asked, whole_ruptures=False, methods=("relative-lrp",)))
    assert not void.families["stands"].any()
    assert "nothing can be validated" in void.sentences[2]


def test_a_family_that_depends_on_the_label_never_stands(asked):
    table = asked.table
    renamed = {"F0": "SEIS_COUNT", "F1": "SEIS_MOMENT"}
    columns = {
        renamed.get(name, name): replace(column, name=renamed.get(name, name))
        for name, column in table.columns.items()
    }
    seismic = replace(table, frame=table.frame.rename(columns=renamed), columns=columns)
    found = explain_networks(replace(asked, table=seismic, methods=("relative-lrp",)))
    driver = found.families.set_index("family").loc["driver"]
    assert driver["corrected_p"] < 0.01
    assert not driver["stands"]
    assert "depend on the label" in driver["reason"]


def test_labels_without_contrast_are_said(asked):
    same = explain_networks(replace(asked, observed=np.zeros(130), methods=("relative-lrp",)))
    assert set(same.families["reason"]) == {"no held-out chunk holds two labels"}
    assert same.families["corrected_p"].isna().all()


def test_families_may_lead_but_not_alone(asked):
    led = explain_networks(replace(asked, methods=("shapley", "relative-lrp")))
    assert led.dataset["method"].to_numpy().tolist() == ["shapley", "relative-lrp"]
    assert len(led.features) == 6
    with pytest.raises(InputError, match="no method explains single features"):
        explain_networks(replace(asked, methods=("shapley",)))


def test_effects_of_leading_features_have_the_sign_of_the_truth(found):
    effects = found.effects
    assert list(dict.fromkeys(effects["family"])) == list(found.families["family"])
    driver = effects[effects["family"] == "driver"]
    assert set(driver["feature"]) <= {"F0", "F1"}
    assert driver["agreement"].iloc[0].endswith("nothing is expected")
    # The synthetic table raises the magnitude with both.
    assert driver["rising"].iloc[0] == 1.0
    assert {"plain", "bins", "sd"} <= set(effects)


def test_single_networks_and_random_labels_are_compared(asked, found):
    single = found.checks["agreement_of_single_networks"]
    assert set(single) == {"plain", "bins"}
    assert "the published ones of the seed study" in found.sentences[1]
    random = {}
    turned = np.random.default_rng(0).permutation(CLASSES)
    for encoding in ENCODINGS:
        network = explaining(Network(hidden=(12,), epochs=30, learning_rate=1e-2, encoding_units=4), encoding)
        members = explaining_members(network, FOLDS, 2, 9)
        shape = network.architecture(6, Heads(2))
        random[encoding] = fit_stack(FEATURES, Targets(turned), members, shape, network.options()).stack
    checks = explain_networks(replace(asked, randomised=random, methods=("relative-lrp",))).checks
    same = explain_networks(replace(asked, randomised=asked.stacks, methods=("relative-lrp",))).checks
    for name in ("plain", "bins"):
        assert same[f"label_randomisation_{name}"] == 1.0
        assert checks[f"label_randomisation_{name}"] < 1.0


def test_the_seed_studys_heat_map_is_that_of_a_plain_computation(asked):
    found = compared_heat_map(asked, "seed-study", 2).set_index("feature")
    step, scaled = 1e-5, {0: [], 1: []}
    for number, fold in enumerate(FOLDS):
        network = ExplainedStack(asked.stacks["none"].select([2 * number]), "outputs")
        mean = FEATURES[fold.train].mean(0)
        for row in FEATURES[fold.test]:
            outputs = network.values(row[None])[0, :, 0]
            said = int(outputs.argmax())
            # In a network of ReLUs the epsilon rule from zero is the gradient times the input.
            ways = step * np.eye(6)
            slopes = (network.values(row + ways)[0] - network.values(row - ways)[0]) / (2.0 * step)
            scaled[said].append(robust_scale((row - mean) * slopes[said], axis=0))
    observed = CLASSES[np.concatenate([fold.test for fold in FOLDS])]
    said = np.concatenate([_said(asked, number, fold) for number, fold in enumerate(FOLDS)])
    for each in (0, 1):
        right = observed[said == each] == each
        assert found[f"segments_{each}"].tolist() == [right.sum()] * 6
        assert right.sum() > 10
        expected = np.median(np.array(scaled[each])[right], axis=0)
        np.testing.assert_allclose(found[f"class_{each}"], expected, atol=2e-4)
    assert found["family"].tolist() == ["driver"] * 2 + ["noise"] * 4


def test_a_heat_map_by_class_is_refused_where_there_are_no_classes_or_no_such_way(tmp_path):
    with pytest.raises(InputError, match=r"unknown normalisation of relevance.*allowed: seed-study"):
        load_config(relevance={"normalisation": "seed"})
    asked = load_config("seed-fault", tasks=["magnitude"])
    assert asked.relevance.normalisation == "seed-study"
    with pytest.raises(InputError, match="needs classes"):
        run(TABLE, asked, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def _said(asked, number, fold):
    network = ExplainedStack(asked.stacks["none"].select([2 * number]), "outputs")
    return network.values(FEATURES[fold.test])[0].argmax(0)


def test_every_quantity_has_its_own_unit():
    network = explaining(Network(hidden=(6,), epochs=2), "none")
    members, heads = explaining_members(network, FOLDS, 1, 0), Heads(2, magnitude="mse")
    targets = Targets(CLASSES, TABLE.magnitudes())
    stack = fit_stack(FEATURES, targets, members, network.architecture(6, heads), network.options()).stack
    options = AttributionOptions(groups=("driver",) * 2 + ("noise",) * 4)
    data = explain_networks(
        Asked(TABLE, FOLDS, True, {"none": stack}, CLASSES, ("relative-lrp",), options)
    ).dataset
    assert data["class"].to_numpy().tolist() == ["magnitude", "class 1 against class 0"]
    assert data["class_unit"].to_numpy().tolist() == ["Mw", "log-odds"]
    assert data.attrs["unit"] == "log-odds"
    assert data["relevance"].attrs["units"] == "Mw or log-odds"


def test_published_signs_are_of_columns_that_tables_have():
    assert {each.sign for each in EXPECTATIONS.values()} == {-1, 0, 1}
    assert all("doi:10." in each.citation for each in EXPECTATIONS.values())
    assert set(EXPECTATIONS) <= set(DEFINED)
