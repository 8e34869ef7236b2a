"""Result records that several rooms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """A model against a rival and its nulls, by a score averaged over scenarios.

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
    metric : str
        What the score is called.
    lower_is_better : bool
        Whether it is an error.
    """

    model: str
    rival: str
    difference: float
    low: float
    high: float
    p_values: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.05
    metric: str = "macro-F1"
    lower_is_better: bool = False

    @property
    def beats_rival(self) -> bool:
        """Whether the whole interval of the difference lies on the better side of 0."""
        return self.high < 0.0 if self.lower_is_better else self.low > 0.0

    @property
    def beats_nulls(self) -> bool:
        """Whether there is a null and every p-value is at most the level."""
        return bool(self.p_values) and max(self.p_values.values()) <= self.level

    @property
    def passed(self) -> bool:
        """Whether rival and nulls are beaten; only then may the model be read as a finding."""
        return self.beats_rival and self.beats_nulls

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict in words."""
        interval = f"{self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"
        verb = "BEATS" if self.beats_rival else "DOES NOT BEAT"
        lines = [f"The {self.model} {verb} the rival '{self.rival}': difference in {self.metric} {interval}."]
        for kind, p in self.p_values.items():
            verb = "beats" if p <= self.level else "DOES NOT BEAT"
            # A surrogate world has one network per scenario: single networks are compared with it.
            lines.append(f"A single network of the {self.model} {verb} the null '{kind}': p = {p:.3g}.")
        if not self.p_values:
            lines.append(
                "No null was computed: nothing is known about what autocorrelation alone would score."
            )
        return tuple(lines)
