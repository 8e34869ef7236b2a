"""Figures as files: whole or absent, and the same bytes each time."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeAlias

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from megathrust.core import check_choice, replacing, write_csv
from megathrust.plots._style import styled


class SupportsFrame(Protocol):
    """A record of numbers that can be written as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers, one row each."""


Numbers: TypeAlias = "pd.DataFrame | SupportsFrame"

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
    figure: Figure,
    path: str | os.PathLike[str],
    *,
    formats: Sequence[str] = ("png",),
    dpi: float = 200.0,
    numbers: Numbers | Sequence[Numbers] | Mapping[str, Numbers] | None = None,
    caption: str = "",
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
    numbers : DataFrame, or what has ``to_frame()``, or several of them, optional
        The numbers drawn, written beside as ``.csv``; every ``..._info`` function returns such a record. Of
        several by name, the name becomes the first column.
    caption : str
        Written under the figure, inside the files.

    Returns
    -------
    tuple of Path
        The files written, in the order of ``formats``, then the numbers.

    Raises
    ------
    InputError
        If a format is unknown; nothing is written then.
    OutputError
        If the place cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame({"x": [1]})
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in save_figure(Figure(figsize=(1, 1)), f"{folder}/a", numbers=table)]
    ['a.png', 'a.csv']
    """
    for file_format in formats:
        check_choice("figure format", file_format, _METADATA)
    written = []
    with _captioned(figure, caption) as box:
        for file_format in formats:
            target = Path(path).with_suffix(f".{file_format}")
            with replacing(target) as part:
                figure.savefig(
                    part, format=file_format, dpi=dpi, metadata=_METADATA[file_format], bbox_inches=box
                )
            written.append(target)
    if numbers is not None:
        table = _table(numbers)
        target = Path(path).with_suffix(".csv")
        write_csv(target, table)
        written.append(target)
    return tuple(written)


def _table(numbers: Numbers | Sequence[Numbers] | Mapping[str, Numbers]) -> pd.DataFrame:
    if isinstance(numbers, pd.DataFrame):
        return numbers
    if isinstance(numbers, Mapping):
        parts = pd.concat({name: _table(part) for name, part in numbers.items()}, names=["name"])
        return parts.reset_index(level="name")
    if isinstance(numbers, Sequence):
        return pd.concat([_table(part) for part in numbers], ignore_index=True)
    return numbers.to_frame()


@contextmanager
def _captioned(figure: Figure, caption: str) -> Iterator[Bbox | None]:
    """Hang a caption below the figure while it is saved, and yield the box that holds both."""
    if not caption:
        yield None
        return
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(caption, int(18 * width))
    extra = 0.13 * len(lines) + 0.12
    text = figure.text(0.08 / width, -0.04 / height, "\n".join(lines), fontsize=7, va="top", ha="left")
    text.set_in_layout(False)
    yield Bbox([[0.0, -extra], [width, height]])
    text.remove()
