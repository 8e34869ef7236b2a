"""Which events lie on the plate interface: distance to the slab surface, and mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree

from megathrust.core import EARTH_RADIUS_KM, BoolArray, FloatArray, InputError, short_repr
from megathrust.features._event_mechanism import (
    angle_to_slab,
    axes_seen_from_slab,
    mechanism_class,
    principal_axes,
)
from megathrust.geometry import TrenchLine, locate, unit_vectors

if TYPE_CHECKING:
    import xarray as xr


@short_repr
@dataclass(frozen=True, eq=False, kw_only=True)
class SlabGrids:
    """Surface of one slab, as the readers of Slab2 grids give it.

    Attributes
    ----------
    depth_km, dip, strike, uncertainty_km : DataArray, dimensions (lat, lon)
        Depth of the surface, positive down; dip; strike with the slab dipping to the right; uncertainty of
        the depth. NaN off the slab; longitudes even and increasing, beyond 180 where the slab crosses it.
    """

    depth_km: xr.DataArray
    dip: xr.DataArray
    strike: xr.DataArray
    uncertainty_km: xr.DataArray


@dataclass(frozen=True, kw_only=True)
class InterfaceRule:
    """When an event counts as one of the plate interface.

    Attributes
    ----------
    depth_error_km : float
        Error of hypocentral depths; the distance to the slab surface may reach the root of the sum of
        its square and that of the slab's uncertainty.
    deepest_km : float
        Where the slab surface is deeper than this, events are intraslab or in the mantle wedge: the
        interface rarely breaks below 50 to 60 km (Heuret et al. 2011, doi:10.1029/2010GC003230).
    largest_angle : float
        Largest angle in degrees between the slab's surface and the nearer nodal plane.
    snap_km : float
        An epicentre off the slab takes the nearest value of the slab within this distance, for
        epicentres mislocated beyond the trench.
    location_only_before : str
        Earlier events have no usable depth: they count by their epicentre alone.
    location_only_magnitude : float
        Least magnitude for that; smaller old events are as likely crustal.
    """

    depth_error_km: float = 20.0
    deepest_km: float = 60.0
    largest_angle: float = 30.0
    snap_km: float = 25.0
    location_only_before: str = "1904-01-01"
    location_only_magnitude: float = 7.5


def locate_events(
    catalogue: pd.DataFrame,
    line: TrenchLine,
    slab: SlabGrids,
    *,
    rule: InterfaceRule | None = None,
    max_distance_km: float = 300.0,
) -> pd.DataFrame:
    """Place the events near a trench relative to it and to its slab, and flag those of the interface.

    Parameters
    ----------
    catalogue : DataFrame
        As from `merge_catalogues`.
    line : TrenchLine
        The trench.
    slab : SlabGrids
        Its slab.
    rule : InterfaceRule, optional
        When an event counts as one of the interface.
    max_distance_km : float
        Events further from the trench, or beyond its ends, are left out.

    Returns
    -------
    DataFrame
        The rows of the catalogue that are near, with its columns and ``s_km``, ``n_km`` (see the
        conventions); ``slab_depth_km``, ``slab_dip``, ``slab_strike``, ``slab_uncertainty_km`` at the
        epicentre; ``slab_distance_km``, of the hypocentre from the surface along its normal, positive below
        it; ``mechanism`` and ``slab_mechanism``, the class as seen from the Earth's surface and from a slab
        turned to a dip of 45 degrees (empty where unknown); ``slab_angle``, between the slab's surface and
        the nearer nodal plane in degrees; ``interface`` and ``interface_basis``:
        "depth and mechanism", "depth only" where no mechanism is known, "location only" for old events;
        empty where it is no interface event.

    Notes
    -----
    The distance is the vertical one times the cosine of the dip, as for a plane through the point below the
    epicentre. The mechanism must be a thrust as seen from the slab, with one nodal
    plane along it: a T axis in place alone lets events in that break the slab at a steep angle.
    """
    rule = rule or InterfaceRule()
    s_km, n_km = locate(line, catalogue["lon"], catalogue["lat"], max_distance_km=max_distance_km)
    near = np.isfinite(s_km)
    events = catalogue[near].reset_index(drop=True).assign(s_km=s_km[near], n_km=n_km[near])
    depth, dip, strike, uncertainty = slab_at(slab, events["lon"], events["lat"], snap_km=rule.snap_km)
    distance = (events["depth_km"].to_numpy(dtype=np.float64) - depth) * np.cos(np.radians(dip))
    axes = principal_axes(events)
    events = events.assign(
        slab_depth_km=depth,
        slab_dip=dip,
        slab_strike=strike,
        slab_uncertainty_km=uncertainty,
        slab_distance_km=distance,
        mechanism=mechanism_class(axes),
        slab_mechanism=mechanism_class(axes_seen_from_slab(axes, strike, dip)),
        slab_angle=angle_to_slab(axes, strike, dip),
    )
    basis = _interface_basis(events, rule)
    return events.assign(interface=basis != "", interface_basis=basis)


def _interface_basis(events: pd.DataFrame, rule: InterfaceRule) -> npt.NDArray[np.object_]:
    shallow = (events["slab_depth_km"] <= rule.deepest_km).to_numpy()
    allowed = np.hypot(rule.depth_error_km, events["slab_uncertainty_km"])
    close = (events["slab_distance_km"].abs() <= allowed).to_numpy()
    old = (events["time"] < pd.Timestamp(rule.location_only_before, tz="UTC")).to_numpy()
    great = (events["magnitude"] >= rule.location_only_magnitude).to_numpy()
    mechanism = events["slab_mechanism"]
    known: BoolArray = (mechanism != "").to_numpy()
    basis = np.full(len(events), "", dtype=object)
    basis[shallow & close & ~old & ~known] = "depth only"
    along_slab = (events["slab_angle"] <= rule.largest_angle).to_numpy()
    basis[shallow & close & along_slab & (mechanism == "thrust").to_numpy()] = "depth and mechanism"
    basis[shallow & old & great & ~known] = "location only"
    return basis


def slab_at(
    slab: SlabGrids, lon: pd.Series, lat: pd.Series, *, snap_km: float = 25.0
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return depth, dip, strike and uncertainty of the slab's surface below points.

    Bilinear inside the slab; at its edge, and off it up to ``snap_km``, the value of the nearest node; NaN
    further off.

    Parameters
    ----------
    slab : SlabGrids
        The slab.
    lon, lat : Series, shape (n,)
        Degrees in any longitude layout.
    snap_km : float
        Largest distance to a node of the slab.

    Returns
    -------
    depth_km, dip, strike, uncertainty_km : ndarray, shape (n,)

    Raises
    ------
    InputError
        If the grids differ in shape, or hold no slab at all.
    """
    grids = [slab.depth_km, slab.dip, slab.strike, slab.uncertainty_km]
    if len({grid.shape for grid in grids}) != 1:
        given = ", ".join(str(grid.shape) for grid in grids)
        raise InputError("the grids of a slab differ in shape", given=given, allowed="equal shapes")
    grids = [grid.sortby("lat") for grid in grids]
    axes = (grids[0]["lat"].to_numpy(), grids[0]["lon"].to_numpy())
    strike = np.radians(grids[2].to_numpy())
    # Angles are averaged as directions: 359 and 1 degree have their mean at 0.
    layers = np.stack(
        [*(grid.to_numpy() for grid in (grids[0], grids[1], grids[3])), np.sin(strike), np.cos(strike)],
        axis=-1,
    )
    rows, columns = np.nonzero(np.isfinite(layers).all(axis=-1))
    if not len(rows):
        raise InputError("the grids of a slab hold no slab", given="NaN everywhere")
    first = axes[1][0]
    points = np.column_stack([lat, first + np.mod(np.asarray(lon, dtype=np.float64) - first, 360.0)])
    values = RegularGridInterpolator(axes, layers, bounds_error=False)(points)
    outside = np.flatnonzero(~np.isfinite(values).all(axis=1))
    tree = cKDTree(unit_vectors(axes[1][columns], axes[0][rows]))
    reach = 2.0 * np.sin(snap_km / EARTH_RADIUS_KM / 2.0)
    chord, node = tree.query(unit_vectors(points[outside, 1], points[outside, 0]), distance_upper_bound=reach)
    found = np.isfinite(chord)
    values[outside] = np.nan
    values[outside[found]] = layers[rows[node[found]], columns[node[found]]]
    depth, dip, uncertainty, sine, cosine = values.T
    return depth, dip, np.mod(np.degrees(np.arctan2(sine, cosine)), 360.0), uncertainty
