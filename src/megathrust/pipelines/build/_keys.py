"""Which registered files a table is built from, by the names that features know."""

from __future__ import annotations

from collections.abc import Mapping

#: Global layers by the name that features know, with the key of the file.
GLOBAL_KEYS: Mapping[str, str] = {
    "gravity": "potential_field/earth-gravity-10arcmin.nc",
    "geoid": "potential_field/earth-geoid-10arcmin.nc",
    "topography": "seafloor/earth-topography-10arcmin.nc",
    "seafloor_age": "seafloor/age.3.20.nc",
    "seafloor_age_cao2024": "seafloor/Cao2024_SEAFLOOR_AGE_grid_0.00Ma.nc",
    "strain_rate": "kinematics/hmtk_average_strain_minimal.csv",
    "plate_outlines": "boundaries/PB2002_plates.dig.txt",
    "plate_poles": "kinematics/MORVEL56NNR_poles.txt",
}

#: Sediment thickness where a region has no table of its incoming plate; relief is among the global layers.
STAND_IN_KEY = "seafloor/sedmap.grd"

#: Slab2 grids by the name that features know, with the quantity in the file's name.
SLAB_LAYERS: Mapping[str, str] = {
    "slab_depth": "dep",
    "slab_dip": "dip",
    "slab_strike": "str",
    "slab_uncertainty": "unc",
}
