"""Things of one kind by the names that users know them by."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TypeVar

from megathrust.core._errors import InputError

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """A mapping from names to things of one kind that grows by a decorator and refuses unknown names.

    Parameters
    ----------
    kind : str
        What the things are called in messages, such as ``"null"``.

    Examples
    --------
    >>> rules = Registry("rule")
    >>> @rules.register("double")
    ... def double(x):
    ...     return 2 * x
    >>> rules["double"](4)
    8
    >>> rules["duoble"]
    Traceback (most recent call last):
    ...
    megathrust.core._errors.InputError: unknown rule (given: duoble; allowed: double): did you mean double.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that enters a thing under a name.

        Raises
        ------
        InputError
            If the name is taken.
        """
        if name in self._entries:
            raise InputError(f"the name of a {self._kind} is taken", given=name, action="choose another name")

        def enter(thing: T) -> T:
            self._entries[name] = thing
            return thing

        return enter

    def fill(self, package: str, files: str) -> None:
        """Import the files of a package whose names fit a pattern: whatever they register is entered."""
        folders = importlib.import_module(package).__path__
        for name in sorted(each.name for each in pkgutil.iter_modules(folders)):
            if fnmatchcase(name, files):
                importlib.import_module(f"{package}.{name}")

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            raise unknown_name(self._kind, name, self._entries)
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def unknown_name(kind: str, name: str, allowed: Iterable[str]) -> InputError:
    """Return the sentence about a name that is not there, with the nearest one that is."""
    names = list(allowed)
    return InputError(
        f"unknown {kind}", given=name, allowed=", ".join(names) or "none", action=did_you_mean(name, names)
    )


def did_you_mean(name: str, allowed: Iterable[str]) -> str | None:
    """Return a question with the nearest of the allowed names, none if no name is near.

    Examples
    --------
    >>> did_you_mean("qiuck", ["quick", "seed"])
    'did you mean quick'
    """
    near = get_close_matches(str(name), list(allowed), n=1)
    return f"did you mean {near[0]}" if near else None
