"""What makes class sets and ranges hold what they promise, and what is left of the promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import FloatArray, short_repr


@short_repr
@dataclass(frozen=True)
class Calibration:
    """One number that was fitted to held-out predictions, and how far it carries.

    Attributes
    ----------
    entry : str
        Of a model's notes, such as ``"class_sets"``.
    array : str
        Under which a model stores the number.
    number : str
        What it is called: ``"threshold"`` or ``"margin"``.
    value : float
        Infinite where too few groups allow no finite one.
    told_if_infinite : bool
        Whether an infinite number still says something, as one that puts every class into every set does.
    coverage : float
        Promised share of segments whose set or range holds what was observed.
    groups : str
        What counts as one observation: ``"rupture"`` or ``"region"``.
    by_class : ndarray, shape (classes,), optional
        One number for each class, of which ``value`` is the largest.
    classes : DataFrame, optional
        Measured coverage of each class, each group with the others as calibration (`class_coverage`).
    held_out : DataFrame
        Measured coverage of each region with the others as calibration.
    words : tuple of str
        What holds, and what it holds: ``("class sets", "the observed class")``.
    """

    entry: str
    array: str
    number: str
    value: float
    told_if_infinite: bool
    coverage: float
    groups: str
    held_out: pd.DataFrame
    words: tuple[str, str]
    by_class: FloatArray | None = None
    classes: pd.DataFrame | None = None

    @property
    def applied(self) -> float | FloatArray:
        """The number, or one for each class, that sets are made with."""
        return self.value if self.by_class is None else self.by_class

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is stored with the model."""
        stored = self.told_if_infinite or np.isfinite(self.value)
        return {self.array: np.atleast_1d(np.asarray(self.applied))} if stored else {}

    def notes(self) -> dict[str, Any]:
        """Return what the model card and the record of the run tell; JSON knows no infinity."""
        return {
            self.entry: {
                "coverage": self.coverage,
                "groups": self.groups,
                self.number: _finite(self.value),
                **({} if self.by_class is None else {"by_class": [_finite(float(x)) for x in self.by_class]}),
                "held_out": _records(self.held_out),
                **({} if self.classes is None else {"classes": _records(self.classes)}),
            }
        }

    def sentence(self) -> str:
        """Return the measured coverage in one line, or that there are too few groups."""
        things, observed = self.words
        ordered = self.held_out.sort_values("coverage")
        if not self.told_if_infinite:
            ordered = ordered[np.isfinite(ordered[self.number])]
            if not np.isfinite(self.value) or ordered.empty:
                return f"Too few {self.groups}s for {things} of {self.coverage:.0%} coverage: none are given."
        regions, shares = ordered["region"].tolist(), ordered["coverage"].tolist()
        whole = (
            f"{things.capitalize()} made for {self.coverage:.0%} coverage hold {observed} in {shares[0]:.0%} "
            f"({regions[0]}) to {shares[-1]:.0%} ({regions[-1]}) of the segments of a region left out of the "
            "calibration."
        )
        return f"{whole}{self._beyond_chance()}{self._of_classes()}"

    def _beyond_chance(self) -> str:
        """Return in which regions less is held than chance makes of the promise."""
        if "low" not in self.held_out:
            return ""
        less = self.held_out[self.held_out["coverage"] < self.held_out["low"]]["region"].tolist()
        return f" Fewer than chance allows in {', '.join(less)}." if less else " No fewer than chance allows."

    def _of_classes(self) -> str:
        """Return what sets hold of each class beside what chance allows, and how often they cannot tell."""
        if self.classes is None:
            return ""
        told = [
            f"{row.coverage:.0%} of class {row.number} (by chance {row.low:.0%} to {row.high:.0%})"
            for row in self.classes.itertuples()
        ]
        unsure = np.average(self.classes["cannot_tell"], weights=self.classes["rows"])
        return (
            f" With each {self.groups} left out in turn they hold {' and '.join(told)}, and cannot tell in "
            f"{unsure:.0%} of the segments."
        )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _finite(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
