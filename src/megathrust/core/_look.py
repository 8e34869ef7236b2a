"""A look at a stranger's binary file in a process of its own, so that it hangs or breaks nothing here."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import Literal

from megathrust.core._limits import LOOK_BYTES, LOOK_SECONDS, LOOK_SECONDS_PER_MEGABYTE

Format = Literal["hdf5", "parquet", "geotiff"]


def look_through(path: Path, kind: Format) -> None:
    """Read a file once from end to end in another process, with bounded time and memory.

    Libraries for binary formats can be made to loop for ever, to ask for any amount of memory, or to end the
    whole process. A file that passes is then read here; the look is remembered until the file changes.

    Raises
    ------
    ValueError
        If the look ends in an error, takes too long, or kills its process.
    """
    status = path.stat()
    # The process that looks may have been started elsewhere: it is told the whole name.
    _look_once(str(path.absolute()), status.st_size, status.st_mtime_ns, status.st_ino, kind)


@lru_cache(maxsize=4096)
def _look_once(path: str, size: int, mtime_ns: int, inode: int, kind: Format) -> None:
    """Look; size, time and inode are arguments so that a changed file is looked at again."""
    seconds = LOOK_SECONDS + LOOK_SECONDS_PER_MEGABYTE * size / 2**20
    with _lock:
        said = _looker().ask(path, kind, seconds)
    if said != "ok":
        raise ValueError(said)


# One question at a time: answers come through one pipe.
_lock = threading.Lock()


class _Looker:
    """A process that waits for names of files and looks at each in a child of its own."""

    def __init__(self) -> None:
        # Imported here: most commands look at nothing.
        import subprocess

        # The program is this Python, and names of files go through a pipe, never through a command line.
        self._process = subprocess.Popen(  # nosec B603
            [sys.executable, "-P", str(Path(__file__).with_name("_look_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.owner = os.getpid()

    @property
    def alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(self, path: str, kind: Format, seconds: float) -> str:
        import selectors

        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = f"{kind}\t{seconds}\t{LOOK_BYTES}\t{os.fsencode(path).hex()}\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            # The process ends its child in time; this is for the case that it cannot.
            if not selector.select(2.0 * seconds + 60.0):
                self.close()
                return "it takes too long to read"
        return (
            self._process.stdout.readline().decode(errors="replace").strip() or "reading it ends the process"
        )

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()


_found: list[_Looker] = []


def _looker() -> _Looker:
    if not _found or not _found[0].alive:
        _found[:] = [_Looker()]
        atexit.register(_found[0].close)
    return _found[0]
