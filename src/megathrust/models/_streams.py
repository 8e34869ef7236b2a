"""Random streams that depend on a seed and a name only, never on what else runs beside them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of one purpose.

    Parameters
    ----------
    seed : int
        Such as that of a member or of a run, >= 0.
    *names : str
        The purpose, such as ``"dropout"`` or ``"rivals", "extra trees"``; streams of other names are
        independent.

    Examples
    --------
    >>> a, b = stream(7, "dropout"), stream(7, "dropout")
    >>> bool(a.random() == b.random())
    True
    """
    return np.random.Generator(np.random.SFC64(_sequence(seed, names)))


def derived_seed(seed: int, *names: str) -> int:
    """Return the seed of one purpose, for whoever takes a number.

    Parameters
    ----------
    seed : int
        Such as that of a run, >= 0.
    *names : str
        The purpose, and whatever tells one of its kind from another, in words: a place in a list would change
        with the list.

    Examples
    --------
    >>> derived_seed(0, "rivals", "extra trees") != derived_seed(0, "rivals", "random forest")
    True
    """
    return int(_sequence(seed, names).generate_state(1)[0])


def _sequence(seed: int, names: Sequence[str]) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, *(zlib.crc32(name.encode()) for name in names)])
