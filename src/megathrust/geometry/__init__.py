"""Trench lines, along-strike coordinates, cells, sampling."""

from megathrust.geometry._cells import Cells
from megathrust.geometry._locate import locate
from megathrust.geometry._outlines import cell_polygons, cells_geojson
from megathrust.geometry._sampling import CellAccumulator, sample_grid, sample_grid_distributed
from megathrust.geometry._seed_study import SEED_STUDY_ALIGNMENT
from megathrust.geometry._segments import Segments, make_segments
from megathrust.geometry._shipped import load_trench_line, trench_regions
from megathrust.geometry._slab_edge import trench_lines_from_slab
from megathrust.geometry._sphere import arc_km, lonlat, unit_vectors
from megathrust.geometry._trench import TrenchLine, trench_lines_from_points

__all__ = [
    "SEED_STUDY_ALIGNMENT",
    "CellAccumulator",
    "Cells",
    "Segments",
    "TrenchLine",
    "arc_km",
    "cell_polygons",
    "cells_geojson",
    "load_trench_line",
    "locate",
    "lonlat",
    "make_segments",
    "sample_grid",
    "sample_grid_distributed",
    "trench_lines_from_points",
    "trench_lines_from_slab",
    "trench_regions",
    "unit_vectors",
]
