"""The built-in features, each a declaration: name, unit, group, family, citation, inputs, function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from megathrust.core import FloatArray
from megathrust.features._definition import FeatureDefinition, FeatureFunction
from megathrust.features._layers import GEOID_BANDS, INTERFACE_KM, ROUGHNESS_BANDS
from megathrust.features._plate_motion import (
    STABLE_PLATE_KM,
    TRENCH_PLATE_KM,
    convergence,
    normal_velocity,
)
from megathrust.features._slab_profile import (
    first_derivative,
    second_derivative,
    slab_reach,
    smooth_along_trench,
)
from megathrust.features._window_statistics import window_feature, window_features, window_statistic
from megathrust.geometry import Segments

_SLAB2 = "Slab2 (Hayes et al. 2018, doi:10.1126/science.aat4723)"
_SEED = "Graciosa et al. (2025, doi:10.1029/2024JB028774)"
_EIGEN = "EIGEN-6C4 (Foerste et al. 2014, doi:10.5880/icgem.2015.1)"
_GSRM = "GSRM v1 (Kreemer et al. 2003, doi:10.1046/j.1365-246X.2003.01917.x)"
_MORVEL = (
    "NNR-MORVEL56 (Argus et al. 2011, doi:10.1029/2011GC003751), "
    "plates of PB2002 (Bird 2003, doi:10.1029/2001GC000252)"
)
_HOTSPOTS = "over hotspots by the net rotation of Gripp & Gordon (2002, doi:10.1046/j.1365-246X.2002.01627.x)"
_LALLEMAND = "after Lallemand et al. (2018, doi:10.1029/2018GC007434) on the bathymetry of the Slab2 inputs"
_BLETERY = "after Bletery et al. (2016, doi:10.1126/science.aag0482) from " + _SLAB2

#: Widths over which the slab's depth is smoothed along the trench, km.
SMOOTHING_KM = (200, 400, 600)


def _step_km(segments: Segments) -> float:
    return float(np.diff(segments.edges_km).mean())


def _deepest(segments: Segments, layers: Mapping[str, Any], width_km: float) -> FloatArray:
    deepest = slab_reach(segments, layers["slab_depth"]).deepest_km
    return smooth_along_trench(deepest, step_km=_step_km(segments), width_km=width_km)


def _slab_extent(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    return slab_reach(segments, layers["slab_depth"]).extent_km


def _depth_along_trench(width_km: int) -> FeatureFunction:
    return lambda segments, layers: _deepest(segments, layers, width_km)


def _depth_slope(width_km: int) -> FeatureFunction:
    return lambda segments, layers: first_derivative(_deepest(segments, layers, width_km), _step_km(segments))


def _depth_bend(width_km: int) -> FeatureFunction:
    return lambda segments, layers: second_derivative(
        _deepest(segments, layers, width_km), _step_km(segments)
    )


def _age(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    first, second = (window_statistic(layers[name], "DG", "mean") for name in ("age_first", "age_second"))
    return np.where(np.isfinite(first), first, second)


def _sediment_gradient(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    # From m per km to m per m, as in the seed study's table, which holds absolute values.
    return np.abs(window_statistic(layers["sediment"], "DG", "gradient")) / 1e3


def _velocity(n_km: float) -> FeatureFunction:
    return lambda segments, layers: normal_velocity(
        segments, n_km, layers["plate_outlines"], layers["plate_poles"]
    )


def _convergence_rate(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    return convergence(segments, layers["plate_outlines"], layers["plate_poles"])[0]


def _obliquity(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    return convergence(segments, layers["plate_outlines"], layers["plate_poles"])[1]


def _slab_features() -> Iterator[FeatureDefinition]:
    citation = f"{_SEED} on {_SLAB2}"
    for width_km in SMOOTHING_KM:
        for code, words, unit, family, function in (
            ("DXT", "depth of the deepest slab on profiles across the trench", "km", "slab depth",
             _depth_along_trench(width_km)),
            ("FDM", "absolute slope along the trench of DXT", "km/km", "slab depth derivatives",
             _depth_slope(width_km)),
            ("SDM", "absolute second derivative along the trench of DXT", "1/km", "slab depth derivatives",
             _depth_bend(width_km)),
        ):  # fmt: skip
            yield FeatureDefinition(
                name=f"{code}_{width_km}",
                long_name=f"{words}, smoothed over {width_km} km",
                unit=unit,
                group="dynamics",
                family=family,
                citation=citation,
                inputs=("slab_depth",),
                function=function,
            )
    yield FeatureDefinition(
        name="SLX",
        long_name="horizontal distance from the trench to the farthest slab on a profile across it",
        unit="km",
        group="dynamics",
        family="slab extent",
        citation=_SLAB2,
        inputs=("slab_depth",),
        function=_slab_extent,
    )
    yield from window_features(
        "DIP", f"dip of the slab down to {INTERFACE_KM:g} km", "degrees", layer="interface_dip",
        group="dynamics", family="slab dip", citation=_SLAB2, sides=["UP"],
    )  # fmt: skip


def _sediment_features() -> Iterator[FeatureDefinition]:
    citation = f"sediment of the incoming plate, inputs of {_SLAB2}"
    for name, statistic in (("SED_AVE", "mean"), ("SED_STD", "std")):
        yield window_feature(
            name, "sediment thickness at the trench", "m", layer="sediment", group="physical state",
            family="sediment", citation=citation, side="DG", statistic=statistic,
        )  # fmt: skip
    yield FeatureDefinition(
        name="SED_GRD",
        long_name="absolute along-strike gradient of the mean sediment thickness at the trench",
        unit="m/m",
        group="physical state",
        family="sediment",
        citation=citation,
        inputs=("sediment",),
        function=_sediment_gradient,
    )


def _kinematic_features() -> Iterator[FeatureDefinition]:
    inputs = ("plate_outlines", "plate_poles")
    for name, words, unit, family, citation, function in (
        ("V_UP", f"trench-normal velocity of the upper plate {-STABLE_PLATE_KM:g} km behind the trench, "
         "positive towards the downgoing plate", "mm/yr", "velocity", f"{_MORVEL}, {_HOTSPOTS}",
         _velocity(STABLE_PLATE_KM)),
        ("V_TN", "trench-normal velocity of the plate that bounds the trench, positive towards the "
         "downgoing plate", "mm/yr", "velocity", f"{_MORVEL}, {_HOTSPOTS}", _velocity(TRENCH_PLATE_KM)),
        ("V_CN", "convergence rate normal to the trench", "mm/yr", "convergence", _MORVEL,
         _convergence_rate),
        ("OBL", "angle between convergence and the trench normal", "degrees", "convergence", _MORVEL,
         _obliquity),
    ):  # fmt: skip
        yield FeatureDefinition(
            name=name,
            long_name=words,
            unit=unit,
            group="kinematics",
            family=family,
            citation=citation,
            inputs=inputs,
            function=function,
        )
    yield FeatureDefinition(
        name="AGE",
        long_name="age of the downgoing plate at the trench",
        unit="Ma",
        group="kinematics",
        family="age",
        citation="Mueller et al. (2008, doi:10.1029/2007GC001743); gaps from Cao et al. (2024)",
        inputs=("age_first", "age_second"),
        function=_age,
    )


def _physical_features() -> Iterator[FeatureDefinition]:
    roughness = ("SRO", "IRO", "LRO")
    geoid = ("EGO_L", "EGO_SL", "EGO_UM")
    rows = [
        ("FRE", "free-air gravity anomaly", "mGal", "free_air_anomaly", "gravity", _EIGEN, ("DG", "UP")),
        ("EGR", "gravity disturbance", "mGal", "gravity_disturbance", "gravity", _EIGEN, ("DG", "UP")),
        ("EGR_BG", "simple Bouguer anomaly", "mGal", "bouguer_anomaly", "gravity", f"{_EIGEN}, ETOPO1",
         ("UP",)),
        ("EGO", "geoid height", "m", "geoid_height", "geoid", _EIGEN, ("UP",)),
        *((code, f"geoid height, waves {band}", "m", layer, "geoid", _EIGEN, ("UP",))
          for code, (layer, band) in zip(geoid, GEOID_BANDS.items(), strict=True)),
        *((code, f"bathymetric roughness, waves {band}", "m", layer, "roughness", _LALLEMAND, ("DG",))
          for code, (layer, band) in zip(roughness, ROUGHNESS_BANDS.items(), strict=True)),
        ("CRD", f"interface curvature along dip down to {INTERFACE_KM:g} km", "1/km", "curvature_dip",
         "curvature", _BLETERY, ("UP",)),
        ("CRS", f"interface curvature along strike down to {INTERFACE_KM:g} km", "1/km", "curvature_strike",
         "curvature", _BLETERY, ("UP",)),
        ("CRM", f"mean interface curvature down to {INTERFACE_KM:g} km", "1/km", "curvature_mean",
         "curvature", _BLETERY, ("UP",)),
        ("INV", "strain-rate second invariant", "1/yr", "strain_invariant", "strain rate", _GSRM, ("UP",)),
        ("DLT", "strain-rate dilatation", "1/yr", "strain_dilatation", "strain rate", _GSRM, ("UP",)),
    ]  # fmt: skip
    for code, long_name, unit, layer, family, citation, sides in rows:
        yield from window_features(
            code, long_name, unit, layer=layer, group="physical state", family=family, citation=citation,
            sides=sides,
        )  # fmt: skip


def _declare() -> Iterator[FeatureDefinition]:
    yield from _slab_features()
    yield from _sediment_features()
    yield from _kinematic_features()
    yield from _physical_features()


#: Every built-in feature that needs no events, by name, in the order of the table.
FEATURES: Mapping[str, FeatureDefinition] = MappingProxyType({item.name: item for item in _declare()})
