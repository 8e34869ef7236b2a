"""What maps show beside their values: from the data folder, where it is named and has it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from megathrust.pipelines.build._keys import GLOBAL_KEYS
from megathrust.plots import MapLayers
from megathrust.sources import find_slab_grid, read_slab_grid, read_source, user_data_dir

if TYPE_CHECKING:
    import xarray as xr

_VOLCANOES = "kinematics/syracuse_abers_2006_ts02a.txt"
#: Contours of a page need no finer steps, and files none of the other numbers.
_SLAB_STEP_DEGREES = 0.1


def read_map_layers(regions: Iterable[str]) -> MapLayers:
    """Return slab depths, volcanoes and relief, as far as ``MEGATHRUST_DATA`` has them; nothing is fetched.

    Parameters
    ----------
    regions : iterable of str
        Codes whose slab is wanted.

    Returns
    -------
    MapLayers
        With the sources of what is there as ``credit``.

    Raises
    ------
    SourceError
        If the named folder is not there, or a file in it is altered or cannot be read.
    """
    folder = user_data_dir()
    return MapLayers() if folder is None else _read(folder, tuple(sorted(set(regions))))


@lru_cache(maxsize=4)
def _read(folder: Path, regions: tuple[str, ...]) -> MapLayers:
    slab = {
        region: _thinned(read_slab_grid(find_slab_grid(folder, region, "dep")))
        for region in regions
        if any(folder.glob(f"slab2/{region}_slab2_dep_*"))
    }
    credit = ["Slab depth: Slab2 (Hayes et al. 2018)."] if slab else []
    volcanoes = relief = None
    if (folder / _VOLCANOES).is_file():
        volcanoes = read_source(_VOLCANOES, data_dir=folder)[["lon", "lat"]]
        credit.append("Volcanoes: Syracuse & Abers (2006).")
    key = GLOBAL_KEYS["topography"]
    if (folder / key).is_file():
        relief = read_source(key, data_dir=folder).astype(np.float32)
        credit.append("Relief: ETOPO1 (Amante & Eakins 2009).")
    return MapLayers(slab=slab, volcanoes=volcanoes, relief=relief, credit=" ".join(credit))


def _thinned(depth: xr.DataArray) -> xr.DataArray:
    """Return every second or fifth node of a slab grid, as its step has it."""
    steps = {
        name: max(round(_SLAB_STEP_DEGREES / float(np.diff(depth[name]).mean())), 1) for name in depth.dims
    }
    return depth[tuple(slice(None, None, steps[name]) for name in depth.dims)].astype(np.float32)
