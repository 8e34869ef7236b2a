"""One thread of PyTorch for one piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded() -> Iterator[None]:
    """Compute with one thread of PyTorch, as the calling thread's own setting.

    The matrices of a stack are small: two cores that each train half of the members are faster than two
    cores that share every operation. And how PyTorch shares a sum among threads would show in its last bits.

    Examples
    --------
    >>> with single_threaded():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
