"""The columns of predictions, each declared once: for frames, files, datasets and cards."""

from __future__ import annotations

from dataclasses import dataclass

from megathrust.models._heads import Heads


@dataclass(frozen=True)
class PredictionColumn:
    """A column of predictions.

    Attributes
    ----------
    name : str
    unit : str
        ``"1"`` for plain numbers, empty for text.
    meaning : str
    """

    name: str
    unit: str
    meaning: str


_PLACE = (
    PredictionColumn("region", "", "Slab2 code of the subduction zone"),
    PredictionColumn("segment", "1", "number of the segment along the trench"),
    PredictionColumn("s_km", "km", "arc length along the trench"),
    PredictionColumn("lon", "degrees_east", "longitude"),
    PredictionColumn("lat", "degrees_north", "latitude"),
)

_JUDGEMENT = (
    PredictionColumn("dissimilarity", "1", "dissimilarity index with respect to the training segments"),
    PredictionColumn("applicable", "", "whether the segment lies in the domain of applicability"),
    PredictionColumn("trained_on_share", "1", "share of the members that were trained on the segment"),
    PredictionColumn(
        "note", "", "why numbers are missing, and which features are coarser than in other regions"
    ),
)


def prediction_columns(heads: Heads, *, target: str = "largest observed Mw") -> tuple[PredictionColumn, ...]:
    """Return the columns of the predictions of networks, in order.

    Parameters
    ----------
    heads : Heads
        What the networks predict.
    target : str
        What it is a prediction of, in words.

    Examples
    --------
    >>> [column.name for column in prediction_columns(Heads(2))][5:9]
    ['probability_0', 'probability_1', 'probability_spread', 'predicted_class']
    """
    classes: list[PredictionColumn] = []
    if heads.classes:
        spread = "standard deviation over members of the probability of the highest class"
        classes = [
            *(
                PredictionColumn(
                    f"probability_{number}", "1", f"probability of class {number}, mean over members"
                )
                for number in range(heads.classes)
            ),
            PredictionColumn("probability_spread", "1", spread),
            PredictionColumn("predicted_class", "1", "most probable class"),
            PredictionColumn("class_set", "", "classes that stand in the class set of the segment"),
        ]
    magnitudes: list[PredictionColumn] = []
    if heads.magnitude_outputs:
        levels = heads.quantiles if heads.gives_quantiles else ()
        magnitudes = [
            PredictionColumn("magnitude", "1", f"{target}, mean over members"),
            PredictionColumn("magnitude_spread", "1", f"standard deviation over members of {target}"),
            *(
                PredictionColumn(
                    quantile_column(level), "1", f"quantile {level:g} of {target}, mean over members"
                )
                for level in levels
            ),
            PredictionColumn("magnitude_low", "1", f"low end of the calibrated range of {target}"),
            PredictionColumn("magnitude_high", "1", f"high end of the calibrated range of {target}"),
        ]
    return (*_PLACE, *classes, *magnitudes, *_JUDGEMENT)


def quantile_column(level: float) -> str:
    """Name the column of a quantile by its level in percent.

    Examples
    --------
    >>> quantile_column(0.1)
    'magnitude_q10'
    """
    return f"magnitude_q{100.0 * level:g}"
