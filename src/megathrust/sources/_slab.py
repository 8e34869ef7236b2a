"""Slab2 grids: depth positive down, and files of regions that the registry does not know."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from megathrust.core import SourceError, check_choice
from megathrust.sources._axes import Layout
from megathrust.sources._fetch import fetch, user_data_dir
from megathrust.sources._grids import read_grid
from megathrust.sources._registry import SLAB_QUANTITIES, list_sources, slab_grid_source

if TYPE_CHECKING:
    import xarray as xr

CITATION = (
    "Hayes et al. (2018), Slab2, a comprehensive subduction zone geometry model, doi:10.1126/science.aat4723"
)

#: Name, unit and meaning of each Slab2 quantity in the arrays that `read_slab_grid` gives.
MEANING = MappingProxyType(
    {
        "dep": ("depth_km", "km", "depth of the slab surface, positive down"),
        "dip": ("dip", "degrees", "dip of the slab surface"),
        "str": ("strike", "degrees", "strike of the slab surface, the slab dips to the right of it"),
        "thk": ("thickness_km", "km", "thickness of the slab"),
        "unc": ("uncertainty_km", "km", "uncertainty of the slab's depth"),
    }
)
FILE_NAME = re.compile(r"(?P<region>[a-z]+)_slab2_(?P<quantity>dep|dip|str|thk|unc)_.*\.(grd|nc)")


def read_slab_grid(
    path: str | os.PathLike[str], *, quantity: str | None = None, layout: Layout = "continuous"
) -> xr.DataArray:
    """Read one Slab2 grid.

    Parameters
    ----------
    path : path_like
        A netCDF grid of Slab2; longitudes 0..360 in the file.
    quantity : {"dep", "dip", "str", "thk", "unc"}, optional
        What the grid holds; default taken from the file's name ``<region>_slab2_<quantity>_<date>.grd``.
    layout : {"continuous", "wrapped"}
        Longitudes by even steps from a western edge in [-180, 180), which may exceed 180 so that gradients
        can be taken over the dateline; or increasing within [-180, 180).

    Returns
    -------
    DataArray, dimensions (lat, lon)
        Depth, thickness and uncertainty in km, depth **positive down** (negative down in the file); dip in
        degrees; strike in degrees clockwise from north, the slab dipping to the right; NaN off the slab.

    Raises
    ------
    SourceError
        If the file is not such a grid, or its name does not tell the quantity.
    """
    match = FILE_NAME.fullmatch(Path(path).name)
    if quantity is None:
        if match is None:
            raise SourceError(
                "the file's name does not tell which slab quantity it holds",
                given=Path(path).name,
                allowed="<region>_slab2_<dep|dip|str|thk|unc>_<date>.grd",
                action="rename the file or name the quantity",
            )
        quantity = match["quantity"]
    check_choice("slab quantity", quantity, SLAB_QUANTITIES)
    name, unit, long_name = MEANING[quantity]
    grid = read_grid(path, unit=unit, long_name=long_name, citation=CITATION, layout=layout)
    attributes = grid.attrs | ({"region": match["region"]} if match else {})
    if quantity == "dep":
        _check_depths(grid, Path(path))
        grid = -grid
    return grid.rename(name).assign_attrs(attributes)


def _check_depths(grid: xr.DataArray, file: Path) -> None:
    """Refuse depths of another sign or unit than Slab2's."""
    low, high = float(grid.min()), float(grid.max())
    if abs(low) < abs(high) or low < -1000.0:
        raise SourceError(
            "the depths of this slab grid are not those of Slab2",
            given=f"{file}: {low:g} to {high:g}",
            allowed="km, negative down, above -1000",
            action="turn the sign or the unit of the grid",
        )


def find_slab_grid(
    data_dir: str | os.PathLike[str] | None, region: str, quantity: str, *, verify: bool = True
) -> Path:
    """Return the Slab2 file of any region, registered or added to a data folder by the user.

    Parameters
    ----------
    data_dir : path_like or None
        Folder with a sub-folder ``slab2``; none stands for ``MEGATHRUST_DATA``, and without that the
        registered file is fetched as by `fetch`.
    region : str
        Slab2 code, whatever the user's file is named by.
    quantity : {"dep", "dip", "str", "thk", "unc"}
        Which grid.
    verify : bool
        Whether the SHA-256 of a registered file is checked; a file of the user's own has none to check.

    Returns
    -------
    Path
        The file ``slab2/<region>_slab2_<quantity>_*.grd``.

    Raises
    ------
    SourceError
        If there is no such file, more than one, or a registered one is altered.
    """
    check_choice("slab quantity", quantity, SLAB_QUANTITIES)
    folder = user_data_dir(data_dir)
    if folder is None:
        return fetch(slab_grid_source(region, quantity).key)
    slab_folder = folder / "slab2"
    entries = sorted(slab_folder.iterdir()) if slab_folder.is_dir() else []
    found = [
        path
        for path in entries
        if (match := FILE_NAME.fullmatch(path.name))
        and (match["region"], match["quantity"]) == (region, quantity)
    ]
    if len(found) != 1:
        raise SourceError(
            f"the data folder holds {len(found)} slab grids of this region and quantity",
            given=f"{slab_folder}, {region}, {quantity}",
            allowed=f"one file {region}_slab2_{quantity}_<date>.grd",
            action="put the region's Slab2 grid there" if not found else "keep one of them",
        )
    key = f"slab2/{found[0].name}"
    registered = {source.key for source in list_sources(topic="slab2")}
    return fetch(key, data_dir=folder, verify=verify) if key in registered else found[0]
