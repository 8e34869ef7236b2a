"""The registry: which public files exist, where they come from, and how each is read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from megathrust.core import InputError, SourceError, check_choice, sha256_of

#: Slab2 quantities by the short name in a file's name, with the layer that holds them.
SLAB_QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "dep": "slab_depth",
        "dip": "slab_dip",
        "str": "slab_strike",
        "thk": "slab_thickness",
        "unc": "slab_uncertainty",
    }
)


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """One public file: where it comes from, how it is proved, and what may be done with it.

    Attributes
    ----------
    key : str
        Path of the file inside a data folder, such as ``slab2/alu_slab2_dep_02.23.18.grd``.
    topic : str
        Folder of the key, such as ``slab2``.
    layer : str
        What the file holds, such as ``slab_depth``; several regions may share a layer.
    region : str
        Slab2 code of the region that the file covers, empty for a global file.
    title, version, citation, doi : str
        What it is, its release, whom to cite, and the DOI of the primary source (may be empty).
    licence : str
        Licence of the file.
    redistributable : bool
        Whether the file itself may be passed on.
    derived_may_ship : bool
        Whether numbers computed from it may be part of what the package ships.
    share_alike : bool
        Whether what is derived from it must be under the same licence.
    optional : bool
        Whether the file is for comparison only, never needed to build a table.
    repository, commit, path : str
        The public repository, its commit, and the path in it, which the mirror address pins.
    downloadable : bool
        False where the file has no twin in the repository and must be made by hand.
    bytes : int
        Size of the file.
    sha256 : str
        Hash that proves the file.
    touches : tuple of str or None
        Of a rupture the codes of the regions that it touches, computed from its file; None for other files.
    reader : str
        Name of the reader that `read_source` uses.
    variable, unit, long_name : str
        For plain grids: which variable to take (may be empty), its unit and its meaning.
    """

    key: str
    layer: str
    title: str
    version: str
    citation: str
    doi: str
    licence: str
    redistributable: bool
    derived_may_ship: bool
    share_alike: bool
    repository: str
    commit: str
    path: str
    bytes: int
    sha256: str
    reader: str
    region: str = ""
    touches: tuple[str, ...] | None = None
    optional: bool = False
    downloadable: bool = True
    variable: str = ""
    unit: str = ""
    long_name: str = ""

    @property
    def topic(self) -> str:
        """Folder of the key."""
        return self.key.split("/", 1)[0]

    def covers(self, region: str) -> bool:
        """Whether the file is of a region: its own, a global one, or a rupture that touches it."""
        return self.region in ("", region) and (self.touches is None or region in self.touches)

    @property
    def url(self) -> str:
        """Address of the pinned mirror: the raw file of the repository at the commit, empty if none."""
        if not self.downloadable:
            return ""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{quote(self.path)}"

    @property
    def reference(self) -> str:
        """Citation with its DOI."""
        return self.citation + (f", https://doi.org/{self.doi}" if self.doi else "")


@cache
def _registry() -> Mapping[str, DataSource]:
    text = files("megathrust.sources").joinpath("_registry.json").read_text(encoding="utf-8")
    touched = json.loads(
        files("megathrust.sources").joinpath("_rupture_regions.json").read_text(encoding="utf-8")
    )
    sources: dict[str, DataSource] = {}
    for collection in json.loads(text)["collections"]:
        common = {name: value for name, value in collection.items() if name != "files"}
        for key, path, size, sha256, region, version in collection["files"]:
            sources[key] = DataSource(
                key=key,
                path=path,
                bytes=size,
                sha256=sha256,
                region=region,
                version=version,
                touches=tuple(touched.get(key, ())) if key.startswith("ruptures/") else None,
                **common,
            )
    return MappingProxyType(sources)


def list_sources(
    *,
    topic: str | None = None,
    layer: str | None = None,
    region: str | None = None,
    optional: bool | None = None,
) -> tuple[DataSource, ...]:
    """Return the registered sources, in registry order, optionally only some of them.

    Parameters
    ----------
    topic, layer : str, optional
        Keep one folder, or one layer.
    region : str, optional
        Keep what covers one region: its own files, the global ones, and the ruptures that touch it.
    optional : bool, optional
        Keep only the comparison files (true) or only the others (false).

    Raises
    ------
    InputError
        If no source has such a topic or layer.

    Examples
    --------
    >>> [source.key for source in list_sources(layer="slab_depth", region="alu")]
    ['slab2/alu_slab2_dep_02.23.18.grd']
    """
    every = _registry().values()
    if topic is not None:
        check_choice("topic", topic, {source.topic for source in every})
    if layer is not None:
        check_choice("layer", layer, {source.layer for source in every})
    return tuple(
        source
        for source in every
        if (topic is None or source.topic == topic)
        and (layer is None or source.layer == layer)
        and (region is None or source.covers(region))
        and (optional is None or source.optional is optional)
    )


def is_registered(path: Path) -> bool:
    """Return whether a file is, byte for byte, one of the registry: what it holds is then no stranger's."""
    sizes = {source.bytes for source in _registry().values()}
    if path.stat().st_size not in sizes:
        return False
    return sha256_of(path) in {source.sha256 for source in _registry().values()}


def find_source(key: str) -> DataSource:
    """Return the source of a key.

    Raises
    ------
    InputError
        If the registry does not hold the key; the message names similar ones.

    Examples
    --------
    >>> find_source("seafloor/crust1.bnds").unit
    ''
    >>> find_source("potential_field/earth-geoid-10arcmin.nc").unit
    'm'
    """
    try:
        return _registry()[key]
    except KeyError:
        similar = difflib.get_close_matches(key, _registry(), n=3, cutoff=0.4)
        raise InputError(
            "no such source in the registry",
            given=repr(key),
            allowed=f"a key such as {', '.join(similar or list(_registry())[:3])}",
            action="list the sources to see every key",
        ) from None


def layer_source(layer: str, region: str = "") -> DataSource:
    """Return the one source of a layer, for a region where the layer has a file per region.

    Raises
    ------
    InputError
        If there is no such layer, or it holds several files that the region does not tell apart.
    SourceError
        If the layer has no file for the region.

    Examples
    --------
    >>> layer_source("incoming_plate", "sam").key
    'seafloor/sam_BA_bath.csv'
    """
    members = list_sources(layer=layer)
    found = [source for source in members if source.region == region]
    if not found:
        raise SourceError(
            f"the layer {layer} has no file for this region",
            given=repr(region),
            allowed=", ".join(sorted({source.region or "global" for source in members})),
        )
    if len(found) > 1:
        raise InputError(
            f"the layer {layer} holds {len(found)} files",
            given=repr(region),
            action="choose one by its key",
        )
    return found[0]


def slab_grid_source(region: str, quantity: str) -> DataSource:
    """Return the registered Slab2 grid of a region.

    Parameters
    ----------
    region : str
        Slab2 code.
    quantity : {"dep", "dip", "str", "thk", "unc"}
        Which grid.

    Raises
    ------
    InputError
        If the quantity is unknown.
    SourceError
        If the registry has no such grid for the region; see `find_slab_grid` for files of your own.

    Examples
    --------
    >>> slab_grid_source("alu", "dep").version
    '02.23.18'
    """
    check_choice("slab quantity", quantity, SLAB_QUANTITIES)
    return layer_source(SLAB_QUANTITIES[quantity], region)
