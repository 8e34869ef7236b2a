"""What every heavy computation is done with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from megathrust.core import ProgressCallback
from megathrust.pipelines.work._engine import IN_TURN, Engine, open_engine
from megathrust.pipelines.work._progress import ProgressBars
from megathrust.pipelines.work._stages import Arrays, StageStore

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Work:
    """Where tasks are worked through, what is kept of them, and who watches.

    Attributes
    ----------
    store : StageStore
        Keeps the arrays of finished tasks, so that an interrupted command goes on.
    bars : ProgressBars
    engine : Engine
    device : str
        Where networks are trained, such as ``"cpu"`` or ``"cuda"``.
    """

    store: StageStore
    bars: ProgressBars
    engine: Engine
    device: str = "cpu"

    @property
    def python_engine(self) -> Engine:
        """The engine for what is Python through and through: threads would only wait for each other."""
        return self.engine if self.engine.isolated else IN_TURN

    def keyed(self, fingerprint: str) -> Work:
        """Return the same with a store that knows only what was computed from this input."""
        return replace(self, store=StageStore(self.store.folder, fingerprint))

    def compute(
        self,
        name: str,
        function: Callable[[S, T, ProgressCallback], Arrays],
        shared: S,
        tasks: Sequence[T],
        *,
        keys: Sequence[Any],
        title: str,
        threads: bool = True,
    ) -> list[Arrays]:
        """Return the arrays of every task, recalled where an earlier call had finished it.

        Parameters
        ----------
        name : str
            Tells apart what is kept.
        function : callable
            Stands at the top level of a module; called as ``function(shared, task, advance)``.
        shared : object
            What all tasks need; it travels once.
        tasks : sequence
        keys : sequence
            Whatever tells one task from another; JSON.
        title : str
            Of the progress bar.
        threads : bool
            Whether tasks may share this process.
        """
        advance = self.bars.stage(title)

        def moved(done: float) -> None:
            advance(round(1000 * done), 1000 * len(tasks))

        return self._compute(name, function, shared, tasks, keys, moved, threads)

    def compute_while(
        self,
        name: str,
        function: Callable[[S, int, ProgressCallback], Arrays],
        shared: S,
        *,
        wanted: Callable[[Sequence[Arrays]], int],
        most: int,
        key: Any,
        title: str,
        threads: bool = True,
    ) -> list[Arrays]:
        """Return the arrays of tasks 0, 1, 2, ... as far as they are wanted, and no further.

        Parameters
        ----------
        name, function, shared, title, threads
            As for `compute`; the task is its number.
        wanted : callable
            From the arrays so far to how many more tasks are to be worked through before it is asked again;
            0 ends it.
        most : int
            How many tasks there are at most.
        key : object
            Whatever tells these tasks from others; JSON.
        """
        advance = self.bars.stage(title)
        done: list[Arrays] = []
        while len(done) < most and (count := wanted(done)):
            numbers = range(len(done), min(len(done) + count, most))
            before = len(done)

            def moved(share: float, before: int = before) -> None:
                advance(round(1000 * (before + share)), 1000 * most)

            done += self._compute(
                name, function, shared, numbers, [[key, n] for n in numbers], moved, threads
            )
        return done

    def _compute(
        self,
        name: str,
        function: Callable[[S, T, ProgressCallback], Arrays],
        shared: S,
        tasks: Sequence[T],
        keys: Sequence[Any],
        moved: Callable[[float], None],
        threads: bool,
    ) -> list[Arrays]:
        """Work through what no earlier call had finished; ``moved`` hears how many tasks are done."""
        recalled = [self.store.recall(name, key) for key in keys]
        found: dict[int, Arrays] = {i: each for i, each in enumerate(recalled) if each is not None}
        missing = [i for i in range(len(tasks)) if i not in found]
        before = len(found)
        moved(before)
        engine = self.engine if threads else self.python_engine
        work = engine(function, shared, [tasks[i] for i in missing], lambda done: moved(before + done))
        for place, arrays in work:
            self.store.keep(name, keys[missing[place]], arrays)
            found[missing[place]] = arrays
        return [found[i] for i in range(len(tasks))]


@contextmanager
def passing_work(
    *,
    progress: bool = False,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
) -> Iterator[Work]:
    """Open work of which nothing is kept once the block ends.

    Parameters
    ----------
    progress : bool
        Whether to draw progress bars.
    workers, processes, scheduler
        As for `open_engine`.
    """
    with (
        TemporaryDirectory() as folder,
        ProgressBars(visible=progress) as bars,
        open_engine(workers=workers, processes=processes, scheduler=scheduler) as engine,
    ):
        yield Work(StageStore(Path(folder), ""), bars, engine)
