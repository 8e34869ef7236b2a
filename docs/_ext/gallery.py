"""The figure gallery: every figure of the executed notebooks whose cell bears a caption."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "_build/gallery"


def figures_of(notebook: Path) -> list[tuple[str, bytes]]:
    """Return caption and PNG of each captioned cell of a notebook, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = []
    for cell in cells:
        caption = cell["metadata"].get("caption")
        for output in cell.get("outputs", []):
            if caption and "image/png" in output.get("data", {}):
                found.append((caption, base64.b64decode(output["data"]["image/png"])))
                break
    return found


def write_gallery(app: Sphinx) -> None:
    """Write the pictures and the part of the page that shows them."""
    source = Path(app.srcdir)
    folder = source / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for notebook in sorted((source / "notebooks").glob("*.ipynb")):
        for number, (caption, picture) in enumerate(figures_of(notebook)):
            name = f"{notebook.stem}-{number}.png"
            (folder / name).write_bytes(picture)
            lines += [
                f":::{{figure}} /{FOLDER}/{name}",
                f":alt: {caption}",
                f":target: notebooks/{notebook.stem}.html",
                f"{caption} [Notebook](/notebooks/{notebook.name})",
                ":::",
                "",
            ]
    text = "\n".join(["::::{div} gallery", *lines, "::::", ""])
    (folder / "gallery.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writer."""
    app.connect("builder-inited", write_gallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
