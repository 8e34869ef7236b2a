"""Mechanism classes from moment tensors or nodal planes, also as seen from a dipping slab."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray
from megathrust.features._event_catalogue import PLANE_COLUMNS, TENSOR_COLUMNS

MECHANISM_CLASSES = ("thrust", "normal", "strike-slip", "odd")

#: Least plunge in degrees of the T, P and B axis of a thrust, normal and strike-slip event
#: (Frohlich & Apperson 1992, doi:10.1029/91TC02888).
THRUST_T_PLUNGE = 50.0
NORMAL_P_PLUNGE = 60.0
STRIKE_SLIP_B_PLUNGE = 60.0

#: Slip on a plane of this dip has a vertical T axis, the middle of the thrust class.
REFERENCE_DIP = 45.0


class PrincipalAxes(NamedTuple):
    """Unit vectors of the T, B and P axes, shape (n, 3) each, in north, east, down; NaN where unknown."""

    t: FloatArray
    b: FloatArray
    p: FloatArray


def principal_axes(events: pd.DataFrame) -> PrincipalAxes:
    """Return the T, B and P axes of events from their moment tensor, else from their first nodal plane.

    Parameters
    ----------
    events : DataFrame
        With ``mrr mtt mpp mrt mrp mtp`` (r up, t south, p east) and ``strike1 dip1 rake1`` in degrees
        (Aki & Richards 2002, section 4.2), NaN where unknown.

    Returns
    -------
    PrincipalAxes
        The axes have no sense: v and -v are the same.

    Examples
    --------
    >>> events = pd.DataFrame({name: [np.nan] for name in (*TENSOR_COLUMNS, *PLANE_COLUMNS)})
    >>> axes = principal_axes(events.assign(strike1=0.0, dip1=45.0, rake1=90.0))
    >>> np.abs(axes.t).round(9).tolist(), np.abs(axes.p).round(9).tolist()
    ([[0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0]])
    """
    axes = np.full((3, len(events), 3), np.nan)
    tensor = events[list(TENSOR_COLUMNS)].to_numpy(dtype=np.float64)
    known = np.isfinite(tensor).all(axis=1)
    if known.any():
        rr, tt, pp, rt, rp, tp = tensor[known].T
        # North is -t, east is p, down is -r (Aki & Richards 2002, box 4.4).
        matrix = np.stack([tt, -tp, rt, -tp, pp, -rp, rt, -rp, rr], axis=-1).reshape(-1, 3, 3)
        _, vectors = np.linalg.eigh(matrix / np.abs(matrix).max(axis=(1, 2), keepdims=True))
        axes[:, known] = np.moveaxis(vectors[:, :, ::-1], -1, 0)
    strike, dip, rake = (np.radians(events[name].to_numpy(dtype=np.float64)) for name in PLANE_COLUMNS)
    planes = ~known & np.isfinite(strike + dip + rake)
    normal, slip = _fault_vectors(strike[planes], dip[planes], rake[planes])
    axes[0, planes] = (slip + normal) / np.sqrt(2.0)
    axes[1, planes] = np.cross(normal, slip)
    axes[2, planes] = (slip - normal) / np.sqrt(2.0)
    return PrincipalAxes(*axes)


def _fault_vectors(strike: FloatArray, dip: FloatArray, rake: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the upward fault normal and the slip of the hanging wall in north, east, down (radians in)."""
    normal = np.stack([-np.sin(dip) * np.sin(strike), np.sin(dip) * np.cos(strike), -np.cos(dip)], axis=-1)
    slip = np.stack(
        [
            np.cos(rake) * np.cos(strike) + np.cos(dip) * np.sin(rake) * np.sin(strike),
            np.cos(rake) * np.sin(strike) - np.cos(dip) * np.sin(rake) * np.cos(strike),
            -np.sin(rake) * np.sin(dip),
        ],
        axis=-1,
    )
    return normal, slip


def mechanism_class(axes: PrincipalAxes) -> npt.NDArray[np.object_]:
    """Return the class of each event after Frohlich & Apperson (1992), empty where axes are unknown.

    Thrust where the T axis plunges 50 degrees or more, normal where P, strike-slip where B plunges 60 or
    more, odd otherwise; no event meets two of these.

    References
    ----------
    Frohlich & Apperson (1992), doi:10.1029/91TC02888.

    Examples
    --------
    >>> down, north, east = np.eye(3)[[2, 0, 1]][:, None, :]
    >>> [str(mechanism_class(PrincipalAxes(*three))[0]) for three in
    ...  ((down, north, east), (north, down, east), (north, east, down))]
    ['thrust', 'strike-slip', 'normal']
    """
    t, b, p = (np.degrees(np.arcsin(np.clip(np.abs(axis[:, 2]), 0.0, 1.0))) for axis in axes)
    # Rounding of the axes must not turn an event on the limit away.
    slack = 1e-9
    classes = np.full(len(t), "odd", dtype=object)
    classes[b >= STRIKE_SLIP_B_PLUNGE - slack] = "strike-slip"
    classes[p >= NORMAL_P_PLUNGE - slack] = "normal"
    classes[t >= THRUST_T_PLUNGE - slack] = "thrust"
    classes[~np.isfinite(t + b + p)] = ""
    return classes


def axes_seen_from_slab(axes: PrincipalAxes, strike: npt.ArrayLike, dip: npt.ArrayLike) -> PrincipalAxes:
    """Turn principal axes about the slab's strike until the slab dips 45 degrees.

    Pure thrust on a plane of dip d has a T axis that plunges 45 + d degrees (180 minus that beyond 45), so
    the limit of 50 degrees leaves little room on a flat slab and misses a vertical one. Turning the
    slab to a horizontal plane would put T and P of slip along it at 45 degrees both, where the classes
    cannot tell thrust from normal. With the slab at 45 degrees, slip up the slab has a vertical T
    axis whatever the true dip, and the limit allows the same deviation, 40 degrees, everywhere.

    Parameters
    ----------
    axes : PrincipalAxes
        n events.
    strike, dip : array_like, shape (n,)
        Of the slab at each event, degrees, the slab dipping to the right of its strike. NaN gives NaN.

    Returns
    -------
    PrincipalAxes

    Examples
    --------
    >>> nothing = {name: [np.nan] for name in TENSOR_COLUMNS}
    >>> axes = principal_axes(pd.DataFrame(nothing | {"strike1": 30.0, "dip1": 88.0, "rake1": 90.0}))
    >>> mechanism_class(axes)[0], mechanism_class(axes_seen_from_slab(axes, [30.0], [88.0]))[0]
    ('odd', 'thrust')
    """
    azimuth = np.radians(np.asarray(strike, dtype=np.float64))
    along = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], axis=-1)
    # A right-handed turn about the strike direction carries the right side down (north, east, down).
    angle = np.radians(REFERENCE_DIP - np.asarray(dip, dtype=np.float64))[:, None]
    return PrincipalAxes(*(_turned(axis, along, angle) for axis in axes))


def angle_to_slab(axes: PrincipalAxes, strike: npt.ArrayLike, dip: npt.ArrayLike) -> FloatArray:
    """Return the smaller angle in degrees between the slab's surface and either nodal plane.

    Parameters
    ----------
    axes : PrincipalAxes
        n events.
    strike, dip : array_like, shape (n,)
        Of the slab at each event, degrees.

    Returns
    -------
    ndarray, shape (n,)
        0 to 90 degrees; NaN where something is unknown.

    Notes
    -----
    The normals of the nodal planes lie halfway between the T and P axes.
    """
    strike_array, dip_array = (np.radians(np.asarray(angle, dtype=np.float64)) for angle in (strike, dip))
    slab, _ = _fault_vectors(strike_array, dip_array, np.zeros_like(strike_array))
    cosines = [np.abs(np.sum((axes.t + sign * axes.p) * slab, axis=-1)) for sign in (1.0, -1.0)]
    return np.asarray(np.degrees(np.arccos(np.minimum(np.maximum(*cosines) / np.sqrt(2.0), 1.0))))


def _turned(vectors: FloatArray, about: FloatArray, angle: FloatArray) -> FloatArray:
    """Turn vectors about unit vectors by angles in radians (Rodrigues' formula)."""
    parallel = np.sum(vectors * about, axis=-1, keepdims=True) * about
    turned = vectors * np.cos(angle) + np.cross(about, vectors) * np.sin(angle)
    return np.asarray(turned + parallel * (1.0 - np.cos(angle)))
