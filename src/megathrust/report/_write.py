"""Writing the report: one HTML file that opens anywhere, with the network off."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

import jinja2

from megathrust.core import InputError, replacing
from megathrust.report._content import FIGURE_KINDS, ReportFigure, RunReport
from megathrust.report._tables import score_table

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class _EmbeddedFigure:
    source: str
    width: int
    alt: str
    caption: str


@dataclass(frozen=True)
class _FigureSection:
    kind: str
    heading: str
    explanation: str
    figures: tuple[_EmbeddedFigure, ...]


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
    html = _render(content)
    with replacing(path) as part:
        part.write_text(html, encoding="utf-8")
    return Path(path)


def _render(content: RunReport) -> str:
    expected = ["what", "count", "reason"]
    if list(content.dropped.columns) != expected:
        raise InputError(
            "the table of dropped data has other columns",
            given=", ".join(map(str, content.dropped.columns)),
            allowed=", ".join(expected),
        )
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("megathrust.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    judged = [(info, info.verdict) for info in content.scores if info.verdict is not None]
    return environment.get_template("report.html.jinja").render(
        content=content,
        tables=[score_table(info) for info in content.scores],
        judged=judged,
        passed=bool(judged) and all(verdict.passed for _, verdict in judged),
        dropped=list(content.dropped.to_dict("records")),
        sections=_sections(content.figures),
    )


def _sections(figures: tuple[ReportFigure, ...]) -> list[_FigureSection]:
    return [
        _FigureSection(kind, heading, explanation, embedded)
        for kind, (heading, explanation) in FIGURE_KINDS.items()
        if (embedded := tuple(_embed(figure) for figure in figures if figure.kind == kind))
    ]


def _embed(figure: ReportFigure) -> _EmbeddedFigure:
    try:
        png = figure.path.read_bytes()
    except OSError as error:
        raise InputError(
            "a figure of the report cannot be read", given=figure.path, action="draw the figure first"
        ) from error
    if not png.startswith(_PNG_SIGNATURE):
        raise InputError("a figure of the report is not a PNG file", given=figure.path)
    # Figures are saved at 200 dots per inch; at half of that they are sharp on any screen.
    width = int.from_bytes(png[16:20], "big") // 2
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return _EmbeddedFigure(source, width, figure.alt, figure.caption)
