"""What tests of faults share: a folder of tables with a finished run, and fresh copies of it."""

from __future__ import annotations

import pytest
from fault_commands import copied, load, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A folder of tables, configurations and a finished run."""
    load()
    folder = tmp_path_factory.mktemp("faults") / "world"
    make_world(folder)
    return folder


@pytest.fixture
def place(world, tmp_path):
    """A fresh copy of the world."""
    return copied(world, tmp_path / "world")
