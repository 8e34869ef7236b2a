"""All stages of a run, in the order of their dependence."""

from __future__ import annotations

from megathrust.pipelines.run._answers import ANSWERS
from megathrust.pipelines.run._curve import CURVE
from megathrust.pipelines.run._figures import DRAW
from megathrust.pipelines.run._models import MODELS
from megathrust.pipelines.run._networks import NETWORKS
from megathrust.pipelines.run._relevance import EXPLAIN
from megathrust.pipelines.run._report import REPORT
from megathrust.pipelines.run._stage import Stage

STAGES: tuple[Stage, ...] = (NETWORKS, CURVE, ANSWERS, EXPLAIN, MODELS, DRAW, REPORT)


def settings_from(name: str) -> tuple[str, ...]:
    """Return the settings that can change without touching what comes before a stage."""
    places = [stage.name for stage in STAGES]
    before = {entry for stage in STAGES[: places.index(name)] for entry in stage.settings}
    later = [entry for stage in STAGES[places.index(name) :] for entry in stage.settings]
    return tuple(entry for entry in dict.fromkeys(later) if entry not in before)
