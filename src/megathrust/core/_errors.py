"""The errors of megathrust: one base class, one clear sentence each."""

from __future__ import annotations

import reprlib
from pathlib import PurePath

from megathrust.core._limits import QUOTED, SENTENCE


class MegathrustError(Exception):
    """Base of every error that megathrust raises on purpose.

    The message is one sentence built from up to four parts, so that every error
    of the package tells the same things in the same order. What was given is quoted in one line and cut
    where it is long: it may come from a stranger's file.

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
        what = quoted(what)
        for most_given, most_allowed in ((QUOTED, 2 * QUOTED), (QUOTED // 2, QUOTED // 2)):
            details = [
                f"{label}: {quoted(value, most)}"
                for label, value, most in (("given", given, most_given), ("allowed", allowed, most_allowed))
                if value is not None
            ]
            sentence = what + (f" ({'; '.join(details)})" if details else "")
            sentence = f"{sentence}: {action}." if action else f"{sentence}."
            if len(sentence) <= SENTENCE:
                break
        super().__init__(sentence)


def quoted(value: object, limit: int = QUOTED) -> str:
    r"""Return anything as one line of at most ``limit`` characters.

    Examples
    --------
    >>> quoted("two\nlines"), quoted("x" * 9, limit=5)
    ('two lines', 'xxxx…')
    >>> quoted([1] * 1000, limit=20)
    '[1, 1, 1, 1, 1, 1, …'
    """
    if not isinstance(value, str):
        try:
            # Containers and long numbers are cut before they become text.
            value = str(value) if isinstance(value, PurePath | float | type) else _short(value, limit)
        except Exception:
            value = f"an unprintable {type(value).__name__}"
    # No control or unprintable character reaches a terminal.
    words = "".join(c if c.isprintable() else " " for c in value[: 4 * limit]).split()
    line = " ".join(words)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _short(value: object, limit: int) -> str:
    if isinstance(value, list | tuple | dict | set | frozenset | int):
        brief = reprlib.Repr()
        brief.maxlist = brief.maxtuple = brief.maxdict = brief.maxset = brief.maxfrozenset = 40
        brief.maxstring = brief.maxother = brief.maxlong = limit
        brief.maxlevel = 3
        return brief.repr(value)
    return str(value)


class InputError(MegathrustError, ValueError):
    """An argument or a configuration value is outside what is allowed.

    Examples
    --------
    >>> from megathrust.splits import ChunkSplitter
    >>> try:
    ...     ChunkSplitter(exclusion_km=-1.0)
    ... except InputError as error:
    ...     print(error)
    the exclusion distance is out of range (given: -1.0; allowed: >= 0).
    """


class TableError(MegathrustError, ValueError):
    """A feature table or a file of it cannot be used as it is.

    Examples
    --------
    >>> from megathrust.testing import synthetic_table
    >>> try:
    ...     synthetic_table().target("MW_2030")
    ... except TableError as error:
    ...     print(error)
    the table has no such target (given: MW_2030; allowed: MW).
    """


class SourceError(MegathrustError, OSError):
    """A public data set is missing, altered, or cannot be read.

    Examples
    --------
    >>> from megathrust.sources import read_user_layers
    >>> try:
    ...     read_user_layers("absent.yaml")
    ... except SourceError as error:
    ...     print(type(error).__mro__[1].__name__)
    MegathrustError
    """


class ModelError(MegathrustError, ValueError):
    """A saved model cannot be used: wrong kind, damaged, or made for other features.

    Examples
    --------
    >>> from megathrust.models import load_model
    >>> try:
    ...     load_model("great-hopes")
    ... except ModelError as error:
    ...     print(error)
    there is no such model (given: great-hopes; allowed: a model folder or a released model: great-...
    """


class OutputError(MegathrustError, OSError):
    """A result cannot be written where it was asked for.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.table import write_table
    >>> from megathrust.testing import synthetic_table
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(f"{folder}/note.txt").write_text("not a folder")
    ...     try:
    ...         write_table(synthetic_table(), f"{folder}/note.txt/table.csv")
    ...     except OutputError as error:
    ...         print(str(error).replace(folder, "FOLDER"))
    the output cannot be written (given: FOLDER/note.txt/table.csv, ...
    """
