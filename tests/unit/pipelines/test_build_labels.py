"""The last day of events of a built table is refused before anything is read where it cannot be used."""

from __future__ import annotations

import pytest

from megathrust.core import InputError
from megathrust.pipelines.build import build_table


@pytest.mark.parametrize(
    ("until", "labels", "sentence"),
    [
        ("1975-12-31", True, r"before the youngest target begins .*1976-01-01 or later"),
        ("31.12.2003", True, r"this is no day .*31\.12\.2003"),
        ("2003-12-31", False, r"without labels reads no events .*until 2003-12-31"),
    ],
)
def test_a_last_day_that_cannot_be_used_is_refused(tmp_path, until, labels, sentence):
    with pytest.raises(InputError, match=sentence):
        build_table(tmp_path / "nothing", until=until, labels=labels)
