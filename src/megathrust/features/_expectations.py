"""What publications expect of the sign of a feature's effect on great earthquakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Expectation:
    """A published expectation.

    Attributes
    ----------
    sign : int
        +1 where more of the feature is expected to go with great earthquakes, -1 where less is, 0 where it is
        expected to tell nothing.
    words, citation : str
    """

    sign: int
    words: str
    citation: str


_FLAT = Expectation(
    -1,
    "interfaces of little curvature along the dip favour great ruptures",
    "Bletery et al. (2016), doi:10.1126/science.aag0482",
)
_SEDIMENT = Expectation(
    1,
    "thick sediment smooths the interface",
    "Ruff (1989), doi:10.1007/BF00874629; Heuret et al. (2012), doi:10.1029/2011GL050712; "
    "Scholl et al. (2015), doi:10.1130/GES01079.1",
)
_ROUGH = Expectation(
    -1, "rough sea floor stops ruptures", "van Rijsingen et al. (2018), doi:10.1029/2018GC007618"
)
_GRAVITY = Expectation(
    -1,
    "low gravity over the forearc marks strong coupling",
    "Song & Simons (2003), doi:10.1126/science.1085557",
)
_AGE = Expectation(
    -1,
    "young, buoyant slabs have lower b-values, of earthquakes of any size",
    "Nishikawa & Ide (2014), doi:10.1038/ngeo2279",
)
_VELOCITY = Expectation(
    0, "velocities do not explain magnitudes", "Heuret et al. (2011), doi:10.1029/2010GC003230"
)

#: Published expectations by feature. A feature that is not here has none that its name decides.
EXPECTATIONS: Mapping[str, Expectation] = MappingProxyType(
    {
        **dict.fromkeys(("CRD_UP_AVE", "CRM_UP_AVE"), _FLAT),
        "SED_AVE": _SEDIMENT,
        **dict.fromkeys(("SRO_DG_AVE", "IRO_DG_AVE", "LRO_DG_AVE"), _ROUGH),
        "FRE_UP_AVE": _GRAVITY,
        "AGE": _AGE,
        **dict.fromkeys(("V_UP", "V_TN", "V_CN"), _VELOCITY),
    }
)
