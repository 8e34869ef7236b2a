"""Declarations of features: inputs declared are inputs used, names and units fit the seed study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from megathrust.core import InputError
from megathrust.features import (
    EXPECTATIONS,
    FEATURES,
    LAYERS,
    SEED_STUDY_FEATURES,
    PlateOutlines,
    compute_features,
    compute_layers,
    sample_layers,
    window_features,
)
from megathrust.features._definition import GROUPS
from megathrust.geometry import TrenchLine, make_segments

SEGMENTS = make_segments(TrenchLine("ker", [180.0, 180.0], [5.0, -5.0]))


class Recorder(Mapping[str, Any]):
    """A mapping that remembers what was asked for."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content, self.used = content, set[str]()

    def __getitem__(self, name: str) -> Any:
        self.used.add(name)
        return self.content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def globe(step: float, value: float) -> xr.DataArray:
    lat, lon = np.linspace(-90.0, 90.0, round(180 / step) + 1), np.arange(-180.0, 180.0, step)
    field = value + np.cos(np.radians(lat))[:, None] * np.sin(np.radians(lon))
    return xr.DataArray(field, coords={"lat": lat, "lon": lon}, dims=("lat", "lon"))


@pytest.fixture(scope="module")
def sources() -> dict[str, Any]:
    lon, lat = np.arange(180.0, 184.0, 0.1), np.arange(-6.0, 6.0, 0.1)
    east = (lon - 180.0)[None, :] * 111.0
    depth = xr.DataArray(
        0.3 * east + 1e-3 * east**2 + 0.0 * lat[:, None], coords={"lat": lat, "lon": lon}, dims=("lat", "lon")
    )
    west = np.arange(178.0, 180.0, 1.0 / 12.0)
    plate_lon, plate_lat = (axis.ravel() for axis in np.meshgrid(west, np.arange(-6.0, 6.0, 1.0 / 12.0)))
    noise = np.random.default_rng(0).normal(size=(2, plate_lon.size))
    ring = {"lon": [150.0, 180.0, 180.0, 150.0, 150.0], "lat": [-60.0, -60.0, 60.0, 60.0, -60.0]}
    other = {"lon": [180.0, 210.0, 210.0, 180.0, 180.0], "lat": ring["lat"]}
    rings = {"PA": ring, "AU": other}
    return {
        "gravity": globe(2.0, 9.8e5),
        "geoid": globe(2.0, 0.0),
        "topography": globe(2.0, -3000.0),
        "seafloor_age": globe(2.0, 100.0),
        "seafloor_age_seton2020": globe(2.0, 95.0),
        "seafloor_age_cao2024": globe(2.0, 90.0),
        "sediment_thickness_globsed": globe(0.5, 300.0),
        "fracture_zones": pd.DataFrame({"lon": [179.0, 178.0], "lat": [-4.0, 4.0], "line": 0}),
        "seamounts": pd.DataFrame({"lon": [179.0], "lat": [0.0], "radius_km": 9.0, "height_m": 900.0}),
        "plateaus": pd.DataFrame(
            {"lon": [178, 178, 179.5, 179.5, 178], "lat": [-2, 2, 2, -2, -2], "polygon": 0, "ring": 0}
        ),
        "strain_rate": pd.DataFrame(
            {"lon": plate_lon + 2.0, "lat": plate_lat, "exx": noise[0], "eyy": noise[1], "exy": 0.0}
        ),
        "slab_depth": depth,
        "slab_dip": 0.0 * depth + 20.0,
        "incoming_plate": pd.DataFrame(
            {"lon": plate_lon, "lat": plate_lat, "height_m": noise[0], "sediment_m": np.abs(noise[1])}
        ),
        "plate_outlines": PlateOutlines(
            pd.concat([pd.DataFrame({"line": n, "name": n, **part}) for n, part in rings.items()])
        ),
        "plate_poles": pd.DataFrame(
            {"plate": ["PA", "AU"], "lon": [0.0, 0.0], "lat": [-63.0, 33.0], "rate_deg_ma": [0.65, 0.63]}
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def layers(sources: dict[str, Any]) -> dict[str, Any]:
    return compute_layers(LAYERS, sources)


@pytest.mark.parametrize("definition", LAYERS, ids=lambda definition: definition.names[0])
def test_layers_use_the_inputs_that_they_declare(definition, sources):
    recorder = Recorder(sources)
    made = definition.function(recorder)
    assert recorder.used == set(definition.inputs)
    assert tuple(made) == definition.names


def test_layers_leave_their_inputs_untouched(sources):
    before = {name: source.copy(deep=True) for name, source in sources.items() if hasattr(source, "copy")}
    compute_layers(LAYERS, sources)
    assert all(copy.equals(sources[name]) for name, copy in before.items())


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        pair
        for name, feature in FEATURES.items()
        for pair in ((name, feature), *((name, fallback) for fallback in feature.fallbacks))
    ],
)
def test_features_use_the_inputs_that_they_declare(name, definition, sources, layers):
    sampled: dict[str, Any] = {}
    for layer in definition.inputs:
        if layer in layers:
            window_km, grid = layers[layer]
            sampled |= sample_layers({layer: grid}, SEGMENTS, window_km=window_km)
    recorder = Recorder({**sources, **sampled})
    values = definition.function(SEGMENTS, recorder)
    assert recorder.used == set(definition.inputs)
    assert values.shape == (len(SEGMENTS),)
    assert np.isfinite(values).any()


def test_names_are_keys_and_every_feature_is_described():
    for name, definition in FEATURES.items():
        assert name == definition.name
        assert definition.role == "feature"
        assert definition.group in GROUPS
        assert all((definition.long_name, definition.unit, definition.family, definition.citation))


def test_every_feature_of_the_seed_study_is_built_in_the_same_group_and_family():
    assert set(SEED_STUDY_FEATURES) <= set(FEATURES)
    for name, seed in SEED_STUDY_FEATURES.items():
        assert (FEATURES[name].group, FEATURES[name].family) == (seed.group, seed.family), name


def test_one_location_pass_gives_what_single_passes_give(layers):
    chosen = {name: layer for name, (window, layer) in layers.items() if window == 300.0}
    together = sample_layers(chosen, SEGMENTS, window_km=300.0)
    for name, layer in chosen.items():
        alone = sample_layers({name: layer}, SEGMENTS, window_km=300.0)[name]
        pd.testing.assert_frame_equal(together[name], alone)


def test_an_absent_layer_leaves_its_features_empty_with_the_reason(sources):
    without = {name: source for name, source in sources.items() if name != "incoming_plate"}
    absent = {"sediment": "no table of the incoming plate"}
    definitions = [FEATURES["SED_AVE"], FEATURES["DXT_200"]]
    found = compute_features(definitions, SEGMENTS, {}, without, absent=absent)
    assert found.frame["SED_AVE"].isna().all()
    assert found.frame["DXT_200"].notna().all()
    assert found.reasons == {"SED_AVE": "no table of the incoming plate"}


def test_an_empty_window_and_cells_of_missing_values_leave_the_feature_empty_with_the_reason(sources):
    far = xr.DataArray(np.ones((2, 2)), coords={"lat": [50.0, 51.0], "lon": [0.0, 1.0]}, dims=("lat", "lon"))
    nothing = 0.0 * sources["slab_depth"] / 0.0
    declared = [
        window_features(
            code, "x", "1", layer=layer, group="physical state", family="x", citation="x", sides=["UP"]
        )[0]
        for code, layer in (("FAR", "far"), ("NONE", "nothing"))
    ]
    found = compute_features(declared, SEGMENTS, {"far": (300.0, far), "nothing": (300.0, nothing)}, {})
    assert found.frame.isna().all(axis=None)
    assert found.reasons == {
        "FAR_UP_AVE": "no value of far near this trench",
        "NONE_UP_AVE": "no value of nothing near this trench",
    }


def test_a_layer_that_nothing_gives_is_an_error():
    declared = window_features(
        "X", "x", "1", layer="heat", group="physical state", family="x", citation="x", sides=["UP"]
    )
    with pytest.raises(InputError, match=r"the feature X_UP_AVE needs a layer .*given: heat"):
        compute_features(declared, SEGMENTS, {}, {})


@pytest.mark.parametrize(
    ("sides", "statistics", "message"),
    [(["LEFT"], ["mean"], "unknown side"), (["UP"], ["median"], "unknown statistic")],
)
def test_unknown_sides_and_statistics_are_refused(sides, statistics, message):
    with pytest.raises(InputError, match=message):
        window_features(
            "X", "x", "1", layer="x", group="physical state", family="x", citation="x", sides=sides,
            statistics=statistics,
        )  # fmt: skip


def test_expected_signs_are_those_of_the_publications():
    signs = {name: each.sign for name, each in EXPECTATIONS.items()}
    more, nothing = {"SED_AVE"}, {"V_UP", "V_TN", "V_CN"}
    less = {"CRD_UP_AVE", "CRM_UP_AVE", "SRO_DG_AVE", "IRO_DG_AVE", "LRO_DG_AVE", "FRE_UP_AVE", "AGE"}
    assert signs == dict.fromkeys(more, 1) | dict.fromkeys(nothing, 0) | dict.fromkeys(less, -1)


def test_layers_are_regional_where_what_they_are_made_of_is():
    one_region_each = {"incoming_plate", "slab_depth"}
    for layer in LAYERS:
        assert layer.regional == bool(one_region_each.intersection(layer.inputs)), layer.names
