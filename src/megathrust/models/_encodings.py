"""Numeric encodings: every feature as several units, each member with its own bins or frequencies.

Both take standardised inputs of shape (members, rows, features) and give (members, rows, features * units),
the units of one feature side by side, so that what belongs to a feature can be summed again.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from megathrust.core import FloatArray
from megathrust.models._architecture import FCNArchitecture


class PiecewiseLinearEncoding(nn.Module):
    """A feature as the share of each of its bins that lies below its value.

    A unit grows from 0 to 1 while the value crosses its bin; the first and the last bin go on beyond the
    values they were made from. Bins hold equal numbers of a member's training rows. A feature with many
    equal values has fewer bins; the units that are left over stay 0.

    Parameters
    ----------
    members, features, bins : int
        Shape of the layer.

    References
    ----------
    Gorishniy et al. (2022), arXiv:2203.05556, section 3.2.
    """

    lower: Tensor
    slope: Tensor
    least: Tensor
    most: Tensor

    def __init__(self, members: int, features: int, bins: int) -> None:
        super().__init__()
        for name in ("lower", "slope", "least", "most"):
            self.register_buffer(name, torch.zeros(members, features, bins))

    def fit(self, member: int, x: FloatArray) -> None:
        """Take one member's bins from the quantiles of its standardised training rows, NaN left out."""
        levels = np.linspace(0.0, 1.0, self.lower.shape[2] + 1)
        missing = np.isnan(x)
        # A column of which nothing is known is constant: it has no bins.
        known = np.where(missing.all(0), 0.0, x)
        quantile = np.nanquantile if missing.any() else np.quantile
        quantiles = quantile(known, levels, axis=0).astype(np.float32)
        for buffer in (self.lower, self.slope, self.least, self.most):
            buffer[member] = 0.0
        for feature in range(self.lower.shape[1]):
            edges = np.unique(quantiles[:, feature])
            count = len(edges) - 1
            if count == 0:
                continue
            place = member, feature, slice(count)
            self.lower[place] = torch.from_numpy(edges[:-1])
            self.slope[place] = torch.from_numpy(1.0 / np.diff(edges.astype(np.float64))).float()
            self.most[place] = 1.0
            self.least[member, feature, 0] = -torch.inf
            self.most[member, feature, count - 1] = torch.inf

    def forward(self, x: Tensor) -> Tensor:
        """Return the encoded inputs."""
        parts = (x[..., None] - self.lower[:, None]) * self.slope[:, None]
        return torch.clamp(parts, self.least[:, None], self.most[:, None]).flatten(2)


class PeriodicEncoding(nn.Module):
    """A feature as sines and cosines of trained frequencies.

    Parameters
    ----------
    members, features, frequencies : int
        Shape of the layer; it gives two units per frequency.
    spread : float
        Standard deviation of the frequencies at the start, in turns per standard deviation of the feature.

    References
    ----------
    Gorishniy et al. (2022), arXiv:2203.05556, section 3.3.
    """

    def __init__(self, members: int, features: int, frequencies: int, spread: float) -> None:
        super().__init__()
        self.frequencies = nn.Parameter(torch.zeros(members, features, frequencies))
        self.spread = spread

    @torch.no_grad()
    def draw(self, member: int, generator: np.random.Generator) -> None:
        """Draw one member's first frequencies."""
        values = generator.normal(0.0, self.spread, size=tuple(self.frequencies.shape[1:]))
        self.frequencies[member] = torch.from_numpy(values).to(self.frequencies)

    def forward(self, x: Tensor) -> Tensor:
        """Return the encoded inputs."""
        turns = 2.0 * math.pi * x[..., None] * self.frequencies[:, None]
        return torch.cat([torch.sin(turns), torch.cos(turns)], dim=-1).flatten(2)


Encoding = PiecewiseLinearEncoding | PeriodicEncoding


def make_encoding(architecture: FCNArchitecture, members: int) -> Encoding | None:
    """Return the encoding that an architecture asks for, none if it takes the features as they are."""
    shape = members, architecture.n_seen, architecture.encoding_units
    if architecture.encoding == "piecewise_linear":
        return PiecewiseLinearEncoding(*shape)
    if architecture.encoding == "periodic":
        return PeriodicEncoding(*shape, architecture.frequency_spread)
    return None
