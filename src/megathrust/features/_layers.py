"""The layers that features are made of: what is computed from the sources before it is sampled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from megathrust.features._curvature import surface_curvature
from megathrust.features._definition import LayerDefinition
from megathrust.features._gravity import bouguer_anomaly, free_air_anomaly, gravity_disturbance
from megathrust.features._local_filter import grid_of_points, roughness
from megathrust.features._residual_height import residual_height
from megathrust.features._sphere_filter import Band, filter_on_sphere

#: Width of the windows on either side of the trench, km.
WINDOW_KM = 300.0

#: Sediment and age count near the trench only, where the plate enters: on the first 100 km.
TRENCH_WINDOW_KM = 100.0

#: The deepest sea floor of a trench lies on the first 50 km of the downgoing plate.
TRENCH_AXIS_KM = 50.0

#: The interface: slab down to this depth; published curvatures and dips of megathrusts end at 60 to 125 km.
INTERFACE_KM = 100.0

#: Smoothing of the slab before it is differentiated, km; about four nodes of Slab2's finer grids.
CURVATURE_SIGMA_KM = 10.0

#: Bands of the geoid. The seed study's table does not state its own; these are the ones most alike.
GEOID_BANDS = {
    "geoid_band_l": Band(longest_km=600.0),
    "geoid_band_sl": Band(longest_km=1000.0),
    "geoid_band_um": Band(longest_km=3000.0),
}

#: Bands of bathymetry. 5 arc-minutes hold no wave shorter than 19 km; the long band as in the citation.
ROUGHNESS_BANDS = {
    "roughness_short": Band(longest_km=30.0),
    "roughness_intermediate": Band(shortest_km=30.0, longest_km=80.0),
    "roughness_long": Band(shortest_km=80.0, longest_km=100.0),
}

#: Wavelength of the window of the local amplitude, km.
ROUGHNESS_WINDOW_KM = 100.0

#: Spacing of the tables of the incoming plate, degrees; what stands in for one says its own.
INCOMING_PLATE_STEP = 1.0 / 12.0


def _potential_field(layers: Mapping[str, Any]) -> dict[str, Any]:
    disturbance = gravity_disturbance(layers["gravity"])
    geoid = layers["geoid"]
    bands = filter_on_sphere(geoid, list(GEOID_BANDS.values()))
    return {
        "gravity_disturbance": disturbance,
        "free_air_anomaly": free_air_anomaly(disturbance, geoid),
        "bouguer_anomaly": bouguer_anomaly(disturbance, layers["topography"]),
        "geoid_height": geoid,
        **dict(zip(GEOID_BANDS, bands, strict=True)),
    }


def _seafloor_age(layers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "age_2008": layers["seafloor_age"],
        "age_2020": layers["seafloor_age_seton2020"],
        "age_2024": layers["seafloor_age_cao2024"],
    }


def _wide_age(layers: Mapping[str, Any]) -> dict[str, Any]:
    return {"age_2020_wide": layers["seafloor_age_seton2020"]}


def _global_sediment(layers: Mapping[str, Any]) -> dict[str, Any]:
    return {"sediment_globsed": layers["sediment_thickness_globsed"]}


def _plate_height(layers: Mapping[str, Any]) -> dict[str, Any]:
    plate = layers["incoming_plate"]
    return {"plate_height": _points(plate, plate["height_m"])}


def _strain(layers: Mapping[str, Any]) -> dict[str, Any]:
    tensors = layers["strain_rate"]
    return {
        "strain_invariant": _points(tensors, second_invariant(tensors)),
        "strain_dilatation": _points(tensors, tensors["exx"] + tensors["eyy"]),
    }


def second_invariant(tensors: pd.DataFrame) -> pd.Series:
    """Return the second invariant of horizontal strain rates, in their unit.

    sqrt(exx^2 + eyy^2 + 2 exy^2), as in Kreemer, Blewitt & Klein (2014), doi:10.1002/2014GC005407.

    Examples
    --------
    >>> float(second_invariant(pd.DataFrame({"exx": [3.0], "eyy": [0.0], "exy": [0.0]}))[0])
    3.0
    """
    return np.sqrt(tensors["exx"] ** 2 + tensors["eyy"] ** 2 + 2.0 * tensors["exy"] ** 2)


def _interface(layers: Mapping[str, Any]) -> dict[str, Any]:
    depth = layers["slab_depth"]
    curvature = surface_curvature(depth, sigma_km=CURVATURE_SIGMA_KM, deepest_km=INTERFACE_KM)
    return {f"curvature_{name}": grid for name, grid in curvature.items()}


def _incoming_plate(layers: Mapping[str, Any]) -> dict[str, Any]:
    plate = layers["incoming_plate"]
    height = grid_of_points(plate, "height_m", step=plate.attrs.get("step_degrees", INCOMING_PLATE_STEP))
    return {
        name: roughness(height, band, window_km=ROUGHNESS_WINDOW_KM) for name, band in ROUGHNESS_BANDS.items()
    }


def _sediment(layers: Mapping[str, Any]) -> dict[str, Any]:
    plate = layers["incoming_plate"]
    return {"sediment": _points(plate, plate["sediment_m"])}


def _points(frame: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"lon": frame["lon"], "lat": frame["lat"], "value": values})


#: Every sampled layer of the built-in features.
LAYERS: tuple[LayerDefinition, ...] = (
    LayerDefinition(
        names=("gravity_disturbance", "free_air_anomaly", "bouguer_anomaly", "geoid_height", *GEOID_BANDS),
        inputs=("gravity", "geoid", "topography"),
        regional=False,
        window_km=WINDOW_KM,
        function=_potential_field,
    ),
    LayerDefinition(
        names=("age_2008", "age_2020", "age_2024"),
        inputs=("seafloor_age", "seafloor_age_seton2020", "seafloor_age_cao2024"),
        regional=False,
        window_km=TRENCH_WINDOW_KM,
        function=_seafloor_age,
    ),
    LayerDefinition(
        names=("age_2020_wide",),
        inputs=("seafloor_age_seton2020",),
        regional=False,
        window_km=WINDOW_KM,
        function=_wide_age,
    ),
    LayerDefinition(
        names=("sediment_globsed",),
        inputs=("sediment_thickness_globsed",),
        regional=False,
        window_km=TRENCH_WINDOW_KM,
        function=_global_sediment,
    ),
    LayerDefinition(
        names=("residual_height",),
        inputs=(
            "topography",
            "seafloor_age_seton2020",
            "seafloor_age_cao2024",
            "sediment_thickness_globsed",
        ),
        regional=False,
        window_km=WINDOW_KM,
        function=residual_height,
    ),
    LayerDefinition(
        names=("plate_height",),
        inputs=("incoming_plate",),
        regional=True,
        window_km=TRENCH_AXIS_KM,
        function=_plate_height,
    ),
    LayerDefinition(
        names=("strain_invariant", "strain_dilatation"),
        inputs=("strain_rate",),
        regional=False,
        window_km=WINDOW_KM,
        function=_strain,
    ),
    LayerDefinition(
        names=("curvature_dip", "curvature_strike", "curvature_mean"),
        inputs=("slab_depth",),
        regional=True,
        window_km=WINDOW_KM,
        function=_interface,
    ),
    LayerDefinition(
        names=tuple(ROUGHNESS_BANDS),
        inputs=("incoming_plate",),
        regional=True,
        window_km=WINDOW_KM,
        function=_incoming_plate,
    ),
    LayerDefinition(
        names=("sediment",),
        inputs=("incoming_plate",),
        regional=True,
        window_km=TRENCH_WINDOW_KM,
        function=_sediment,
    ),
)
