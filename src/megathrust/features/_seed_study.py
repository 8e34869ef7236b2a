"""The 49 feature columns of the seed study, declared once.

Source: Graciosa et al. (2025), doi:10.1029/2024JB028774, and its published table. Units are
those of the published numbers (velocities in cm/yr, strain rates in 1e-9/yr). The table does not
state the pass bands of the filtered geoid.
"""

from __future__ import annotations

from collections.abc import Iterator

from megathrust.features._definition import ColumnDefinition

CITATION = "Graciosa et al. 2025, doi:10.1029/2024JB028774"

_SIDES = {"UP": "upper plate", "DG": "downgoing plate"}

# code, quantity, unit, family: given as mean and standard deviation over the window of one side.
_WINDOW_QUANTITIES = (
    ("FRE_DG", "free-air gravity anomaly", "mGal", "gravity"),
    ("EGR_DG", "gravity disturbance", "mGal", "gravity"),
    ("SRO_DG", "short-wavelength bathymetric roughness", "m", "roughness"),
    ("IRO_DG", "intermediate-wavelength bathymetric roughness", "m", "roughness"),
    ("LRO_DG", "long-wavelength bathymetric roughness", "m", "roughness"),
    ("CRD_UP", "interface curvature along dip", "1/m", "curvature"),
    ("CRS_UP", "interface curvature along strike", "1/m", "curvature"),
    ("CRM_UP", "mean interface curvature", "1/m", "curvature"),
    ("FRE_UP", "free-air gravity anomaly", "mGal", "gravity"),
    ("EGO_UP", "geoid height", "m", "geoid"),
    ("EGO_L_UP", "geoid height, band L", "m", "geoid"),
    ("EGO_SL_UP", "geoid height, band SL", "m", "geoid"),
    ("EGO_UM_UP", "geoid height, band UM", "m", "geoid"),
    ("EGR_UP", "gravity disturbance", "mGal", "gravity"),
    ("EGR_BG_UP", "Bouguer gravity anomaly", "mGal", "gravity"),
    ("INV_UP", "strain-rate second invariant", "1e-9/yr", "strain rate"),
    ("DLT_UP", "strain-rate dilatation", "1e-9/yr", "strain rate"),
)

_SLAB_QUANTITIES = (
    ("DXT", "slab depth along the trench", "km", "slab depth"),
    ("FDM", "first along-trench derivative of slab depth", "km/km", "slab depth derivatives"),
    ("SDM", "second along-trench derivative of slab depth", "1/km", "slab depth derivatives"),
)


def _feature(name: str, long_name: str, unit: str, group: str, family: str) -> ColumnDefinition:
    return ColumnDefinition(name, long_name, unit, "feature", group, family, CITATION)


def _declare() -> Iterator[ColumnDefinition]:
    for smoothing_km in (200, 400, 600):
        for code, quantity, unit, family in _SLAB_QUANTITIES:
            long_name = f"{quantity}, smoothed over {smoothing_km} km"
            yield _feature(f"{code}_{smoothing_km}", long_name, unit, "dynamics", family)
    yield _feature("SED_AVE", "sediment thickness, mean", "m", "physical state", "sediment")
    yield _feature("SED_STD", "sediment thickness, standard deviation", "m", "physical state", "sediment")
    yield _feature(
        "SED_GRD", "sediment thickness, along-strike gradient", "m/m", "physical state", "sediment"
    )
    yield _feature("V_UP", "trench-normal velocity of the upper plate", "cm/yr", "kinematics", "velocity")
    yield _feature("V_TN", "trench-normal velocity of the trench", "cm/yr", "kinematics", "velocity")
    yield _feature("AGE", "age of the slab at the trench", "Ma", "kinematics", "age")
    for code, quantity, unit, family in _WINDOW_QUANTITIES:
        side = _SIDES[code[-2:]]
        for suffix, statistic in (("AVE", "mean"), ("STD", "standard deviation")):
            yield _feature(
                f"{code}_{suffix}", f"{quantity}, {statistic} over the {side}", unit, "physical state", family
            )


#: Definitions of the seed study's feature columns, by name, in the order of its files.
SEED_STUDY_FEATURES = {definition.name: definition for definition in _declare()}
