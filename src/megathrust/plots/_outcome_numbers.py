"""The numbers behind an outcome map: probability, outcome, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, InputError, check_range, short_repr
from megathrust.plots._map_numbers import TrenchMapInfo, require_columns, trench_map_info
from megathrust.plots._value_styles import OUTCOMES


@short_repr
@dataclass(frozen=True)
class OutcomeMapInfo:
    """Predicted probability beside observed class, and where they disagree.

    Attributes
    ----------
    predicted, observed : TrenchMapInfo
        Probability of the highest class, and observed class.
    outcome : TrenchMapInfo
        Number of the outcome in `OUTCOMES`: with more than two classes negative is the lowest class, and
        a segment counts as false where its class is predicted too high or too low.
    false_positive, false_negative : ndarray of bool, shape (rows,)
        By row of the input frame: class predicted above, or below, the observed one.
    class_names : tuple of str
        Names of the observed classes, in order.
    threshold : float
        Probability from which the upper class counts as predicted.
    judged : int
        Rows of the input frame with a prediction and a label.
    """

    predicted: TrenchMapInfo
    observed: TrenchMapInfo
    outcome: TrenchMapInfo
    false_positive: BoolArray
    false_negative: BoolArray
    class_names: tuple[str, ...]
    threshold: float
    judged: int

    @property
    def footnote(self) -> str:
        """What is not drawn, and how many segments are wrong (drawn or not)."""
        return (
            f"{self.outcome.footnote} False positives {int(self.false_positive.sum())}, false negatives "
            f"{int(self.false_negative.sum())} of {self.judged} segments with prediction and label."
        )

    @property
    def outcome_names(self) -> tuple[str, ...]:
        """What the outcomes are called, with the number of segments of each."""
        names: Sequence[str] = OUTCOMES
        if len(self.class_names) > 2:
            names = ("lowest class, right", "predicted too high", "higher class, right", "predicted too low")
        counts = [int((self.outcome.values == number).sum()) for number in range(len(names))]
        return tuple(f"{name} ({count})" for name, count in zip(names, counts, strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment drawn: place, probability, observed class and outcome."""
        names = dict(enumerate(OUTCOMES))
        return (
            self.predicted.to_frame()
            .assign(
                value=self.predicted.values,
                observed=self.observed.values,
                outcome=pd.Series(self.outcome.values).map(names),
            )
            .rename(columns={"value": "probability"})
        )


def outcome_map_info(
    frame: pd.DataFrame, *, class_names: Sequence[str] = ("Mw < 8.0", "Mw ≥ 8.0"), threshold: float = 0.5
) -> OutcomeMapInfo:
    """Compute predicted probability and observed class per segment, and which segments are wrong.

    Parameters
    ----------
    frame : DataFrame
        One row per segment: region, s_km, lon, lat, ``probability`` (of the highest class, in [0, 1]) and
        ``observed`` (class number); with three classes also ``predicted`` (class number), which with two
        classes is ``probability >= threshold`` where absent. Missing values are neither right nor wrong.
    class_names : sequence of str
        One name per class, lowest first.
    threshold : float
        Decision threshold in (0, 1].

    Raises
    ------
    InputError
        If a column is missing, a probability lies outside [0, 1], or a class is not named.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": "alu", "s_km": [25.0, 75.0], "lon": [179.7, -179.6],
    ...     "lat": 51.0, "probability": [0.2, 0.9], "observed": [1, 1]})
    >>> outcome_map_info(frame).false_negative
    array([ True, False])
    """
    require_columns(frame, ["probability", "observed"])
    check_range("decision threshold", threshold, low=0.0, high=1.0, open_low=True)
    probability = frame["probability"].to_numpy(dtype=np.float64)
    observed = frame["observed"].to_numpy(dtype=np.float64)
    if np.any((probability < 0.0) | (probability > 1.0)):
        raise InputError(
            "a probability is out of range", given=f"{np.nanmin(probability)} to {np.nanmax(probability)}"
        )
    if "predicted" in frame.columns:
        predicted = frame["predicted"].to_numpy(dtype=np.float64)
    elif len(class_names) == 2:
        predicted = np.where(np.isnan(probability), np.nan, probability >= threshold)
    else:
        raise InputError("more than two classes need the column predicted", given=", ".join(class_names))
    classes = np.concatenate([observed, predicted])
    named = np.isin(classes, np.arange(len(class_names))) | np.isnan(classes)
    if not named.all():
        raise InputError(
            "a class has no name", given=f"class {classes[~named][0]:g}", allowed=", ".join(class_names)
        )
    high, low = predicted > observed, predicted < observed
    outcome = np.select([high, low, observed > 0.0], [1.0, 3.0, 2.0], default=0.0)
    outcome[np.isnan(observed) | np.isnan(predicted)] = np.nan
    missing = "no prediction or label"
    return OutcomeMapInfo(
        trench_map_info(frame, value="probability", missing="no prediction"),
        trench_map_info(frame, value="observed", missing="no label"),
        trench_map_info(frame.assign(outcome=outcome), value="outcome", missing=missing),
        high,
        low,
        tuple(class_names),
        threshold,
        int(np.isfinite(outcome).sum()),
    )
