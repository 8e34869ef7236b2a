"""The built-in features, each a declaration: name, unit, group, family, citation, inputs, function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from megathrust.core import FloatArray
from megathrust.features._definition import Fallback, FeatureDefinition, FeatureFunction
from megathrust.features._incoming_load import (
    FURTHEST_LINE_KM,
    HALF_WINDOW_KM,
    fracture_zone_density,
    fracture_zone_distance,
    plateau_share,
    seamount_density,
    seamount_volume,
)
from megathrust.features._layers import GEOID_BANDS, INTERFACE_KM, ROUGHNESS_BANDS, WINDOW_KM
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
from megathrust.features._trench_shape import (
    DIP_TO_KM,
    INTERFACE_FROM_KM,
    INTERFACE_TO_KM,
    interface_dip_mean,
    interface_dip_spread,
    interface_width,
    trench_depth,
    trench_relief,
    trench_roughness,
)
from megathrust.features._window_statistics import window_feature, window_features, window_statistic
from megathrust.geometry import Segments

_SLAB2 = "Slab2 (Hayes et al. 2018, doi:10.1126/science.aat4723)"
_SETON = "Seton et al. (2020, doi:10.1029/2020GC009214)"
_CAO = "Cao et al. (2024, doi:10.1016/j.gsf.2024.101922)"
_GLOBSED = "GlobSed (Straume et al. 2019, doi:10.1029/2018GC008115)"
_GSFML = "Matthews et al. (2011, doi:10.1029/2011JB008413)"
_SEAMOUNTS = "Gevorgian et al. (2023, doi:10.1029/2022EA002331)"
_PLATEAUS = "Johansson et al. (2018, doi:10.1029/2017GL076691)"
_MUELLER = "after Mueller & Landgrebe (2012, doi:10.5194/se-3-447-2012) from " + _GSFML
_HEURET = "limits of Heuret et al. (2011, doi:10.1029/2010GC003230) on " + _SLAB2
_BATHYMETRY = "bathymetry of the Slab2 inputs (Hayes et al. 2018)"
_SEED = "Graciosa et al. (2025, doi:10.1029/2024JB028774)"
_EIGEN = "EIGEN-6C4 (Foerste et al. 2014, doi:10.5880/icgem.2015.1)"
_GSRM = "GSRM v1 (Kreemer et al. 2003, doi:10.1046/j.1365-246X.2003.01917.x)"
_MORVEL = (
    "NNR-MORVEL56 (Argus et al. 2011, doi:10.1029/2011GC003751), "
    "plates of PB2002 (Bird 2003, doi:10.1029/2001GC000252)"
)
_HOTSPOTS = "over hotspots by the net rotation of Gripp & Gordon (2002, doi:10.1046/j.1365-246X.2002.01627.x)"
_HILDE = "after Hilde & Uyeda (1983, doi:10.1029/GD011p0075)"
_BUOYANCY = (
    "ETOPO1 less depths of Stein & Stein (1992, doi:10.1038/359123a0), load as of Crough (1983, "
    f"doi:10.1029/JB088iB08p06449); ages of {_SETON}, {_CAO}; {_GLOBSED}"
)
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


def _mean_of(layer: str) -> FeatureFunction:
    return lambda segments, layers: window_statistic(layers[layer], "DG", "mean")


def _sediment(layer: str, statistic: str) -> FeatureFunction:
    if statistic != "gradient":
        return lambda segments, layers: window_statistic(layers[layer], "DG", statistic)
    # From m per km to m per m, as in the seed study's table, which holds absolute values.
    return lambda segments, layers: np.abs(window_statistic(layers[layer], "DG", "gradient")) / 1e3


def _velocity(n_km: float) -> FeatureFunction:
    return lambda segments, layers: normal_velocity(
        segments, n_km, layers["plate_outlines"], layers["plate_poles"]
    )


def _convergence_rate(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    return convergence(segments, layers["plate_outlines"], layers["plate_poles"])[0]


def _obliquity(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
    return convergence(segments, layers["plate_outlines"], layers["plate_poles"])[1]


def _feature(
    name: str,
    long_name: str,
    unit: str,
    group: str,
    family: str,
    citation: str,
    inputs: tuple[str, ...],
    function: FeatureFunction,
) -> FeatureDefinition:
    return FeatureDefinition(
        name=name,
        long_name=long_name,
        unit=unit,
        group=group,
        family=family,
        citation=citation,
        inputs=inputs,
        function=function,
    )


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
    for name, words, function in (
        ("DIP_UP_AVE", "mean", interface_dip_mean),
        ("DIP_UP_STD", "standard deviation", interface_dip_spread),
    ):
        yield FeatureDefinition(
            name=name,
            long_name=f"dip of the slab down to {DIP_TO_KM:g} km on a profile across the trench, {words}",
            unit="degrees",
            group="dynamics",
            family="slab dip",
            citation=_SLAB2,
            inputs=("slab_depth", "slab_dip"),
            function=function,
        )


def _sediment_features() -> Iterator[FeatureDefinition]:
    citation = f"sediment of the incoming plate, inputs of {_SLAB2}; gaps from {_GLOBSED}"
    for name, words, unit, statistic in (
        ("SED_AVE", "sediment thickness at the trench, mean over the downgoing plate", "m", "mean"),
        ("SED_STD", "sediment thickness at the trench, standard deviation over the downgoing plate", "m",
         "std"),
        ("SED_GRD", "absolute along-strike gradient of the mean sediment thickness at the trench", "m/m",
         "gradient"),
    ):  # fmt: skip
        yield FeatureDefinition(
            name=name,
            long_name=words,
            unit=unit,
            group="physical state",
            family="sediment",
            citation=citation,
            inputs=("sediment",),
            function=_sediment("sediment", statistic),
            fallbacks=(
                Fallback(
                    source=_GLOBSED,
                    inputs=("sediment_globsed",),
                    function=_sediment("sediment_globsed", statistic),
                ),
            ),
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
        yield _feature(name, words, unit, "kinematics", family, citation, inputs, function)
    yield FeatureDefinition(
        name="AGE",
        long_name="age of the downgoing plate at the trench",
        unit="Ma",
        group="kinematics",
        family="age",
        citation=f"Mueller et al. (2008, doi:10.1029/2007GC001743); gaps from {_SETON}, {_CAO}",
        inputs=("age_2008",),
        function=_mean_of("age_2008"),
        fallbacks=tuple(
            Fallback(source=source, inputs=(layer,), function=_mean_of(layer))
            for source, layer in (
                (_SETON, "age_2020"),
                (_CAO, "age_2024"),
                (f"{_SETON}, up to {WINDOW_KM:g} km from the trench", "age_2020_wide"),
            )
        ),
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


def _incoming_features() -> Iterator[FeatureDefinition]:
    density = f"incoming plate up to {WINDOW_KM:g} km, within {HALF_WINDOW_KM:g} km along the trench"
    for name, words, unit, family, citation, inputs, function in (
        ("FZ_DENS", f"length of fracture zones per area of the {density}", "km/km2", "fracture zones",
         _MUELLER, ("fracture_zones",), fracture_zone_density),
        ("FZ_DIST", "distance to the nearest fracture zone on the downgoing side, "
         f"{FURTHEST_LINE_KM:g} where it is further", "km", "fracture zones", _MUELLER,
         ("fracture_zones",), fracture_zone_distance),
        ("SMT_DENS", f"number of seamounts per area of the {density}", "1/km2", "seamounts", _SEAMOUNTS,
         ("seamounts",), seamount_density),
        ("SMT_VOL", f"volume of seamounts per area of the {density}", "m", "seamounts", _SEAMOUNTS,
         ("seamounts",), seamount_volume),
        ("PLT_SHARE", f"share of the area of the {density}, that plateaus cover", "1", "buoyancy", _PLATEAUS,
         ("plateaus",), plateau_share),
        ("TRD", "depth of the deepest sea floor within 50 km of the trench", "km", "trench depth",
         _BATHYMETRY, ("plate_height",), trench_depth),
        ("TRD_REL", "depth of the trench below the sea floor 150 to 300 km outside it", "km", "trench depth",
         f"{_HILDE}, {_BATHYMETRY}, ETOPO1", ("plate_height", "topography"), trench_relief),
        ("TRD_RGH", "standard deviation of the trench's depth within 150 km along strike, without trend", "m",
         "trench depth", _BATHYMETRY, ("plate_height",), trench_roughness),
        ("IFW", f"width of the interface along dip from {INTERFACE_FROM_KM:g} to {INTERFACE_TO_KM:g} km "
         "depth", "km", "interface width", _HEURET, ("slab_depth",), interface_width),
    ):  # fmt: skip
        yield _feature(name, words, unit, "physical state", family, citation, inputs, function)
    yield window_feature(
        "BUO_DG_AVE", "height of the sea floor above that of its age, load of sediment taken away", "m",
        layer="residual_height", group="physical state", family="buoyancy", citation=_BUOYANCY, side="DG",
        statistic="mean",
    )  # fmt: skip


def _declare() -> Iterator[FeatureDefinition]:
    yield from _slab_features()
    yield from _sediment_features()
    yield from _kinematic_features()
    yield from _physical_features()
    yield from _incoming_features()


#: Every built-in feature that needs no events, by name, in the order of the table.
FEATURES: Mapping[str, FeatureDefinition] = MappingProxyType({item.name: item for item in _declare()})
