"""Figures as files: whole or absent, and the same bytes each time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from matplotlib.figure import Figure

from megathrust.core import check_choice, replacing
from megathrust.plots._style import styled

#: What each format would otherwise stamp with the date or the library's version.
_METADATA = MappingProxyType(
    {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "svg": {"Date": None, "Creator": None},
    }
)


@styled
def save_figure(
    figure: Figure, path: str | os.PathLike[str], *, formats: Sequence[str] = ("png",), dpi: float = 200.0
) -> tuple[Path, ...]:
    """Write a figure in one or more formats, each file whole or absent, without time stamps.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What a ``plot_`` function returned.
    path : path_like
        Where to write; its ending is replaced by that of each format.
    formats : sequence of {"png", "pdf", "svg"}
        File formats.
    dpi : float
        Dots per inch of the PNG.

    Returns
    -------
    tuple of Path
        The files written, in the order of ``formats``.

    Raises
    ------
    InputError
        If a format is unknown; nothing is written then.
    OutputError
        If the place cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in save_figure(Figure(figsize=(1, 1)), f"{folder}/a")]
    ['a.png']
    """
    for file_format in formats:
        check_choice("figure format", file_format, _METADATA)
    written = []
    for file_format in formats:
        target = Path(path).with_suffix(f".{file_format}")
        with replacing(target) as part:
            figure.savefig(part, format=file_format, dpi=dpi, metadata=_METADATA[file_format])
        written.append(target)
    return tuple(written)
