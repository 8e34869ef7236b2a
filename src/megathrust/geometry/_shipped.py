"""The trench lines that the package ships."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from megathrust.core import InputError
from megathrust.geometry._trench import TrenchLine


def trench_regions() -> tuple[str, ...]:
    """Return the Slab2 codes of the regions whose trench line the package ships, sorted.

    Examples
    --------
    >>> trench_regions()[:3]
    ('alu', 'cal', 'cam')
    """
    return tuple(sorted(_content()["lines"]))


def load_trench_line(region: str) -> TrenchLine:
    """Return the shipped trench line of a region, computed from the Slab2 trench points.

    Parameters
    ----------
    region : str
        Slab2 code, one of `trench_regions`.

    Raises
    ------
    InputError
        If there is no trench line of that name.

    References
    ----------
    Hayes et al. (2018), doi:10.1126/science.aat4723. Provenance and hash of the source are in the file.

    Examples
    --------
    >>> round(load_trench_line("sam").length_km)
    6478
    """
    lines = _content()["lines"]
    if region not in lines:
        raise InputError(
            "there is no trench line of this region",
            given=repr(region),
            allowed=", ".join(sorted(lines)),
            action="build one from trench points with trench_lines_from_points",
        )
    return TrenchLine(region, lines[region]["lon"], lines[region]["lat"])


@cache
def _content() -> dict[str, Any]:
    text = files("megathrust.geometry").joinpath("data", "trench_lines.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
