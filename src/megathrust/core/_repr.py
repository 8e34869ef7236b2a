"""Texts of records that fit a screen: arrays and tables by their shape, long sequences by their ends."""

from __future__ import annotations

import reprlib
from dataclasses import fields
from typing import Any, TypeVar

Record = TypeVar("Record")


class _ShortRepr(reprlib.Repr):
    """`reprlib`, with a shape for whatever has one."""

    def __init__(self) -> None:
        super().__init__()
        self.maxother = 120

    def repr1(self, x: Any, level: int) -> str:
        shape = getattr(x, "shape", None)
        if isinstance(shape, tuple) and shape:
            return f"<{type(x).__name__} {' x '.join(map(str, shape))}>"
        return super().repr1(x, level)


_SHORT = _ShortRepr()


def short_repr(cls: type[Record]) -> type[Record]:
    """Give a dataclass of arrays a text that fits a screen.

    Parameters
    ----------
    cls : dataclass

    Returns
    -------
    dataclass
        The same class.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> @short_repr
    ... @dataclass(frozen=True)
    ... class Track:
    ...     name: str
    ...     lon: np.ndarray
    >>> Track("a", np.zeros(900))
    Track(name='a', lon=<ndarray 900>)
    """

    def text(record: Any) -> str:
        shown = (
            f"{each.name}={_SHORT.repr(getattr(record, each.name))}" for each in fields(record) if each.repr
        )
        return f"{type(record).__name__}({', '.join(shown)})"

    cls.__repr__ = text  # type: ignore[method-assign]
    return cls
