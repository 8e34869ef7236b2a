"""Random streams that depend on a seed and a name only, never on what else runs beside them."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random generator of one purpose of one member.

    Parameters
    ----------
    seed : int
        The member's seed, >= 0.
    name : str
        The purpose, such as ``"dropout"``; streams of other names are independent.

    Examples
    --------
    >>> a, b = stream(7, "dropout"), stream(7, "dropout")
    >>> bool(a.random() == b.random())
    True
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def derived_seed(*words: int) -> int:
    """Return a seed that depends on some numbers, such as a run's seed and a place in it, and on their order.

    Examples
    --------
    >>> derived_seed(0, 1) != derived_seed(1, 0)
    True
    """
    return int(np.random.SeedSequence(words).generate_state(1)[0])
