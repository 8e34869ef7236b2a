"""Which registered files a table is built from, by the names that features know."""

from __future__ import annotations

from collections.abc import Mapping

#: Global layers by the name that features know, with the key of the file.
GLOBAL_KEYS: Mapping[str, str] = {
    "gravity": "potential_field/earth-gravity-10arcmin.nc",
    "geoid": "potential_field/earth-geoid-10arcmin.nc",
    "topography": "seafloor/earth-topography-10arcmin.nc",
    "seafloor_age": "seafloor/age.3.20.nc",
    "seafloor_age_seton2020": "seafloor/seton2020_agegrid_6m.nc",
    "seafloor_age_cao2024": "seafloor/Cao2024_SEAFLOOR_AGE_grid_0.00Ma.nc",
    "sediment_thickness_globsed": "seafloor/GlobSed.nc",
    "fracture_zones": "seafloor/gsfml_FZ.gmt",
    "seamounts": "seafloor/gevorgian2023_seamounts_all.xyhrdnc",
    "plateaus": "seafloor/johansson2018_LIPs.shp",
    "strain_rate": "kinematics/hmtk_average_strain_minimal.csv",
    "plate_outlines": "boundaries/PB2002_plates.dig.txt",
    "plate_poles": "kinematics/MORVEL56NNR_poles.txt",
}

#: Slab2 grids by the name that features know, with the quantity in the file's name.
SLAB_LAYERS: Mapping[str, str] = {
    "slab_depth": "dep",
    "slab_dip": "dip",
    "slab_strike": "str",
    "slab_uncertainty": "unc",
}
