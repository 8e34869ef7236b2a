"""The process that looks at files for `megathrust.core._look`; started as a script."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

# Numbers that are held at a time.
_AT_ONCE = 2**20
# How much smaller than its content a compressed file can be; this script imports nothing of the package.
_COMPRESSION = 1_100


def _hdf5(path: str) -> None:
    h5py: Any = import_module("h5py")
    size = Path(path).stat().st_size

    def look(name: str, thing: Any) -> None:
        for attribute in thing.attrs:
            _ = thing.attrs[attribute]
        if isinstance(thing, h5py.Dataset) and thing.shape:
            if thing.size * thing.dtype.itemsize > _COMPRESSION * size:
                raise ValueError(f"{name} announces {thing.size} values in {size} bytes")
            rows = max(1, _AT_ONCE // max(1, thing.size // max(1, thing.shape[0])))
            for start in range(0, thing.shape[0], rows):
                _ = thing[start : start + rows]

    with h5py.File(path, "r") as file:
        for attribute in file.attrs:
            _ = file.attrs[attribute]
        file.visititems(look)


def _parquet(path: str) -> None:
    parquet: Any = import_module("pyarrow.parquet")
    with parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
        for batch in file.iter_batches(batch_size=65_536, use_threads=False):
            batch.validate(full=True)


def _geotiff(path: str) -> None:
    rasterio: Any = import_module("rasterio")
    with rasterio.open(path, driver="GTiff") as raster:
        # One that announces more is refused by its size.
        if raster.width * raster.height <= 2**27:
            rows = max(1, _AT_ONCE // max(1, raster.width))
            window = import_module("rasterio.windows").Window
            for start in range(0, raster.height, rows):
                _ = raster.read(1, window=window(0, start, raster.width, min(rows, raster.height - start)))


_KINDS: dict[str, Callable[[str], None]] = {"hdf5": _hdf5, "parquet": _parquet, "geotiff": _geotiff}
_NEEDED = {"hdf5": "h5py", "parquet": "pyarrow.parquet", "geotiff": "rasterio"}


def _look(kind: str, path: str, seconds: float, memory: int, answer: int) -> None:
    """Look in this child, which has as much time and memory as it may have, and leave."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = _held()
    resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        _KINDS[kind](path)
        said = "ok"
    except BaseException as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
    os.write(answer, said.encode(errors="replace"))
    os._exit(0)


def _held() -> int:
    """Return the bytes of address space that this process has already, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _in_a_child(kind: str, path: str, seconds: float, memory: int) -> str:
    import_module(_NEEDED[kind])
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        _look(kind, path, seconds, memory, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        said = stream.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGALRM:
            return f"it is not read after {seconds:.0f} s"
        return f"reading it ends the process by signal {os.WTERMSIG(status)}"
    return said or "reading it ends the process"


def main() -> None:
    """Answer each line on standard input by one on standard output, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        kind, seconds, memory, name = line.rstrip("\n").split("\t")
        with contextlib.suppress(BrokenPipeError):
            said = _in_a_child(kind, os.fsdecode(bytes.fromhex(name)), float(seconds), int(memory))
            print(" ".join(said.split()) or "no answer", flush=True)


if __name__ == "__main__":
    main()
