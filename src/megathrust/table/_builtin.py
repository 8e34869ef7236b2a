"""The table that the package ships."""

from __future__ import annotations

from importlib.resources import as_file, files

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
