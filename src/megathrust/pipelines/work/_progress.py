"""What is told of long work on standard error: bars where somebody watches, else a line per stage."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from megathrust.core import ProgressCallback

# Seconds after which a stage that goes on is mentioned again in a log.
_EVERY = 30.0


class ProgressBars:
    """Stages of long work as they come: bars with time left on a terminal and in notebooks, else lines.

    Parameters
    ----------
    visible : bool
        Whether anything is told at all.
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> with ProgressBars(visible=False) as bars:
    ...     advance = bars.stage("training")
    ...     advance(1, 2)
    """

    def __init__(self, *, visible: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        console = Console(stderr=True)
        # In a notebook rich draws through ipywidgets.
        drawn = console.is_terminal or (console.is_jupyter and find_spec("ipywidgets") is not None)
        self._clock, self._start = clock, clock()
        self._told = visible and not drawn
        self._progress = Progress(
            TextColumn("{task.description:<44}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not (visible and drawn),
        )

    def __enter__(self) -> ProgressBars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stage(self, description: str) -> ProgressCallback:
        """Open a stage and return the function that moves it."""
        task = self._progress.add_task(description, total=None)
        self._tell(description)
        told = self._clock()

        def move(done: int, total: int) -> None:
            nonlocal told
            self._progress.update(task, completed=done, total=total)
            if self._told and 0 < done < total and self._clock() - told >= _EVERY:
                told = self._clock()
                self._tell(f"{description}: {done / total:.0%}")

        return move

    def _tell(self, words: str) -> None:
        if self._told:
            print(time_line(words, self._clock() - self._start), file=sys.stderr, flush=True)


def time_line(words: str, seconds: float) -> str:
    """Return a line of a log with minutes and seconds before it.

    Examples
    --------
    >>> time_line("figures", 75.2)
    '[ 1:15] figures'
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"[{minutes:2d}:{rest:02d}] {words}"
