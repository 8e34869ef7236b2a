"""All stages of a run, in the order of their dependence."""

from __future__ import annotations

from megathrust.pipelines.run._answers import ANSWERS
from megathrust.pipelines.run._claims import CLAIMS
from megathrust.pipelines.run._curve import CURVE
from megathrust.pipelines.run._explanation import EXPLAINING, EXPLANATION_STAGE
from megathrust.pipelines.run._figures import DRAW
from megathrust.pipelines.run._known_truth import KNOWN_TRUTH_STAGE
from megathrust.pipelines.run._models import MODELS
from megathrust.pipelines.run._networks import NETWORKS
from megathrust.pipelines.run._relevance import EXPLAIN
from megathrust.pipelines.run._report import REPORT
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.run._verdict import VERDICT

STAGES: tuple[Stage, ...] = (
    CLAIMS,
    NETWORKS,
    CURVE,
    ANSWERS,
    VERDICT,
    EXPLAIN,
    EXPLAINING,
    EXPLANATION_STAGE,
    KNOWN_TRUTH_STAGE,
    MODELS,
    DRAW,
    REPORT,
)


def settings_from(name: str) -> tuple[str, ...]:
    """Return the settings that can change without touching what a stage depends on."""
    by_name = {stage.name: stage for stage in STAGES}
    before = _ancestors(name)
    fixed = {entry for each in before for entry in by_name[each].settings}
    free = [entry for stage in STAGES if stage.name not in before for entry in stage.settings]
    return tuple(entry for entry in dict.fromkeys(free) if entry not in fixed)


def _ancestors(name: str) -> set[str]:
    direct = next(stage.after for stage in STAGES if stage.name == name)
    return set(direct).union(*(_ancestors(each) for each in direct))
