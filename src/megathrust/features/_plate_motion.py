"""Motion of the plates on both sides of a trench, from rotation poles and plate outlines."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely

from megathrust.core import EARTH_RADIUS_KM, FloatArray, InputError
from megathrust.geometry import Segments, lonlat, unit_vectors

#: Where a plate is looked up, km from the trench (negative = upper plate): the plate at the trench, the
#: stable plate behind small plates and back-arc basins, and the downgoing plate.
TRENCH_PLATE_KM = -75.0
STABLE_PLATE_KM = -500.0
DOWNGOING_PLATE_KM = 75.0

#: Length of trench over which its normal is taken, km.
DIRECTION_SPAN_KM = 200.0

#: Net rotation of the lithosphere over the hotspots, longitude, latitude and degrees per Ma of its
#: pole (Gripp & Gordon 2002, doi:10.1046/j.1365-246X.2002.01627.x, HS3-NUVEL1A).
HOTSPOT_ROTATION = (70.0, -56.0, 0.44)

#: Plates of PB2002 that NNR-MORVEL56 names otherwise: Africa (Nubia), Somalia, Yangtze.
POLE_OF_PLATE = MappingProxyType({"AF": "NBA", "SO": "SM", "YA": "YZ"})


class PlateOutlines:
    """Outlines of plates, ready to be asked which plate a point lies on.

    Parameters
    ----------
    outlines : DataFrame
        ``line``, ``name``, ``lon``, ``lat``: one closed ring per plate, in any longitude layout; a ring may
        pass the 180th meridian or enclose a pole.

    Raises
    ------
    InputError
        If a ring is not closed.

    Examples
    --------
    >>> square = {"line": 0, "name": "PA", "lon": [170, -170, -170, 170, 170], "lat": [-5, -5, 5, 5, -5]}
    >>> PlateOutlines(pd.DataFrame(square)).plates_at(unit_vectors([-175.0, 160.0], [0.0, 0.0]))
    ['PA', '']
    """

    def __init__(self, outlines: pd.DataFrame) -> None:
        rings = [ring for _, ring in outlines.groupby("line", sort=False)]
        self._names = [str(ring["name"].iloc[0]) for ring in rings]
        self._polygons = [_polygon(ring) for ring in rings]
        self._tree = shapely.STRtree(self._polygons)

    def plates_at(self, points: FloatArray) -> list[str]:
        """Return the plate of each unit vector, shape (n, 3), the smaller of nested ones, empty if none."""
        lon, lat = lonlat(points)
        plates, smallest = [""] * len(points), np.full(len(points), np.inf)
        for turn in (-360.0, 0.0, 360.0):
            for point, ring in self._tree.query(shapely.points(lon + turn, lat), predicate="intersects").T:
                if self._polygons[ring].area < smallest[point]:
                    plates[point], smallest[point] = self._names[ring], self._polygons[ring].area
        return plates


def rotation_vectors(poles: pd.DataFrame) -> dict[str, FloatArray]:
    """Return the angular velocity of each plate in radians per Ma.

    Parameters
    ----------
    poles : DataFrame
        ``plate``, ``lon``, ``lat``, ``rate_deg_ma`` (counter-clockwise positive).
    """
    axes = unit_vectors(poles["lon"], poles["lat"]) * np.radians(poles["rate_deg_ma"].to_numpy())[:, None]
    return dict(zip(poles["plate"], axes, strict=True))


def hotspot_rotation() -> FloatArray:
    """Return the net rotation of the lithosphere relative to the hotspots, radians per Ma, shape (3,)."""
    lon, lat, rate = HOTSPOT_ROTATION
    return np.asarray(unit_vectors(lon, lat) * np.radians(rate))


def velocities(points: FloatArray, rotations: FloatArray) -> FloatArray:
    """Return velocities in mm/yr, shape (n, 3), of unit vectors under rotations in radians per Ma.

    Examples
    --------
    >>> velocities(unit_vectors([0.0], [0.0]), np.array([[0.0, 0.0, np.radians(1.0)]])).round(2)
    array([[  0. , 111.2,   0. ]])
    """
    # 1 km/Ma is 1 mm/yr.
    return np.cross(rotations, points) * EARTH_RADIUS_KM


def off_trench(segments: Segments, n_km: float) -> FloatArray:
    """Return the unit vectors, shape (n, 3), at a signed distance abreast of the segments' centres."""
    line, s_km = segments.line, segments.centre_km
    angle = n_km / EARTH_RADIUS_KM
    normal = line.normal(s_km, span_km=DIRECTION_SPAN_KM)
    return np.asarray(line.vectors_at(s_km) * np.cos(angle) + normal * np.sin(angle))


def plate_rotations(
    segments: Segments, n_km: float, outlines: PlateOutlines, poles: pd.DataFrame
) -> FloatArray:
    """Return the angular velocity, shape (n, 3), of the plate at a distance from the trench.

    NaN where no plate lies there or the plate has no pole.
    """
    known = rotation_vectors(poles)
    missing = np.full(3, np.nan)
    return np.array(
        [
            known.get(POLE_OF_PLATE.get(plate, plate), missing)
            for plate in outlines.plates_at(off_trench(segments, n_km))
        ]
    )


def normal_velocity(
    segments: Segments, n_km: float, outlines: PlateOutlines, poles: pd.DataFrame
) -> FloatArray:
    """Return the velocity over the hotspots, normal to the trench, of the plate at a distance, mm/yr.

    Positive towards the downgoing plate. The velocity is taken at the trench, as if the plate were rigid to
    there; the poles are those of a frame without net rotation.
    """
    rotation = plate_rotations(segments, n_km, outlines, poles) + hotspot_rotation()
    return _normal_part(segments, velocities(off_trench(segments, 0.0), rotation))


def convergence(
    segments: Segments, outlines: PlateOutlines, poles: pd.DataFrame
) -> tuple[FloatArray, FloatArray]:
    """Return how the downgoing plate moves relative to the plate at the trench.

    Returns
    -------
    rate : ndarray, shape (n,)
        Normal to the trench, mm/yr, positive where the plates converge.
    obliquity : ndarray, shape (n,)
        Angle between the relative motion and the trench normal, degrees, 0 (normal) to 180 (parting).
    """
    relative = plate_rotations(segments, DOWNGOING_PLATE_KM, outlines, poles) - plate_rotations(
        segments, TRENCH_PLATE_KM, outlines, poles
    )
    motion = velocities(off_trench(segments, 0.0), relative)
    rate = 0.0 - _normal_part(segments, motion)
    # Two points on one plate do not move against each other and have no obliquity.
    speed = np.linalg.norm(motion, axis=1)
    cosine = np.divide(rate, speed, out=np.full_like(rate, np.nan), where=speed > 0.0)
    return rate, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _normal_part(segments: Segments, motion: FloatArray) -> FloatArray:
    normal = segments.line.normal(segments.centre_km, span_km=DIRECTION_SPAN_KM)
    return np.asarray(np.sum(motion * normal, axis=1))


def _polygon(ring: pd.DataFrame) -> shapely.Geometry:
    lon, lat = np.unwrap(ring["lon"].to_numpy(), period=360.0), ring["lat"].to_numpy()
    around = round((lon[-1] - lon[0]) / 360.0)
    if len(lon) < 4 or abs(lon[-1] - lon[0] - 360.0 * around) > 1e-6 or abs(lat[-1] - lat[0]) > 1e-6:
        raise InputError(
            "the outline of a plate is not closed",
            given=f"{ring['name'].iloc[0]} with {len(lon)} vertices",
            allowed="rings whose last vertex is the first",
        )
    if around:
        # A ring once around the Earth encloses a pole, whose meridian closes it on the map.
        pole = np.copysign(90.0, lat.mean())
        lon, lat = np.append(lon, [lon[-1], lon[0]]), np.append(lat, [pole, pole])
    # One published outline crosses itself.
    return shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))
