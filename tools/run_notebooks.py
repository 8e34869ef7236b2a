"""Execute the notebooks of the documentation and write them with their outputs.

Usage: python tools/run_notebooks.py [NAME ...]     (make notebooks runs all)

The source of docs/notebooks/NAME.ipynb is NAME.py beside it. Each notebook runs in a kernel of its own, in an
empty folder; what is written holds no time, no path of this machine and no warning, or nothing is written.
"""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
#: Largest notebook that is kept in the repository, in bytes.
LARGEST = 400_000
CELL_SECONDS = 600
_MACHINE = re.compile(r"(/tmp|/home|/root|/work|/usr|/var|/Users)/|[A-Z]:\\\\")


def names() -> list[str]:
    """Return the names of all notebooks."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def read_source(name: str) -> Any:
    """Return a notebook without outputs, its cells numbered instead of named at random."""
    notebook = jupytext.read(FOLDER / f"{name}.py")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number:02d}"
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(name: str) -> Any:
    """Return a notebook with its outputs.

    Raises
    ------
    CellExecutionError
        If a cell fails.
    ValueError
        If an output holds a warning or a path of this machine.
    """
    notebook = read_source(name)
    variables = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        # Kernel and client talk through files: nothing here opens a network socket.
        kernel = AsyncKernelManager(
            kernel_name="python3", transport="ipc", connection_file=str(Path(folder) / "kernel.json")
        )
        here = Path(folder) / "empty"
        here.mkdir()
        client = NotebookClient(
            notebook, timeout=CELL_SECONDS, km=kernel, resources={"metadata": {"path": str(here)}}
        )
        client.execute(env={**os.environ, **variables}, cleanup_kc=True)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            _tidy(output)
            _check(name, cell, output)
    return notebook


def texts(notebook: Any) -> list[list[str]]:
    """Return the printed text of every code cell, with every number replaced by a mark.

    Rounding differs between processors; a notebook is out of date if its words are, or how many lines it has.
    """
    return [
        [_without_numbers(text) for output in cell["outputs"] if (text := _text(output))]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _without_numbers(text: str) -> str:
    return re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", re.sub(r"[ \-]+", " ", text)).strip()


def _text(output: Any) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "" if "image/png" in output.get("data", {}) else text


def _tidy(output: Any) -> None:
    """Keep what is shown, make pictures small, drop what changes from run to run."""
    data = output.get("data")
    if data is None:
        return
    if "image/png" in data:
        data["image/png"] = _small(data["image/png"])
        data["text/plain"] = "<Figure>"
        output["metadata"] = {}
    data.pop("application/vnd.jupyter.widget-view+json", None)


def _small(picture: str) -> str:
    """Return a PNG of at most 64 colours."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    reduced = image.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def _check(name: str, cell: Any, output: Any) -> None:
    if output.get("name") == "stderr" or "Warning" in _text(output):
        raise ValueError(f"{name}: cell {cell['id']} warns: {_text(output)}")
    if _MACHINE.search(_text(output)) or _MACHINE.search(output.get("data", {}).get("text/html", "")):
        raise ValueError(f"{name}: cell {cell['id']} shows a path of this machine: {_text(output)}")


def main(asked: list[str]) -> int:
    """Execute and write the notebooks asked for, all by default; return 1 if one is too large."""
    status = 0
    for name in asked or names():
        start = time.perf_counter()
        notebook = execute(name)
        target = FOLDER / f"{name}.ipynb"
        part = target.with_suffix(".part")
        nbformat.write(notebook, part)
        part.replace(target)
        size = target.stat().st_size
        print(f"{name}: {time.perf_counter() - start:.0f} s, {size / 1000:.0f} kB", flush=True)
        if size > LARGEST:
            print(f"{name} is larger than {LARGEST / 1000:.0f} kB", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
