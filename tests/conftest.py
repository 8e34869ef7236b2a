"""Where the real data are, and how a test says that it needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A deadline would test the machine and what else runs on it.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Tests train tiny networks: threads would wait for each other longer than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _one_thread() -> None:
    """Keep a forked child from waiting for threads of torch that only its parent has."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


# Where more threads are asked for.
os.register_at_fork(after_in_child=_one_thread)

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"
CASES = BESIDE_THE_CHECKOUT.with_name("cases")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of public data files; the test is skipped where there is none."""
    folder = Path(os.environ.get("MEGATHRUST_DATA", BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        pytest.skip(f"no public data files: {folder} is absent (name a folder in MEGATHRUST_DATA)")
    return folder


@pytest.fixture(scope="session")
def cases_dir() -> Path:
    """Folder of small inputs that users of other tools saw read wrongly; the test is skipped without it."""
    if not CASES.is_dir():
        pytest.skip(f"no small inputs of public reports: {CASES} is absent")
    return CASES
