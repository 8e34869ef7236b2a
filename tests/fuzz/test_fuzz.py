"""A few damaged files for every reader; `fuzz_campaign.py` is the long run, and so is the mark ``slow``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fuzz_campaign import CHARACTERS, in_a_child, mutated
from fuzz_readers import all_readers

DATA = Path(os.environ.get("MEGATHRUST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
READERS = {reader.name: reader for reader in all_readers(DATA if DATA.is_dir() else None)}

#: Readers of a whole run make one first, which takes seconds.
QUICK = [name for name in READERS if not name.startswith("run/")]


@pytest.mark.parametrize("name", QUICK)
def test_only_our_errors_come_out_of_a_damaged_file(name):
    result = in_a_child(READERS[name], executions=6, seed=1)
    assert not result.failures, dict(result.failures)
    assert result.executions == 6
    assert result.longest <= CHARACTERS


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_only_our_errors_come_out_of_many_damaged_files(name):
    result = in_a_child(READERS[name], executions=int(os.environ.get("FUZZ_EXECUTIONS", "1000")), seed=2)
    assert not result.failures, dict(result.failures)


def test_mutations_are_those_of_their_seed():
    import random

    raw = b"lon,lat,value\n1,2,3\n" * 20
    first, second = ([mutated(raw, random.Random(seed)) for seed in range(50)] for _ in range(2))
    assert first == second
    assert sum(damaged != raw for damaged in first) > 40
