"""What the explorer of a run tells of relevance: of explaining networks, grey where it does not stand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from megathrust.pipelines.run._explorer import _notes, _relevance, _Rows

REASON = "encodings disagree (rank correlation 0.10 < 0.5)"
FEATURES = ["AGE", "DIP_UP", "DIP_DG", "DIP_ALL", "DIP_ODD"]


def explained_run():
    """A run of which only the explanation is there: three segments, one of them explained in two folds."""
    random = np.random.default_rng(0)
    of_features = random.normal(size=(2, 4, 1, 4, 5))
    of_features[0] = np.nan
    of_families = random.normal(size=(2, 4, 1, 4, 2))
    along = ("method", "member", "class", "segment")
    dataset = xr.Dataset(
        {
            "relevance": ((*along, "feature"), of_features),
            "family_relevance": ((*along, "family"), of_families),
        },
        coords={
            "method": ["shapley", "relative-lrp"],
            "class": ["Mw"],
            "feature": FEATURES,
            "family": ["age", "slab dip"],
            "region": ("segment", ["sam", "alu", "sam", "sam"]),
            "s_km": ("segment", [75.0, 25.0, 25.0, 75.0]),
        },
        attrs={"unit": "Mw"},
    )
    families = pd.DataFrame({"family": ["age", "slab dip"], "stands": [False, True], "reason": [REASON, ""]})
    features = pd.DataFrame(
        {
            "feature": ["DIP_ODD", "AGE", "DIP_DG", "DIP_UP", "DIP_ALL"],
            "family": ["slab dip", "age", "slab dip", "slab dip", "slab dip"],
            "family_stands": [True, False, True, True, True],
        }
    )
    return SimpleNamespace(
        explanation=dataset,
        explained={"families": families, "features": features}.__getitem__,
        tasks=[SimpleNamespace(leading=None)],
        place="protocol seed",
    )


@pytest.fixture
def told():
    run = explained_run()
    given = pd.DataFrame(
        {
            "region": ["alu", "alu", "sam", "sam"],
            "segment": [0, 1, 0, 1],
            "s_km": [25.0, 75.0, 25.0, 75.0],
        }
    )
    return run, {each.key: each for each in _relevance(run, _Rows(given, np.array([0, 2, 3])))}


def test_every_family_is_told_from_the_networks_that_are_trained_to_be_explained(told):
    run, variables = told
    dip = variables["relevance_slab dip"]
    by_member = (
        run.explanation["family_relevance"].sel({"method": "shapley", "family": "slab dip"}).to_numpy()[:, 0]
    )
    mean, spread = by_member.mean(0), by_member.std(0)
    # The segment that two folds explain shows the first explanation; one that none explains shows nothing.
    np.testing.assert_allclose(dip.values, [mean[1], np.nan, mean[2], mean[0]])
    np.testing.assert_allclose(dip.spread, [spread[1], np.nan, spread[2], spread[0]])
    assert dip.unit == "Mw"


def test_what_does_not_stand_is_grey_and_says_why(told):
    run, variables = told
    grey, dip = variables["relevance_age"], variables["relevance_slab dip"]
    assert grey.label == "relevance of age, not shown to stand"
    assert grey.group == f"Relevance, grey: {REASON}"
    low, high = grey.style.mappable.to_rgba([-0.9, 0.9])
    assert low[0] == low[1] == low[2] == high[0]
    assert (dip.label, dip.group) == ("relevance of slab dip", "Relevance")
    assert len(set(dip.style.mappable.to_rgba([0.9])[0][:3])) > 1
    groups = list(dict.fromkeys(each.group for each in variables.values()))
    assert groups[0] == "Relevance"
    notes = _notes(run, groups)
    assert "trained to be explained and never saw the segment" in notes["Relevance"]
    assert notes[grey.group].endswith("is not shown.")


def test_leading_features_are_told_inside_families_that_stand_only(told):
    run, variables = told
    inside = [key for key in variables if key.startswith("relevance_slab dip_")]
    assert inside == [f"relevance_slab dip_{name}" for name in ("DIP_ODD", "DIP_DG", "DIP_UP")]
    assert not any(key.startswith("relevance_age_") for key in variables)
    values = (
        run.explanation["relevance"].sel({"method": "relative-lrp", "feature": "DIP_DG"}).to_numpy()[:, 0]
    )
    np.testing.assert_allclose(variables[inside[1]].values[2], values.mean(0)[2])
