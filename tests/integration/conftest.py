"""Runs of these tests draw a few figures only, unless a test asks for every one."""

from __future__ import annotations

import pytest

from megathrust.pipelines.run import FIGURES

FEW = ("scores by scenario", "magnitudes")


@pytest.fixture(scope="session", autouse=True)
def all_figures():
    """All that draw figures, by name; meanwhile only a few of them do."""
    everything = dict(FIGURES)
    FIGURES._entries = {name: everything[name] for name in FEW}
    yield everything
    FIGURES._entries = everything


@pytest.fixture
def every_figure(all_figures, monkeypatch):
    """Let runs of this test draw every figure."""
    monkeypatch.setattr(FIGURES, "_entries", dict(all_figures))
