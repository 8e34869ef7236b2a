"""Writing pages: one HTML file that opens anywhere, with the network off."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from megathrust.core import InputError, replacing
from megathrust.report._content import RunReport
from megathrust.report._downloads import PageFile, segment_files
from megathrust.report._explorer import Explorer
from megathrust.report._figures import figure_sections
from megathrust.report._page import page_data, render
from megathrust.report._tables import score_table

# Script, style, tables and words of a report.
_REST_BYTES = 250_000


def write_report(path: str | os.PathLike[str], content: RunReport) -> Path:
    """Write a run's report as one self-contained HTML file, whole or not at all.

    Parameters
    ----------
    path : path_like
        File to write; links to the run's files are relative to its folder.
    content : RunReport
        What to say. Equal content gives equal bytes.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        If a figure is missing or is not a PNG file, or the table of dropped data lacks a column.
    OutputError
        If the file cannot be written.
    """
    return write_page(path, report_page(content))


def report_page(content: RunReport) -> str:
    """Return a run's report as the text of an HTML page.

    Raises
    ------
    InputError
        As `write_report`.
    """
    expected = ["what", "count", "reason"]
    if list(content.dropped.columns) != expected:
        raise InputError(
            "the table of dropped data has other columns",
            given=", ".join(map(str, content.dropped.columns)),
            allowed=", ".join(expected),
        )
    judged = [(info, info.verdict) for info in content.scores if info.verdict is not None]
    data = page_data(content.explorer, content.downloads)
    return render(
        "report.html.jinja",
        data,
        content=content,
        tables=[score_table(info) for info in content.scores],
        judged=judged,
        passed=bool(judged) and all(verdict.passed for _, verdict in judged),
        dropped=content.dropped.to_numpy(dtype=object).tolist(),
        sections=figure_sections(content.figures, taken=len(data.encode()) + _REST_BYTES),
    )


@dataclass(frozen=True)
class MapPage:
    """A page with an explorable map and nothing else.

    Attributes
    ----------
    title, summary : str
        Heading, and one or two sentences under it.
    explorer : Explorer
        What it shows.
    warnings : sequence of str
        What must be known before the map is read.
    """

    title: str
    summary: str
    explorer: Explorer
    warnings: Sequence[str] = ()


def map_page(content: MapPage) -> str:
    """Return an explorable map as the text of an HTML page."""
    return render(
        "map.html.jinja", page_data(content.explorer, segment_files(content.explorer)), content=content
    )


@dataclass(frozen=True)
class ComparePage:
    """A page of tables side by side, with a map of what they share.

    Attributes
    ----------
    title, summary : str
        Heading, and one or two sentences under it.
    tables : mapping of str to DataFrame
        By caption.
    notes : sequence of str
        What the tables stand on.
    explorer : Explorer, optional
        What the map shows.
    """

    title: str
    summary: str
    tables: Mapping[str, pd.DataFrame]
    notes: Sequence[str] = ()
    explorer: Explorer | None = None


def compare_page(content: ComparePage) -> str:
    """Return tables and their map as the text of an HTML page."""
    files = () if content.explorer is None else segment_files(content.explorer)
    tables = [
        (caption, list(frame.columns), frame.to_numpy(dtype=object).tolist())
        for caption, frame in content.tables.items()
    ]
    return render("compare.html.jinja", page_data(content.explorer, files), content=content, tables=tables)


def write_page(path: str | os.PathLike[str], html: str) -> Path:
    """Write the text of a page, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with replacing(path) as part:
        part.write_text(html, encoding="utf-8")
    return Path(path)


def write_page_file(folder: str | os.PathLike[str], file: PageFile) -> Path:
    """Write a file that a page carries beside it, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = Path(folder) / file.name
    with replacing(path) as part:
        part.write_text(file.text, encoding="utf-8", newline="")
    return path
