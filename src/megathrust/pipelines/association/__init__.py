"""Which families of features go with the label, what may be claimed of it, and what could have been seen."""

from megathrust.pipelines.association._answers import LEVEL, Associations, associate
from megathrust.pipelines.association._files import content, write_associations
from megathrust.pipelines.association._power import (
    SLOPES,
    Power,
    association_power,
    corrected_p,
    planted,
    share,
)
from megathrust.pipelines.association._question import Question, make_question

__all__ = [
    "LEVEL",
    "SLOPES",
    "Associations",
    "Power",
    "Question",
    "associate",
    "association_power",
    "content",
    "corrected_p",
    "make_question",
    "planted",
    "share",
    "write_associations",
]
