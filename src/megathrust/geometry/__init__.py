"""Trench lines, along-strike coordinates, cells, sampling."""

from megathrust.geometry._segments import Segments, make_segments
from megathrust.geometry._sphere import arc_km, bearing, lonlat, unit_vectors
from megathrust.geometry._trench import TrenchLine, trench_lines_from_points

__all__ = [
    "Segments",
    "TrenchLine",
    "arc_km",
    "bearing",
    "lonlat",
    "make_segments",
    "trench_lines_from_points",
    "unit_vectors",
]
