"""What a report says: plain frozen records, and the words that explain each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from megathrust.core import check_choice, short_repr
from megathrust.plots import ScenarioScoresInfo
from megathrust.report._downloads import PageFile
from megathrust.report._explorer import Explorer

#: Heading and explanation for a newcomer, by kind of figure, in the order of the report.
FIGURE_KINDS = MappingProxyType(
    {
        "families": (
            "Which families of features go with great earthquakes",
            "A test without any model, fixed before looking: does a family of features go with the label "
            "along trenches, beyond what the region says, with every rupture counted once? Filled diamonds "
            "are claims; all else is not shown, which is not the same as not there.",
        ),
        "families_by_cut": (
            "Whether that depends on the cut of the magnitude",
            "The same test for other thresholds and for the magnitude itself: colour is the correlation "
            "within trenches of each family's best feature, the number its p-value, not corrected.",
        ),
        "scenario_scores": (
            "Scores beside their rivals",
            "Each dot is one model's macro-F1 (the mean over classes of the harmonic mean of precision and "
            "recall; 1 is perfect) on segments it was not trained on; lines are intervals. A network "
            "has learnt something only if it lies above the simple rivals; single networks stand above their "
            "nulls, which show what data without any relation to earthquakes reach.",
        ),
        "exclusion_scores": (
            "Scores against the exclusion distance",
            "Training segments closer than the exclusion distance (km along the trench) to a test segment "
            "are left out. A score that falls quickly with distance came from near neighbours, not "
            "from physics.",
        ),
        "confusion": (
            "Confusion matrices",
            "Rows are the observed classes, columns the predicted ones; each cell counts segments and gives "
            "the per cent of its row. A perfect model fills the diagonal only.",
        ),
        "trench_map": (
            "Maps of every trench",
            "One map per subduction zone, in an equal-area projection centred on it; the colour along the "
            "trench is the value of each segment. Teeth point to the upper plate; brackets are great "
            "ruptures with year and Mw; thin grey segments were left out of the run.",
        ),
        "outcome_map": (
            "Where it is right, and which way it is wrong",
            "Each segment, when it was held out: predicted and observed (true positive), neither (true "
            "negative), predicted only (false positive), observed only (false negative).",
        ),
        "trench_strips": (
            "Straightened trenches",
            "From one end of each trench to the other: great ruptures as brackets, the predicted probability "
            "with its spread over networks, the largest observed magnitude, and the relevance of the "
            "strongest feature families.",
        ),
        "world_map": (
            "World maps",
            "All subduction zones of the run on one equal-area map, crowded ones larger below it.",
        ),
        "reliability": (
            "Reliability of the probabilities",
            "Where the model says 70 %, do 70 % of segments have had such an earthquake? Points on the "
            "diagonal mean yes. The Brier score is the mean squared error of the probability: "
            "smaller is better.",
        ),
        "dissimilarity": (
            "Errors against how unlike the training segments a segment is",
            "To the right lie segments unlike all that the networks were trained on. If their error grows "
            "there, while that of the rivals does not, the networks extrapolate; what counts as outside is "
            "flagged in predictions.",
        ),
        "magnitude_errors": (
            "Errors of predicted magnitudes beside their rivals",
            "Each dot is one model's mean absolute error, in units of magnitude, on segments with an event "
            "that it was not trained on; lines are intervals. Here lower is better: a network has learnt "
            "something only if it lies below the simple rivals; single networks stand above their nulls, "
            "which show what data without any relation to earthquakes reach.",
        ),
        "magnitudes": (
            "Predicted magnitudes",
            "Each dot is a segment that the model was not fitted on: its largest observed magnitude and the "
            "predicted one; below it the calibrated ranges, where there are any. A model that knows "
            "nothing puts all dots on one level; a perfect one on the dashed line.",
        ),
        "value_errors": (
            "Errors of the predicted target beside its rivals",
            "Each dot is one model's mean absolute error, in the unit of the target, on segments that it was "
            "not trained on; lines are intervals. Here lower is better: a network has learnt something only "
            "if it lies below the simple rivals; single networks stand above their nulls.",
        ),
        "values": (
            "The predicted target",
            "Each dot is a segment that the model was not fitted on: the observed and the predicted "
            "value; below it the calibrated ranges, where there are any. A model that knows nothing puts all "
            "dots on one level; a perfect one on the dashed line.",
        ),
        "relevance": (
            "What the model used",
            "What is said of a segment, as it differs from a background of training segments, is shared out "
            "among its features. Rankings go by the spread over held-out segments, in networks that are "
            "trained to be explained; grey is what is not shown to be right on segments never seen. "
            "Relevance describes the model, not the Earth.",
        ),
        "training_curves": (
            "Training",
            "The loss over training steps: the line is the median over the members of the stack, the band "
            "holds 80 % of them. A validation curve that rises while training falls shows overfitting.",
        ),
    }
)


@dataclass(frozen=True)
class ReportFigure:
    """One figure of the report.

    Parameters
    ----------
    kind : str
        A kind of the report, which gives heading and explanation; an unknown one is refused with the list.
    path : Path
        PNG file; its bytes are embedded.
    alt : str
        What a reader who cannot see the figure should learn from it.
    caption : str
        What is particular to this figure: model, protocol, units.

    Raises
    ------
    InputError
        If the kind is unknown.
    """

    kind: str
    path: Path
    alt: str
    caption: str = ""

    def __post_init__(self) -> None:
        check_choice("kind of figure", self.kind, FIGURE_KINDS)


@short_repr
@dataclass(frozen=True)
class Statement:
    """One question of the verdict.

    Parameters
    ----------
    question : str
    answer : tuple of str
        Sentences.
    shown : bool or None
        Whether something is claimed; None where nothing could be.
    """

    question: str
    answer: tuple[str, ...]
    shown: bool | None = None


@dataclass(frozen=True)
class RunReport:
    """Everything the report of one run shows.

    Parameters
    ----------
    title : str
        Heading of the page.
    summary : str
        One or two sentences: what was asked of which data.
    scores : tuple of ScenarioScoresInfo
        One score table each, with rivals and null; the verdict boxes stand on them.
    segments, ruptures : int, int or None
        Rows used, and the number of independent ruptures behind the labels of the highest class (None if
        unknown).
    dropped : DataFrame
        Columns what, count, reason: the rows and columns that were kept and dropped.
    configuration : mapping of str to object
        Resolved settings, by name with unit.
    record : mapping of str to object
        Seeds, versions, hashes: what repeats the run.
    figures : tuple of ReportFigure
        In any order; the report groups them by kind.
    files : mapping of str to str
        Description of the run's files by path relative to the report.
    nulls : sequence of sequences
        One row per null, in the order of ``null_columns``.
    null_columns : sequence of str
        Their headings.
    explorer : Explorer, optional
        What map, segment cards and tables show; without it the page has no script.
    downloads : tuple of PageFile
        What can be saved from the page.
    statements : tuple of Statement
        The verdict in plain language; without any, the sentences of the score tables stand there.
    """

    title: str
    summary: str
    scores: tuple[ScenarioScoresInfo, ...]
    segments: int
    ruptures: int | None
    dropped: pd.DataFrame
    configuration: Mapping[str, object]
    record: Mapping[str, object]
    figures: tuple[ReportFigure, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    nulls: Sequence[Sequence[object]] = ()
    null_columns: Sequence[str] = ()
    explorer: Explorer | None = None
    downloads: tuple[PageFile, ...] = ()
    statements: tuple[Statement, ...] = ()
