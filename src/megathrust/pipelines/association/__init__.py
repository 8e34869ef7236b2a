"""Which families of features go with the label, what may be claimed of it, and what could have been seen."""

from megathrust.pipelines.association._answers import LEVEL, Associations, associate
from megathrust.pipelines.association._files import content, write_associations
from megathrust.pipelines.association._finding import Finding, test
from megathrust.pipelines.association._label_worlds import (
    EXTENT_ERRORS,
    MAGNITUDE_ERRORS,
    LabelUncertainty,
    label_uncertainty,
)
from megathrust.pipelines.association._power import (
    LADDER,
    SLOPES,
    Power,
    association_power,
    corrected_p,
    planted,
    power_of,
    share,
)
from megathrust.pipelines.association._question import Question, make_question
from megathrust.pipelines.association._record_length import FACTORS, RecordLength, record_length
from megathrust.pipelines.association._specifications import (
    CUTS,
    SpecificationCurve,
    specification_curve,
)

__all__ = [
    "CUTS",
    "EXTENT_ERRORS",
    "FACTORS",
    "LADDER",
    "LEVEL",
    "MAGNITUDE_ERRORS",
    "SLOPES",
    "Associations",
    "Finding",
    "LabelUncertainty",
    "Power",
    "Question",
    "RecordLength",
    "SpecificationCurve",
    "associate",
    "association_power",
    "content",
    "corrected_p",
    "label_uncertainty",
    "make_question",
    "planted",
    "power_of",
    "record_length",
    "share",
    "specification_curve",
    "test",
    "write_associations",
]
