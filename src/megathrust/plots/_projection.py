"""Map projections on the sphere, centred where the map is: nothing breaks at the antimeridian."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from megathrust.core import EARTH_RADIUS_KM, FloatArray, check_choice, wrap_longitude
from megathrust.plots._land import land_around

_PROJECTIONS = ("laea", "eqearth")
_KM_PER_DEGREE = EARTH_RADIUS_KM * np.pi / 180.0


@dataclass(frozen=True)
class MapProjection:
    """A projection on the sphere of mean Earth radius, in km from its centre.

    Parameters
    ----------
    name : {"laea", "eqearth"}
        Lambert azimuthal equal-area (regions) or Equal Earth (world).
    lon, lat : float
        Centre in degrees; for Equal Earth only the central meridian counts.

    References
    ----------
    Snyder (1987), doi:10.3133/pp1395; Savric et al. (2018), doi:10.1080/13658816.2018.1504949.

    Examples
    --------
    >>> x, y = MapProjection("laea", 180.0, 0.0).forward([179.0, -179.0], [0.0, 0.0])
    >>> x.round(1)
    array([-111.2,  111.2])
    """

    name: str
    lon: float
    lat: float = 0.0

    def __post_init__(self) -> None:
        check_choice("map projection", self.name, _PROJECTIONS)

    @cached_property
    def _relative(self) -> pyproj.Proj:
        # Longitudes are made relative to the centre first, so that the projection never wraps them.
        parameters = {"proj": self.name, "R": EARTH_RADIUS_KM, "lon_0": 0.0}
        return pyproj.Proj(parameters | ({"lat_0": self.lat} if self.name == "laea" else {}))

    def forward(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Project degrees to km east and north of the centre; NaN stays NaN."""
        relative = wrap_longitude(np.asarray(lon, dtype=np.float64) - self.lon)
        return self.forward_relative(relative, np.asarray(lat, dtype=np.float64))

    def forward_relative(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Project longitudes counted from the central meridian, within [-180, 180]."""
        known = np.isfinite(lon) & np.isfinite(lat)
        x, y = self._relative(np.where(known, lon, 0.0), np.where(known, lat, self.lat))
        return np.where(known, x, np.nan), np.where(known, y, np.nan)

    def inverse(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return longitude in [-180, 180) and latitude, in degrees, of points of the map in km."""
        lon, lat = self._relative(x, y, inverse=True)
        return wrap_longitude(lon + self.lon), np.asarray(lat)

    def land(self, half_width_km: float) -> shapely.Geometry:
        """Return the land within a square of the map, projected, in km."""
        reach = 1.5 * half_width_km / _KM_PER_DEGREE
        south, north = max(self.lat - reach, -90.0), min(self.lat + reach, 90.0)
        shrink = np.cos(np.radians(min(max(abs(south), abs(north)), 89.0)))
        east = min(reach / shrink, 150.0)
        degrees = land_around(self.lon, (-east, east, south, north))
        square = (-half_width_km, -half_width_km, half_width_km, half_width_km)
        return shapely.clip_by_rect(self._project(degrees), *square)

    def world_land(self) -> shapely.Geometry:
        """Return all land, projected, in km (Equal Earth)."""
        return self._project(land_around(self.lon, (-180.0, 180.0, -90.0, 90.0), scale="110m"))

    def _project(self, degrees: shapely.Geometry) -> shapely.Geometry:
        # One degree steps bend long straight edges as the projection does.
        dense = shapely.segmentize(degrees, 1.0)

        def flat(points: FloatArray) -> FloatArray:
            return np.column_stack(self.forward_relative(points[:, 0], points[:, 1]))

        return shapely.make_valid(shapely.transform(dense, flat))


def graticule_step(half_width_km: float, *, lat: float = 0.0) -> float:
    """Return the spacing in degrees that draws about three lines across a map.

    Parameters
    ----------
    half_width_km : float
        Half the width of the map.
    lat : float
        Latitude in degrees at which meridians are counted; 0 for parallels.

    Examples
    --------
    >>> graticule_step(2000.0), graticule_step(2000.0, lat=60.0)
    (10.0, 20.0)
    """
    steps = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 30.0])
    km = steps * _KM_PER_DEGREE * np.cos(np.radians(lat))
    return float(steps[np.argmin(np.abs(np.log(km / (0.65 * half_width_km))))])


def graticule_lines(
    projection: MapProjection, half_width_km: float
) -> tuple[dict[float, FloatArray], dict[float, FloatArray]]:
    """Return meridians and parallels that reach the square, as polylines in km keyed by degrees."""
    step = graticule_step(half_width_km, lat=projection.lat)
    reach = 1.5 * half_width_km / _KM_PER_DEGREE
    south, north = max(projection.lat - reach, -85.0), min(projection.lat + reach, 85.0)
    east = min(reach / np.cos(np.radians(max(abs(south), abs(north)))), 150.0)
    along_lat, along_lon = np.linspace(south, north, 121), np.linspace(-east, east, 241)
    meridians = {}
    for lon in np.arange(np.ceil((projection.lon - east) / step), (projection.lon + east) / step) * step:
        x, y = projection.forward_relative(np.full_like(along_lat, lon - projection.lon), along_lat)
        meridians[float(wrap_longitude(lon))] = np.column_stack([x, y])
    step = graticule_step(half_width_km)
    parallels = {}
    for lat in np.arange(np.ceil(south / step), north / step) * step:
        x, y = projection.forward_relative(along_lon, np.full_like(along_lon, lat))
        parallels[float(lat)] = np.column_stack([x, y])
    return meridians, parallels


def crossing(line: FloatArray, *, axis: int, level: float, half_width_km: float) -> float | None:
    """Return where a polyline first crosses ``axis`` = ``level``, within the square; None if nowhere.

    Examples
    --------
    >>> crossing(np.array([[0.0, -2.0], [1.0, 0.0]]), axis=1, level=-1.0, half_width_km=3.0)
    0.5
    """
    across, along = line[:, axis] - level, line[:, 1 - axis]
    for i in np.flatnonzero(np.diff(np.signbit(across))):
        share = across[i] / (across[i] - across[i + 1])
        place = float(along[i] + share * (along[i + 1] - along[i]))
        if abs(place) <= half_width_km:
            return place
    return None


def degree_label(value: float, *, hemispheres: str) -> str:
    """Write a coordinate as on a map; ``hemispheres`` is "EW" or "NS".

    Examples
    --------
    >>> degree_label(-170.0, hemispheres="EW"), degree_label(-180.0, hemispheres="EW")
    ('170°W', '180°')
    """
    if value == 0.0 or abs(value) == 180.0:
        return f"{abs(value):g}°"
    return f"{abs(value):g}°{hemispheres[0] if value > 0 else hemispheres[1]}"
