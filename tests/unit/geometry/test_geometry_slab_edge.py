"""Trench lines along the shallow edge of slab grids."""

import numpy as np
import pytest
import xarray as xr

from megathrust.core import InputError
from megathrust.geometry import TrenchLine, load_trench_line, locate, trench_lines_from_slab
from megathrust.geometry._slab_edge import _smoothed
from megathrust.sources import find_slab_grid, read_slab_grid

#: How much of a line may lie round an end of the slab, where the trench has ended: Tonga's bends sharply.
BEYOND_ENDS = 0.12


def slab(lon_of_trench, lat, lon, *, gap=(0.0, 0.0), shallowest=5.0):
    """A slab that deepens by 50 km per degree to the east, its trench at a longitude for every latitude."""
    distance = lon[None, :] - lon_of_trench[:, None]
    there = (distance >= 0.0) & (distance <= 4.0) & ~((lat > gap[0]) & (lat < gap[1]))[:, None]
    depth = xr.DataArray(
        np.where(there, shallowest + 50.0 * distance, np.nan), {"lat": lat, "lon": lon}, ("lat", "lon")
    )
    return depth, xr.zeros_like(depth).where(depth.notnull())


def test_an_oblique_trench_over_the_dateline_is_found_without_its_steps():
    lat = np.arange(-10.0, 10.0, 0.05)
    depth, strike = slab(180.0 + 0.2 * lat, lat, np.arange(176.0, 188.0, 0.05))
    (line,) = trench_lines_from_slab("own", depth, strike)
    assert line.lat[0] > line.lat[-1], "the downgoing plate, here in the west, lies on the right"
    assert line.length_km == pytest.approx(111.195 * 20.0 * np.hypot(1.0, 0.2), rel=0.02)
    away = np.abs(np.mod(line.lon, 360.0) - 180.0 - 0.2 * line.lat)
    assert away[3:-3].max() < 0.1
    assert line.azimuth(line.length_km / 2, span_km=200.0) == pytest.approx(
        np.degrees(np.arctan(0.2)), abs=1.0
    )


def test_smoothing_leaves_both_ends_where_they_are_and_takes_the_steps_of_the_grid():
    lat = np.linspace(-8.0, 8.0, 161)
    stairs = TrenchLine("own", np.round(0.3 * lat, 0), lat)
    smooth = _smoothed(stairs)
    for place in (0, -1):
        assert smooth.lon[place] == pytest.approx(stairs.lon[place], abs=1e-6)
        assert smooth.lat[place] == pytest.approx(stairs.lat[place], abs=1e-6)
    assert np.abs(np.diff(smooth.lon)).max() < 0.5 * np.abs(np.diff(stairs.lon)).max()


def test_a_slab_in_two_parts_gives_two_lines_the_longest_first():
    lat = np.arange(-10.0, 10.0, 0.1)
    depth, strike = slab(np.zeros(lat.size), lat, np.arange(-1.0, 5.0, 0.1), gap=(-6.0, -4.0))
    lines = trench_lines_from_slab("own", depth, strike)
    assert [line.length_km for line in lines] == pytest.approx([14.0 * 111.195, 4.0 * 111.195], rel=0.1)


def test_a_slab_that_begins_at_depth_has_no_trench():
    lat = np.arange(-2.0, 2.0, 0.1)
    depth, strike = slab(np.zeros(lat.size), lat, np.arange(-1.0, 5.0, 0.1), shallowest=80.0)
    with pytest.raises(InputError, match=r"slab of own has no shallow edge .*0 nodes.*--trench-points"):
        trench_lines_from_slab("own", depth, strike)
    with pytest.raises(InputError, match="not on the same nodes"):
        trench_lines_from_slab("own", depth, strike[1:])


@pytest.mark.parametrize("region", ["cas", "izu", "ker", "sam", "van"])
def test_lies_along_the_published_trench(data_dir, region):
    depth, strike = (read_slab_grid(find_slab_grid(data_dir, region, name)) for name in ("dep", "str"))
    line, published = trench_lines_from_slab(region, depth, strike)[0], load_trench_line(region)
    _, n_km = locate(published, *line.at(np.linspace(0.0, line.length_km, 300)), max_distance_km=300.0)
    assert np.isnan(n_km).mean() < BEYOND_ENDS
    assert np.nanpercentile(np.abs(n_km), 95) < 10.0
    _, back_km = locate(
        line, *published.at(np.linspace(0.0, published.length_km, 300)), max_distance_km=300.0
    )
    assert np.mean(np.abs(back_km) < 10.0) > 0.85
