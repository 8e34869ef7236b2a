"""Synthetic worlds, slow plain oracles, contract suites."""

from megathrust.testing._geometry_oracles import cells_by_polygon, locate_brute_force, plain_statistics

__all__ = ["cells_by_polygon", "locate_brute_force", "plain_statistics"]
