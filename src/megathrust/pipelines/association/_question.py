"""What is asked of a table: which physical features, beside which label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from megathrust.core import FloatArray, InputError, check_range, did_you_mean
from megathrust.evaluation import trench_ranks
from megathrust.table import NO_EVENT_MAGNITUDE, SEISMICITY_PREFIX, FeatureTable, complete
from megathrust.worlds import Trenches, spectral_modes

# Columns of which more is missing are left out, so that rows are not; as in the settings of a run.
_MAX_MISSING_SHARE = 0.2
# Great ruptures thin out towards the ends of trenches whatever the features do: the square along each trench
# is taken out of label and features. Trends stay: no common reason gives them one sign.
WITHOUT = (2,)


@dataclass(frozen=True)
class Question:
    """A table's complete rows, some of its features, and one label.

    Attributes
    ----------
    names : tuple of str
        Features.
    families : tuple of str
        Family of each; a feature without one is its own.
    trenches : Trenches
        Where the rows are, their labels, ruptures and features.
    label : str
        The label in words.
    table : FeatureTable
        The complete rows.
    target : str
        Label column.
    threshold : float or None
        Of the class; None for the magnitude itself.
    without : tuple of int
        Powers of the distance from a trench's middle that are taken out of label and features.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    trenches: Trenches
    label: str
    table: FeatureTable
    target: str
    threshold: float | None
    without: tuple[int, ...] = WITHOUT

    @property
    def magnitudes(self) -> Trenches:
        """The same trenches with Mw as labels; no event is the lowest."""
        return replace(self.trenches, labels=observed_magnitudes(self.table, self.target))

    @cached_property
    def modes(self) -> FloatArray:
        """Waves along the trenches, (rows, modes)."""
        return spectral_modes(self.trenches.region, self.trenches.s_km, without=self.without)

    @cached_property
    def waves(self) -> FloatArray:
        """Waves of the features' ranks within trenches, (modes, features)."""
        return np.asarray(self.modes.T @ trench_ranks(self.trenches.features, self.trenches.region))

    @property
    def size(self) -> str:
        """How much the answer rests on: great ruptures, and the trenches that hold both labels."""
        trenches = self.trenches
        both = [rows for rows in trenches.along() if np.ptp(trenches.labels[rows]) > 0.0]
        ruptures = sum(
            len(np.unique(trenches.ruptures[rows][trenches.labels[rows] > trenches.labels[rows].min()]))
            for rows in both
        )
        return f"{ruptures} ruptures in {len(both)} of {len(trenches.along())} trenches that hold both labels"


def make_question(
    table: FeatureTable,
    *,
    threshold: float | None = 8.0,
    label: str | None = None,
    family: str | None = None,
    column: str | None = None,
    without: tuple[int, ...] = WITHOUT,
) -> Question:
    """Return the question of a table.

    Parameters
    ----------
    table : FeatureTable
    threshold : float or None
        Whether a segment's largest observed Mw reached it; None for the magnitude itself, where "no event"
        is a tied lowest rank.
    label : str, optional
        Label column; the table's first target by default.
    family, column : str, optional
        Ask of one family or one column only; rows need these features only.
    without : tuple of int
        See `Question`; only the default was calibrated.

    Raises
    ------
    InputError
        If there is no such family or column, both are given, or the column depends on labels.
    TableError
        If no row is complete.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> make_question(synthetic_table(), family="driver").names
    ('F0', 'F1')
    """
    if threshold is not None:
        check_range("the threshold", threshold, low=-2.0, high=10.0)
    target = table.target(label)
    physical = [name for name in table.feature_names if not name.startswith(SEISMICITY_PREFIX)]
    chosen = _chosen(table, physical, family, column)
    left_out = [name for name in table.feature_names if name not in chosen]
    if left_out:
        table = table.drop_columns(left_out, "not asked about")
    table = complete(table, max_missing_share=_MAX_MISSING_SHARE if column is None else 1.0)
    names = tuple(table.feature_names)
    trenches = Trenches(
        table.frame["region"].to_numpy().astype(str),
        table.frame["s_km"].to_numpy(),
        labels_of(observed_magnitudes(table, target), threshold),
        table.ruptures(target),
        table.features(),
    )
    words = target if threshold is None else f"{target} >= {threshold:g}"
    families = tuple(family_of(table, name) for name in names)
    return Question(names, families, trenches, words, table, target, threshold, without)


def observed_magnitudes(table: FeatureTable, target: str) -> FloatArray:
    """Return the largest observed Mw of every row; "no event" is one lowest magnitude."""
    return np.asarray(np.maximum(table.magnitudes(target), NO_EVENT_MAGNITUDE))


def labels_of(magnitudes: FloatArray, threshold: float | None) -> FloatArray:
    """Return magnitudes as the label that is asked about: 0 and 1, or as they are."""
    return magnitudes if threshold is None else (magnitudes >= threshold).astype(np.float64)


def family_of(table: FeatureTable, name: str) -> str:
    """Return the family of a column, its own name where it has none."""
    return table.columns[name].family or name


def _chosen(
    table: FeatureTable, physical: Sequence[str], family: str | None, column: str | None
) -> list[str]:
    if family is not None and column is not None:
        raise InputError(
            "a family and a column are asked about at once",
            given=f"{family} and {column}",
            action="name one of them",
        )
    if column is not None:
        if column not in physical:
            raise InputError(
                "the column cannot be tested",
                given=column,
                allowed=", ".join(physical),
                action=did_you_mean(column, physical)
                or "SEIS_ columns leave out label events and so depend on the label",
            )
        return [column]
    if family is None:
        return list(physical)
    chosen = [name for name in physical if family_of(table, name) == family]
    if not chosen:
        known = ", ".join(dict.fromkeys(family_of(table, name) for name in physical))
        raise InputError("there is no such family", given=family, allowed=known)
    return chosen
