"""Sizes of earthquakes: the tapered Gutenberg-Richter law, and what catalogues say of its two numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from megathrust.core import FloatArray, InputError, moment_from_magnitude

#: Grid of the two numbers: slopes of the moment (b = 1.5 beta) and corner magnitudes.
BETAS = np.linspace(0.40, 1.00, 61)
CORNERS = np.linspace(8.0, 10.5, 51)


def tapered_survival(
    magnitudes: npt.ArrayLike, least: float, beta: npt.ArrayLike, corner: npt.ArrayLike
) -> FloatArray:
    """Return the share of events of at least ``least`` that reach magnitudes; arguments broadcast.

    Parameters
    ----------
    magnitudes : array_like
        Mw, at or above ``least``.
    least : float
        Mw from which on the law holds.
    beta : array_like
        Slope of the moment; the b-value is 1.5 times as large.
    corner : array_like
        Mw where the exponential taper sets in.

    References
    ----------
    Kagan (2002), doi:10.1046/j.1365-246x.2002.01594.x.

    Examples
    --------
    >>> tapered_survival([7.0, 8.0, 9.0], 7.0, 0.65, 9.3).round(5).tolist()
    [1.0, 0.10478, 0.00787]
    """
    moment, first, top = (moment_from_magnitude(each) for each in (magnitudes, least, corner))
    return np.asarray((first / moment) ** np.asarray(beta) * np.exp((first - moment) / top))


@dataclass(frozen=True)
class TailPosterior:
    """What catalogues say of beta and corner magnitude, on the grid of `BETAS` and `CORNERS`.

    Attributes
    ----------
    log_weight : ndarray, shape (betas, corners)
        Logarithm of the posterior weight, highest 0.
    least : float
        Mw from which on the law holds.
    """

    log_weight: FloatArray
    least: float

    @property
    def weight(self) -> FloatArray:
        """Posterior weight, of sum 1."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum())

    def draw(self, count: int, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return draws of beta and corner magnitude, each (count,)."""
        chosen = random.choice(self.log_weight.size, size=count, p=self.weight.ravel())
        row, column = np.unravel_index(chosen, self.log_weight.shape)
        return BETAS[row], CORNERS[column]

    def mean(self) -> tuple[float, float]:
        """Return the posterior means of beta and corner magnitude."""
        weight = self.weight
        return float(weight.sum(1) @ BETAS), float(weight.sum(0) @ CORNERS)


def tail_posterior(
    magnitudes: FloatArray, least: float, *, prior: TailPosterior | None = None, weight_of_prior: float = 1.0
) -> TailPosterior:
    """Return the posterior of the tapered Gutenberg-Richter law from the magnitudes of a catalogue.

    Parameters
    ----------
    magnitudes : ndarray, shape (events,)
        Mw; those below ``least`` do not count. None at all leaves the prior.
    least : float
        Mw from which on the catalogue is complete.
    prior : TailPosterior, optional
        Such as of all trenches together; flat without.
    weight_of_prior : float
        Factor of the prior's logarithm.

    Raises
    ------
    InputError
        If there is neither an event nor a prior.
    """
    counted = magnitudes[magnitudes >= least]
    if not len(counted) and prior is None:
        raise InputError("no event tells of magnitudes", given=f"none of Mw {least:g} or more")
    first, moment = moment_from_magnitude(least), moment_from_magnitude(counted)
    beta, corner = BETAS[:, None], moment_from_magnitude(CORNERS)[None, :]
    # Density in moment: (beta / M + 1 / Mc) times the survival.
    density = np.log(beta[..., None] / moment + 1.0 / corner[..., None]).sum(-1)
    survival = beta * np.log(first / moment).sum() + ((first - moment).sum() / corner)
    log_weight = density + survival
    if prior is not None:
        log_weight = log_weight + weight_of_prior * prior.log_weight
    return TailPosterior(log_weight - log_weight.max(), least)
