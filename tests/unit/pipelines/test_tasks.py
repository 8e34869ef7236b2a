"""Tasks: what each refuses of a table before anything is trained."""

from __future__ import annotations

import pytest

from megathrust.core import InputError
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import TASKS
from megathrust.testing import synthetic_table


@pytest.mark.parametrize("name", ["classes", "both"])
def test_one_class_is_nothing_to_classify(name):
    with pytest.raises(InputError, match=r"all segments are of one class .*9\.9"):
        TASKS[name](synthetic_table(), load_config(thresholds=[9.9]))


def test_magnitudes_need_no_classes():
    assert TASKS["magnitude"](synthetic_table(), load_config(thresholds=[9.9])).heads.classes == 0
