"""Trench lines, along-strike coordinates, cells, sampling."""
