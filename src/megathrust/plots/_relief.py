"""Shaded relief as a layer of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.image import AxesImage
from scipy.interpolate import RegularGridInterpolator

from megathrust.core import FloatArray, InputError
from megathrust.plots._map_axes import DEGREES

if TYPE_CHECKING:
    import xarray as xr

#: Light falls from the north-west, as on printed maps: from elsewhere, trenches look like ridges.
_LIGHT = np.array([-1.0, 1.0]) / np.sqrt(2.0)
_DOTS_PER_INCH = 200.0
_SHADES = 10


def add_relief(ax: GeoAxes, height: xr.DataArray, *, strength: float = 0.35, zorder: float = 1.2) -> None:
    """Shade land and sea floor by their slope, as if light fell from the north-west.

    The shades lie over land and sea and leave their colours. How dark they are goes by the slopes that the
    map shows, so that a flat region has relief too.

    Parameters
    ----------
    ax : GeoAxes
        Its limits must be set before.
    height : DataArray
        Two axes, latitude then longitude by whatever names (in degrees, any layout), each evenly spaced or
        not; metres, positive up.
    strength : float
        Opacity of the darkest and brightest shades, 0 to 1.
    zorder : float
        Above land and below everything else by default.

    Raises
    ------
    InputError
        If the array does not have two axes.

    Examples
    --------
    >>> import xarray as xr
    >>> from megathrust.plots import world_axes
    >>> axes = {"lat": np.linspace(-90.0, 90.0, 19), "lon": np.arange(0.0, 360.0, 10.0)}
    >>> height = xr.DataArray(np.cos(np.radians(axes["lon"])) * np.ones((19, 1)), axes, ("lat", "lon"))
    >>> ax = world_axes()
    >>> add_relief(ax, height)
    >>> len(ax.images)
    1
    """
    if height.ndim != 2:
        raise InputError("heights need two axes", given=height.shape, allowed="(latitude, longitude)")
    ax.apply_aspect()
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    dots = _DOTS_PER_INCH / ax.figure.dpi
    x = np.linspace(west, east, max(int(dots * ax.bbox.width), 8))
    y = np.linspace(north, south, max(int(dots * ax.bbox.height), 8))
    places = DEGREES.transform_points(ax.projection, *np.meshgrid(x, y))[..., :2]
    shade = _shade(_facing_at(height, places))
    grey = (shade > 0.0).astype(np.float64)
    # A few shades look the same as many, in files of half the size.
    opacity = strength * np.round(_SHADES * np.abs(shade)) / _SHADES
    colours = np.stack([grey, grey, grey, opacity], axis=-1)
    drawn = AxesImage(ax, extent=(west, east, south, north), origin="upper", zorder=zorder)
    drawn.set_data(colours)
    drawn.set_clip_path(ax.patch)
    ax.add_image(drawn)


def _facing_at(height: xr.DataArray, places: FloatArray) -> FloatArray:
    """Return how far the ground at (lon, lat) leans towards the light, NaN off the grid.

    Slopes are taken on the grid and interpolated: those of interpolated heights change at its lines only.
    """
    rows, columns = height.dims
    grid = height.sortby([rows, columns])
    lat, lon = (grid[name].to_numpy().astype(np.float64) for name in (rows, columns))
    values = grid.to_numpy()
    if lon[-1] - lon[0] + 1.5 * np.median(np.diff(lon)) >= 360.0:
        # Round the Earth there is no edge between the last column and the first.
        lon, values = np.append(lon, lon[0] + 360.0), np.hstack([values, values[:, :1]])
    to_north, to_east = np.gradient(values, lat, lon)
    to_east /= np.maximum(np.cos(np.radians(lat)), 0.05)[:, None]
    facing = -(_LIGHT[0] * to_east + _LIGHT[1] * to_north)
    at = RegularGridInterpolator((lat, lon), facing, bounds_error=False)
    turned = lon[0] + (places[..., 0] - lon[0]) % 360.0
    return np.asarray(at(np.stack([places[..., 1], turned], axis=-1)), dtype=np.float64)


def _shade(facing: FloatArray) -> FloatArray:
    """Return shades from -1 (turned away from the light) to 1 (towards it), 0 where nothing is known."""
    usual = float(np.sqrt(np.nanmean(facing**2))) if np.isfinite(facing).any() else 0.0
    return np.nan_to_num(np.tanh(facing / (1.5 * usual))) if usual > 0.0 else np.zeros_like(facing)
