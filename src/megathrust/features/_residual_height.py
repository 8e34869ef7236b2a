"""Height of the sea floor above that of its age: what is buoyant on the plate that comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from megathrust.core import FloatArray
from megathrust.features._slab_profile import nearest_values

#: Densities for the load of sediment, kg/m3: sediment, water, mantle.
SEDIMENT_DENSITY, WATER_DENSITY, MANTLE_DENSITY = 1950.0, 1030.0, 3300.0


def residual_height(layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many m the sea floor lies above that of its age, the load of its sediment taken away.

    Ridges, plateaus and swells, which resist subduction, are high. Depths by age are those of the plate
    model of Stein & Stein (1992), doi:10.1038/359123a0; the load is balanced as by Crough (1983),
    doi:10.1029/JB088iB08p06449.

    Parameters
    ----------
    layers : mapping
        ``topography`` in m; ages ``seafloor_age_seton2020`` and, for its gaps, ``seafloor_age_cao2024`` in
        Ma; ``sediment_thickness_globsed`` in m.

    Returns
    -------
    dict
        ``residual_height`` on the nodes of the relief.
    """
    relief = layers["topography"]
    lon, lat = np.meshgrid(relief["lon"].to_numpy(), relief["lat"].to_numpy())
    age, second, sediment = (
        nearest_values(layers[name], lon, lat)
        for name in ("seafloor_age_seton2020", "seafloor_age_cao2024", "sediment_thickness_globsed")
    )
    age = np.where(np.isfinite(age), age, second)
    height = relief.transpose("lat", "lon").to_numpy()
    share = (MANTLE_DENSITY - SEDIMENT_DENSITY) / (MANTLE_DENSITY - WATER_DENSITY)
    residual = np.where(height < 0.0, height - share * sediment + depth_of_age(age), np.nan)
    return {"residual_height": relief.transpose("lat", "lon").copy(data=residual)}


def depth_of_age(age_ma: FloatArray) -> FloatArray:
    """Return the depth in m of sea floor of an age in Ma by the plate model GDH1 (Stein & Stein 1992).

    Examples
    --------
    >>> depth_of_age(np.array([0.0, 16.0, 100.0])).round().tolist()
    [2600.0, 4060.0, 5498.0]
    """
    young = 2600.0 + 365.0 * np.sqrt(np.maximum(age_ma, 0.0))
    return np.where(age_ma < 20.0, young, 5651.0 - 2473.0 * np.exp(-0.0278 * age_ma))
