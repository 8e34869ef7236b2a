"""Figures as a page embeds them: few colours, and no more bytes than a page may have."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image

from megathrust.core import InputError
from megathrust.report._content import FIGURE_KINDS, ReportFigure

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: What a page may weigh: it is mailed, and opens at once.
PAGE_BYTES = 5_000_000

# What the explorable part draws by itself comes last: if need be it stays in the run folder.
_LAST_KINDS = ("trench_strips", "outcome_map", "trench_map")


@dataclass(frozen=True)
class EmbeddedFigure:
    """A figure as text inside a page."""

    source: str
    width: int
    alt: str
    caption: str


@dataclass(frozen=True)
class FigureSection:
    """Figures of one kind; ``elsewhere`` names the files that found no room."""

    kind: str
    heading: str
    explanation: str
    figures: tuple[EmbeddedFigure, ...]
    elsewhere: tuple[str, ...]


def figure_sections(figures: tuple[ReportFigure, ...], *, taken: int) -> list[FigureSection]:
    """Return the figures by kind, in the order of the report, within the bytes that a page may have.

    Parameters
    ----------
    figures : tuple of ReportFigure
    taken : int
        Bytes of all else on the page.

    Raises
    ------
    InputError
        If a figure cannot be read or is no PNG.
    """
    # Four signs of text hold three bytes.
    left = (PAGE_BYTES - taken) * 3 // 4
    kinds = [kind for kind in FIGURE_KINDS if kind not in _LAST_KINDS] + list(_LAST_KINDS)
    embedded: dict[str, list[EmbeddedFigure]] = {kind: [] for kind in kinds}
    elsewhere: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind in kinds:
        for figure in (each for each in figures if each.kind == kind):
            png = _read(figure)
            small = _fewer_colours(png) if left > 0 else b""
            if not small or len(small) > left:
                elsewhere[kind].append(figure.path.name)
                continue
            left -= len(small)
            # Figures are saved at 200 dots per inch; at half of that they are sharp on any screen.
            width = int.from_bytes(png[16:20], "big") // 2
            source = "data:image/png;base64," + base64.b64encode(small).decode("ascii")
            embedded[kind].append(EmbeddedFigure(source, width, figure.alt, figure.caption))
    return [
        FigureSection(kind, heading, explanation, tuple(embedded[kind]), tuple(elsewhere[kind]))
        for kind, (heading, explanation) in FIGURE_KINDS.items()
        if embedded[kind] or elsewhere[kind]
    ]


def _read(figure: ReportFigure) -> bytes:
    try:
        png = figure.path.read_bytes()
    except OSError as error:
        raise InputError(
            "a figure of the report cannot be read", given=figure.path, action="draw the figure first"
        ) from error
    if not png.startswith(_PNG_SIGNATURE):
        raise InputError("a figure of the report is not a PNG file", given=figure.path)
    return png


def _fewer_colours(png: bytes) -> bytes:
    """Return the same picture in at most 256 colours, a third of the bytes."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        few = white.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(stream, "PNG", compress_level=9)
    small = stream.getvalue()
    return small if len(small) < len(png) else png
