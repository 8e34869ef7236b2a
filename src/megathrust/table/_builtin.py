"""The table that the package ships."""

from __future__ import annotations

import json
from importlib.resources import as_file, files

import pandas as pd

from megathrust.table._files import read_table
from megathrust.table._table import FeatureTable


def load_builtin_table(*, label: str | None = None, label_required: bool = True) -> FeatureTable:
    """Return the built-in table: every subduction zone of Slab2 with public data, in segments of 50 km.

    It is what `megathrust.pipelines.build_table` makes of the registered data; provenance, hashes and
    licences of its sources are in ``provenance`` and in the attribution file beside it.

    Parameters
    ----------
    label : str, optional
        Target that must be there; default the first.
    label_required : bool
        Whether a table without that target is refused.

    Raises
    ------
    TableError
        If the table has no such target.

    Examples
    --------
    >>> table = load_builtin_table()
    >>> table.frame["region"].nunique()
    14
    """
    with as_file(files("megathrust.table").joinpath("data")) as folder:
        return read_table(folder / "segments.parquet", label=label, label_required=label_required)


def load_builtin_ruptures() -> pd.DataFrame:
    """Return the interface ruptures along the trenches of the built-in table.

    It is what `megathrust.pipelines.build.build_ruptures` makes of the registered catalogues, slip models and
    published extents. They end in September 2023, and few later than 2016 are smaller than Mw 6. Between
    1904 and 1918 few events below Mw 7.5 are on record, and magnitudes before 1904 come from accounts of
    damage and tsunamis.

    Returns
    -------
    DataFrame
        By region and time: ``region``, ``event_id``, ``time``, ``magnitude`` and ``magnitude_type``; ``lon``,
        ``lat`` and ``s_km`` of the epicentre; ``s_start_km`` and ``s_end_km`` of the rupture along the
        trench, ``extent_source``, ``interface_basis``, ``quality``. ``attrs["sources"]`` holds the hash of
        every registered file, ``attrs["licence"]`` under what the ruptures may be passed on.

    Examples
    --------
    >>> ruptures = load_builtin_ruptures()
    >>> int((ruptures["magnitude"] >= 9.0).sum()), str(ruptures["time"].max().date())
    (5, '2023-09-12')
    """
    with as_file(files("megathrust.table").joinpath("data")) as folder:
        ruptures = pd.read_parquet(folder / "ruptures.parquet")
        named = folder / "ruptures.parquet.sources.json"
        ruptures.attrs = json.loads(named.read_text(encoding="utf-8"))
    return ruptures
