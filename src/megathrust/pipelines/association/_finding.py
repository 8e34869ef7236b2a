"""One call from a table, or a layer of one's own, to an answer and what could have been seen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from megathrust.core import InputError, ProgressCallback, short_repr
from megathrust.pipelines.association._answers import Associations, associate
from megathrust.pipelines.association._power import Power, association_power
from megathrust.pipelines.build import add_layer
from megathrust.table import FeatureTable


@short_repr
@dataclass(frozen=True)
class Finding:
    """An answer with its power.

    Attributes
    ----------
    found : Associations
    power : Power or None
        What the same test would have seen on this table; None where it was not asked for.
    """

    found: Associations
    power: Power | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words, and what could have been seen."""
        return (*self.found.sentences, *([self.power.sentence] if self.power else []))


def test(
    table: FeatureTable,
    *,
    layer: str | os.PathLike[str] | None = None,
    side: str | None = None,
    statistic: str = "mean",
    family: str | None = None,
    column: str | None = None,
    expect: str | None = None,
    threshold: float | None = 8.0,
    label: str | None = None,
    worlds: int = 200,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> Finding:
    """Test what goes with the label beyond the region: all families, or one hypothesis stated beforehand.

    Parameters
    ----------
    table : FeatureTable
    layer : path_like, optional
        A grid or point table of one's own: it is sampled along the trenches and is the one hypothesis.
    side : {"UP", "DG"}, optional
        On which side of the trench the layer counts; both, as one family, by default.
    statistic : str
        Of the layer in the cells of a segment; see `megathrust.pipelines.build.add_layer`.
    family, column, expect, threshold, label
        See `associate`.
    worlds : int
        Planted worlds per slope that say what could have been seen; 0 says nothing.
    seed : int
    progress : callable, optional
        Called with the number of worlds done and of all.

    Raises
    ------
    InputError
        If a layer is named beside a family or column, or the question cannot be asked.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> answer = test(synthetic_table(noise=0.1), column="F0", expect="positive", worlds=0)
    >>> answer.found.claims
    ['driver']
    """
    asked: dict[str, Any] = {"family": family, "column": column, "expect": expect}
    if layer is not None:
        if family is not None or column is not None:
            raise InputError(
                "a layer and a family or column are asked about at once",
                given=f"{layer} and {family or column}",
                action="name one of them",
            )
        table = add_layer(table, layer, side=side, statistic=statistic)
        own = table.feature_names[-1]
        asked |= {"column": own} if side is not None else {"family": table.columns[own].family}
    asked |= {"threshold": threshold, "label": label, "seed": seed}
    found = associate(table, **asked)
    return Finding(
        found, association_power(table, **asked, worlds=worlds, progress=progress) if worlds else None
    )


# A test of the Earth, not of this package: pytest leaves it alone wherever it is imported.
test.__test__ = False  # type: ignore[attr-defined]
