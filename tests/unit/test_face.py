"""What a user meets first in Python: short texts, columns by name, models by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import megathrust as mt
from megathrust.core import TableError
from megathrust.testing import synthetic_table


def test_models_are_loaded_predicted_with_and_explained_by_name():
    table = mt.load_builtin_table()
    few = table.select_rows(table["region"].isin(["cas", "man"]), "another region")
    model = mt.load_model("great-regions")
    assert str(model).startswith("SavedModel(FCNStack(70 networks: ")
    predicted = mt.predict(model, few)
    assert len(predicted) == len(few)
    explained = mt.explain("great-regions", few)
    filled = model.notes["may_be_missing"]
    needed = [name for name in model.feature_names if name in few.feature_names and name not in filled]
    whole = few.frame[needed].notna().all(axis=1).to_numpy()
    assert explained.sizes["segment"] == whole.sum() > 0
    assert explained["class"].values.tolist() == ["class 1 against class 0"]
    total = explained["relevance"].sum("feature") + explained["bias"]
    np.testing.assert_allclose(total[0], explained["delta"], atol=1e-5)
    families = explained["family_relevance"].sum("family") + explained["bias"]
    np.testing.assert_allclose(families[0], explained["delta"], atol=1e-5)
    # Cascadia was held out from some networks, and others were trained on it.
    held_out = explained["held_out"].mean("member")[explained["region"].values == "cas"]
    assert 0.0 < float(held_out.max()) < 1.0
    columns = dict(reversed(few.columns.items()))
    turned = mt.FeatureTable(few.frame[list(columns)], columns)
    assert mt.explain(model, turned)["relevance"].equals(explained["relevance"])


def test_explaining_without_a_whole_segment_is_refused():
    table = mt.load_builtin_table()
    few = table.select_rows(table["region"] == "cas", "another region")
    frame = few.frame.assign(SED_AVE=np.nan)
    with pytest.raises(TableError, match="no segment has every feature"):
        mt.explain("great-regions", mt.FeatureTable(frame, few.columns))


def test_a_table_gives_columns_text_html_points_and_axes():
    table = synthetic_table()
    assert table["F1"].equals(table.frame["F1"])
    assert list(table[["lon", "lat"]]) == ["lon", "lat"]
    with pytest.raises(mt.InputError, match=r"unknown column .*did you mean F1"):
        table["F11"]
    assert repr(table) == "FeatureTable(130 segments of 3 regions, 6 features, targets: MW)"
    assert "130 segments" in table._repr_html_()
    assert "<table" in table._repr_html_()
    points = table.to_geodataframe()
    assert points.crs.to_epsg() == 4326
    np.testing.assert_allclose(points.geometry.x, table["lon"])
    dataset = table.to_xarray()
    np.testing.assert_array_equal(dataset["MW"], table["MW"])
    assert dataset["s_km"].attrs["units"] == "km"


def test_one_network_is_imported_as_it_is():
    network = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    model = mt.import_networks(network, feature_names=["a", "b"], mean=0.0, std=1.0, thresholds=[8.0])
    x = np.array([[0.3, -1.2]])
    theirs = network(torch.tensor(x).float()).softmax(1).detach().numpy()
    np.testing.assert_allclose(model.stack.probabilities(x)[0], theirs, atol=1e-6)


def _fold():
    return next(iter(mt.ChunkSplitter().split(mt.load_builtin_table())))


@pytest.mark.parametrize(
    ("make", "longest"),
    [
        (mt.RunConfig, 2200),
        (mt.FCNClassifier, 100),
        (lambda: mt.load_model("great-chunks"), 200),
        (lambda: mt.load_trench_line("kur"), 300),
        (lambda: mt.make_segments(mt.load_trench_line("kur")), 300),
        (_fold, 300),
        (lambda: mt.Prediction("0", np.arange(500), np.zeros((500, 2))), 300),
        (lambda: mt.Member(np.arange(500), seed=0), 300),
    ],
)
def test_every_object_says_itself_in_a_screen(make, longest):
    assert len(repr(make())) < longest
