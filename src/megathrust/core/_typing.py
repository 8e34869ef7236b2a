"""Array types that the signatures of the package share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]

#: Called with (steps done, steps in all) by long work; drawing the bar is the caller's business.
ProgressCallback = Callable[[int, int], None]
