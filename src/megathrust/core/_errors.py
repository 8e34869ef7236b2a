"""The errors of megathrust: one base class, one clear sentence each."""

from __future__ import annotations


class MegathrustError(Exception):
    """Base of every error that megathrust raises on purpose.

    The message is one sentence built from up to four parts, so that every error
    of the package tells the same things in the same order.

    Parameters
    ----------
    what : str
        What is wrong, without a final full stop.
    given : object, optional
        What the user gave.
    allowed : object, optional
        What would have been accepted.
    action : str, optional
        What the user can do about it.

    Examples
    --------
    >>> print(InputError("the exclusion distance is negative", given=-5, allowed=">= 0 km"))
    the exclusion distance is negative (given: -5; allowed: >= 0 km).
    """

    def __init__(
        self, what: str, *, given: object = None, allowed: object = None, action: str | None = None
    ) -> None:
        details = [
            f"{label}: {value}"
            for label, value in (("given", given), ("allowed", allowed))
            if value is not None
        ]
        sentence = what + (f" ({'; '.join(details)})" if details else "")
        super().__init__(f"{sentence}: {action}." if action else f"{sentence}.")


class InputError(MegathrustError, ValueError):
    """An argument or a configuration value is outside what is allowed."""


class TableError(MegathrustError, ValueError):
    """A feature table or a file of it cannot be used as it is."""


class SourceError(MegathrustError, OSError):
    """A public data set is missing, altered, or cannot be read."""


class ModelError(MegathrustError, ValueError):
    """A saved model cannot be used: wrong kind, damaged, or made for other features."""


class OutputError(MegathrustError, OSError):
    """A result cannot be written where it was asked for."""
