"""The page that maps and strips stand on: parts of fixed sizes, keys of the values, legend, footnote."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from megathrust.plots._labels import text_size
from megathrust.plots._style import BLACK, WARNING_COLOUR
from megathrust.plots._value_styles import ValueStyle

PAGE_INCHES = 7.2
_KEY_INCHES = 0.5
_LINE_INCHES = 0.15


class Page:
    """A figure whose parts have fixed sizes: head, body, keys of the values, legend, footnote.

    Layout engines move axes only when a figure is drawn; labels that keep clear must know before.
    """

    def __init__(
        self,
        width: float,
        body: float,
        *,
        styles: Sequence[ValueStyle],
        entries: Sequence[tuple[Any, str]] = (),
        note: str,
        title: str = "",
        watermark: str | None = None,
        head: float = 0.05,
    ) -> None:
        lines = textwrap.wrap(note, int(18 * width))  # about 18 characters of its size fit an inch
        heights = [
            _KEY_INCHES if not style.names else _LINE_INCHES * self._rows(style.names, width)
            for style in styles
        ]
        legend = _LINE_INCHES * self._rows([text for _, text in entries], width)
        warning = textwrap.wrap(watermark or "", int(15 * width))
        foot = 0.12 * len(lines) + 0.14 * len(warning) + 0.1
        head += 0.22 if title else 0.0
        self.width, self.height = width, head + body + sum(heights) + legend + foot
        self.figure = Figure(figsize=(self.width, self.height))
        self._below = sum(heights) + legend + foot
        self.figure.text(0.08 / width, 0.05 / self.height, "\n".join(lines), fontsize=6.8, va="bottom")
        if warning:
            level = (0.08 + 0.12 * len(lines)) / self.height
            look: dict[str, Any] = {
                "fontsize": 7.5,
                "color": WARNING_COLOUR,
                "fontweight": "bold",
                "va": "bottom",
            }
            self.figure.text(0.08 / width, level, "\n".join(warning), **look)
        if title:
            self.figure.text(0.08 / width, 1.0 - 0.06 / self.height, title, fontsize=9.5, va="top")
        levels = foot + legend + np.cumsum([0.0, *heights[:0:-1]])
        self._keys = list(zip(reversed(styles), levels.tolist(), strict=True))
        self._entries = entries, foot

    def place(
        self, left: float, bottom: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Return inches within the body as shares of the figure."""
        bottom += self._below
        return left / self.width, bottom / self.height, width / self.width, height / self.height

    def finish(self) -> Figure:
        """Draw the keys, after the maps: these come first among the figure's axes."""
        self._legend(*self._entries)
        for style, level in self._keys:
            self._key(style, level)
        return self.figure

    def _key(self, style: ValueStyle, level: float) -> None:
        if style.names:
            colours = style.mappable.to_rgba(np.arange(len(style.names)))
            patches = [Patch(facecolor=c, edgecolor=BLACK, linewidth=0.4) for c in colours]
            self._legend(list(zip(patches, style.names, strict=True)), level)
            return
        bar_width = min(3.4, self.width - 0.6)
        box = (0.25 / self.width, (level + 0.38) / self.height, bar_width / self.width, 0.09 / self.height)
        bar = self.figure.colorbar(
            style.mappable,
            cax=self.figure.add_axes(box),
            orientation="horizontal",
            extend=style.extend,
            ticks=list(style.ticks) or None,
        )
        bar.minorticks_off()
        bar.ax.tick_params(labelsize=6.5, length=2, pad=1.5)
        bar.set_label(style.label, fontsize=7.0, labelpad=1.5)

    @staticmethod
    def _columns(texts: Sequence[str], width: float) -> int:
        longest = max(text_size(text, 6.5)[0] for text in texts) / 72.0 + 0.42
        return max(int((width - 0.1) / longest), 1)

    def _rows(self, texts: Sequence[str], width: float) -> int:
        return -(-len(texts) // self._columns(texts, width)) if texts else 0

    def _legend(self, handles: Sequence[tuple[Any, str]], level: float) -> None:
        if not handles:
            return
        texts = [text for _, text in handles]
        self.figure.legend(
            [handle for handle, _ in handles],
            texts,
            loc="lower left",
            bbox_to_anchor=(0.06 / self.width, level / self.height),
            ncols=self._columns(texts, self.width),
            fontsize=6.5,
            handlelength=1.7,
            handletextpad=0.6,
            columnspacing=1.0,
            labelspacing=0.45,
            borderpad=0.0,
            borderaxespad=0.0,
        )
