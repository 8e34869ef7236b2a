"""Result records that several rooms share."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field

# "Not shown" never stands without what could have been seen.
_NOT_COMPUTED = "what this comparison could have seen was not computed"


@dataclass(frozen=True)
class PlantedPower:
    """What a comparison with nulls would have seen: single networks in worlds with a planted signal.

    Attributes
    ----------
    slope : float
        Log-odds of a great rupture per standard deviation of one feature within trenches.
    worlds : int
    found : mapping of str to int
        In how many of them each null is beaten, by kind of null.
    """

    slope: float
    worlds: int
    found: Mapping[str, int]


@dataclass(frozen=True)
class Verdict:
    """A model against a rival and its nulls, by a score: averaged over scenarios, or of all of them together.

    Attributes
    ----------
    model, rival : str
        Names.
    difference, low, high : float
        Score of the model minus that of the rival, with the interval of a paired bootstrap over ruptures.
    p_values : mapping of str to float
        Of single networks, by kind of null.
    level : float
        Largest p-value that counts as beating a null.
    metric : str
        What the score is called.
    lower_is_better : bool
        Whether it is an error.
    power : PlantedPower, optional
        What the comparison of single networks with the nulls would have seen.
    own_p_values : mapping of str to float
        Of the model as it is trained, many networks together, against as many in each world; by kind of null.
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
    power: PlantedPower | None = None
    own_p_values: Mapping[str, float] = field(default_factory=dict)

    @property
    def beats_rival(self) -> bool:
        """Whether the whole interval of the difference lies on the better side of 0."""
        return self.high < 0.0 if self.lower_is_better else self.low > 0.0

    @property
    def beats_nulls(self) -> bool:
        """Whether there is a null and every p-value is at most the level."""
        known = (*self.p_values.values(), *self.own_p_values.values())
        return bool(known) and max(known) <= self.level

    @property
    def passed(self) -> bool:
        """Whether rival and nulls are beaten; only then may the model be read as a finding."""
        return self.beats_rival and self.beats_nulls

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict in words."""
        interval = f"{self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"
        verb = "BEATS" if self.beats_rival else "is NOT SHOWN to beat"
        lines = [f"The {self.model} {verb} the rival '{self.rival}': difference in {self.metric} {interval}."]
        # A surrogate world has one network per scenario: single networks are compared with it.
        single = f"A single network of the {self.model}"
        for kind, p in self.p_values.items():
            if p <= self.level:
                lines.append(f"{single} beats the null '{kind}': p = {p:.3g}.")
            else:
                lines.append(
                    f"{single} is NOT SHOWN to beat the null '{kind}': p = {p:.3g}; {self._could(kind)}."
                )
        for kind, p in self.own_p_values.items():
            verb, tail = ("beats", "") if p <= self.level else ("is NOT SHOWN to beat", f"; {_NOT_COMPUTED}")
            world = f"as many networks in each world of '{kind}'"
            lines.append(f"The {self.model} {verb} {world}: p = {p:.3g}{tail}.")
        if not self.p_values and not self.own_p_values:
            lines.append(
                "No null was computed: nothing is known about what autocorrelation alone would score."
            )
        return tuple(lines)

    def _could(self, kind: str) -> str:
        """Return what would have been seen, in words."""
        if self.power is None:
            return _NOT_COMPUTED
        return (
            f"with a planted slope of {self.power.slope:g} it does in {self.power.found[kind]} of "
            f"{self.power.worlds} worlds"
        )

    def _repr_html_(self) -> str:
        """Return the verdict as a notebook shows it: red unless rival and nulls are beaten."""
        colour = "#11734b" if self.passed else "#c43c00"
        lines = "".join(f"<p style='margin:0.2em 0'>{html.escape(line)}</p>" for line in self.sentences)
        return f"<div style='border-left:0.5em solid {colour};padding:0.2em 1em'>{lines}</div>"
