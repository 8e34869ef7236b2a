"""Small whole texts that the readers of text and of configurations start from."""

from __future__ import annotations

QUAKEML = """<?xml version="1.0" encoding="utf-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="quakeml:a/b"><event publicID="quakeml:a/e1">
<origin publicID="quakeml:a/o1"><time><value>2010-02-27T06:34:11Z</value></time>
<latitude><value>-36.1</value></latitude><longitude><value>-72.9</value></longitude>
<depth><value>22900</value></depth></origin>
<magnitude publicID="quakeml:a/m1"><mag><value>8.8</value></mag><type>Mw</type></magnitude>
</event></eventParameters></q:quakeml>
"""
FDSN = """#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|\
MagType|Magnitude|MagAuthor|EventLocationName
1|2010-02-27T06:34:11|-36.1|-72.9|22.9|us|us|us|1|Mw|8.8|us|Chile
2|2011-03-11T05:46:24|38.3|142.4|29|us|us|us|2|Mw|9.1|us|Japan
"""
LINES_OF_RUPTURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"date": "1960-05-22", "mw": 9.5, "quality": "A", "source": "someone"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-74, -45], [-73, -45], [-73, -38], [-74, -45]]],
            },
        }
    ],
}
BOUNDARIES = {
    "type": "MultiLineString",
    "coordinates": [[[0.0, 0.0], [1.0, 1.0], [2.0, 1.5]], [[5.0, 5.0], [6.0, 6.0]]],
}
LAYERS = {
    "layers": [
        {
            "name": "HEAT",
            "path": "heat.csv",
            "unit": "mW/m2",
            "long_name": "heat flow",
            "citation": "someone",
            "statistics": ["mean", "p50"],
        }
    ]
}
FILES_OF_A_RUN = (
    "config.yaml",
    "stages.json",
    "table.parquet",
    "relevance.nc",
    "artefacts/curve.parquet",
    "artefacts/networks-classes.safetensors",
)
CONFIG = {
    "thresholds": [8.0],
    "network": {"members": 2, "hidden": [6], "epochs": 3},
    "curve": {"exclusion_km": [0, 50]},
    "nulls": {"surrogates": 3, "per_model": 2},
}
