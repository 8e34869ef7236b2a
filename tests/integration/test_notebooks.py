"""The notebooks of the documentation: small, tidy, up to date, and they run."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
SOURCES = sorted(path.stem for path in FOLDER.glob("*.py"))
#: Light enough for every run of the tests; the others need a minute or so each.
LIGHT = ("01_sampling", "02_events")
NEED_DATA = ("01_sampling", "02_events")


def content(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def runner():
    for library in ("ipykernel", "jupytext", "nbclient"):
        pytest.importorskip(library, reason="notebooks need the extra docs", exc_type=ImportError)
    return runpy.run_path(str(FOLDER.parents[1] / "tools" / "run_notebooks.py"))


def test_every_notebook_has_a_source_and_outputs():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == SOURCES
    assert len(SOURCES) == 9


@pytest.mark.parametrize("name", SOURCES)
def test_notebooks_are_small_and_hold_nothing_of_the_machine_that_ran_them(name):
    path, notebook = FOLDER / f"{name}.ipynb", content(name)
    assert path.stat().st_size <= 400_000
    assert [cell["id"] for cell in notebook["cells"]] == [
        f"{name}-{number:02d}" for number in range(len(notebook["cells"]))
    ]
    for cell in notebook["cells"]:
        assert "execution" not in cell["metadata"]
        for output in cell.get("outputs", ()):
            text = json.dumps({**output, "data": {**output.get("data", {}), "image/png": ""}})
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            assert not re.search(r"(/tmp|/home|/root|/work)/|Warning", text)


@pytest.mark.parametrize("name", SOURCES)
def test_figures_have_captions(name):
    pictures = [
        cell
        for cell in content(name)["cells"]
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
    ]
    assert pictures
    assert all(cell["metadata"].get("caption", "").endswith(".") for cell in pictures)


@pytest.mark.parametrize("name", SOURCES)
def test_notebooks_are_made_from_their_source(name, runner):
    kept = ["".join(cell["source"]) for cell in content(name)["cells"]]
    assert kept == [cell.source for cell in runner["read_source"](name).cells]


@pytest.mark.notebooks
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in LIGHT else pytest.mark.slow) for name in SOURCES]
)
def test_notebooks_run_and_say_what_they_said(name, runner, request, monkeypatch):
    if name in NEED_DATA:
        monkeypatch.setenv("MEGATHRUST_DATA", str(request.getfixturevalue("data_dir")))
    executed = runner["execute"](name)
    kept = runner["nbformat"].read(FOLDER / f"{name}.ipynb", 4)
    assert runner["texts"](executed) == runner["texts"](kept)


@pytest.mark.notebooks
@pytest.mark.parametrize("name", NEED_DATA)
def test_without_raw_data_notebooks_say_so_and_go_on(name, runner, monkeypatch):
    monkeypatch.delenv("MEGATHRUST_DATA", raising=False)
    first = runner["texts"](runner["execute"](name))[0]
    assert any("MEGATHRUST_DATA names no folder" in text for text in first)
