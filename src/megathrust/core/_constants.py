"""Physical constants and names, each with its source."""

from __future__ import annotations

from types import MappingProxyType

#: Mean Earth radius R1 in km (IUGG; Moritz 2000, doi:10.1007/s001900050278).
EARTH_RADIUS_KM = 6371.0088

#: log10(M0 / N m) = MOMENT_SLOPE * Mw + MOMENT_OFFSET (IASPEI 2013 recommendation;
#: Bormann & Di Giacomo 2011, doi:10.1007/s10950-010-9219-2).
MOMENT_SLOPE = 1.5
MOMENT_OFFSET = 9.1

#: log10(E / J) = 1.5 Me + 4.8 (Gutenberg & Richter 1956; Choy & Boatwright 1995, doi:10.1029/95JB01969).
ENERGY_SLOPE = 1.5
ENERGY_OFFSET = 4.8

#: Subduction zones by their Slab2 code (Hayes et al. 2018, doi:10.1126/science.aat4723).
REGION_NAMES = MappingProxyType(
    {
        "alu": "Alaska-Aleutians",
        "cal": "Calabria",
        "cam": "Central America",
        "car": "Caribbean",
        "cas": "Cascadia",
        "cot": "Cotabato",
        "hal": "Halmahera",
        "hel": "Hellenic Arc",
        "him": "Himalaya",
        "hin": "Hindu Kush",
        "izu": "Izu-Bonin-Mariana",
        "ker": "Tonga-Kermadec",
        "kur": "Japan-Kuriles-Kamchatka",
        "mak": "Makran",
        "man": "Manila",
        "mue": "Muertos",
        "pam": "Pamir",
        "phi": "Philippines",
        "png": "New Guinea",
        "puy": "Puysegur",
        "ryu": "Ryukyu-Nankai",
        "sam": "South America",
        "sco": "Scotia",
        "sol": "Solomon Islands",
        "sul": "Sulawesi",
        "sum": "Sumatra-Java-Andaman",
        "van": "Vanuatu",
    }
)
