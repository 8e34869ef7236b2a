"""Whether a network knows more than a lookup along the trench and more than autocorrelation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from megathrust.core import FloatArray, InputError, IntArray
from megathrust.evaluation._intervals import Prediction
from megathrust.evaluation._scores import classification_scores


@dataclass(frozen=True)
class Verdict:
    """A model against a rival and its nulls, by macro-F1 averaged over scenarios.

    Attributes
    ----------
    model, rival : str
        Names.
    difference, low, high : float
        Score of the model minus that of the rival, with the interval of a paired bootstrap over ruptures.
    p_values : mapping of str to float
        By kind of null.
    level : float
        Largest p-value that counts as beating a null.
    """

    model: str
    rival: str
    difference: float
    low: float
    high: float
    p_values: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.05

    @property
    def beats_rival(self) -> bool:
        """Whether the whole interval of the difference lies above 0."""
        return self.low > 0.0

    @property
    def beats_nulls(self) -> bool:
        """Whether there is a null and every p-value is at most the level."""
        return bool(self.p_values) and max(self.p_values.values()) <= self.level

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict in words."""
        interval = f"{self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"
        verb = "BEATS" if self.beats_rival else "DOES NOT BEAT"
        lines = [f"The {self.model} {verb} the rival '{self.rival}': difference in macro-F1 {interval}."]
        for kind, p in self.p_values.items():
            verb = "beats" if p <= self.level else "DOES NOT BEAT"
            lines.append(f"The {self.model} {verb} the null '{kind}': p = {p:.3g}.")
        if not self.p_values:
            lines.append(
                "No null was computed: nothing is known about what autocorrelation alone would score."
            )
        return tuple(lines)


def paired_difference(
    model: Sequence[Prediction], rival: Sequence[Prediction], classes: IntArray, weights: FloatArray
) -> tuple[float, float, float]:
    """Return the difference of mean macro-F1 with its 95 % interval from one bootstrap of both.

    Parameters
    ----------
    model, rival : sequence of Prediction
        Of the same scenarios and rows.
    classes : ndarray of int, shape (rows,)
    weights : ndarray, shape (replicates, rows)
        From `rupture_weights`.

    Raises
    ------
    InputError
        If the two were not scored on the same rows.
    """
    differences = []
    for ours, theirs in zip(model, rival, strict=True):
        if not np.array_equal(ours.rows, theirs.rows):
            raise InputError("paired models were scored on different rows", given=f"scenario {ours.scenario}")
        weighting = np.vstack([np.ones(len(ours.rows)), weights[:, ours.rows]])
        f1 = [
            classification_scores(classes[p.rows], p.probabilities, weighting)["f1", "macro"]
            for p in (ours, theirs)
        ]
        differences.append(f1[0] - f1[1])
    mean = np.nanmean(np.stack(differences), axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return float(mean[0]), float(low), float(high)
