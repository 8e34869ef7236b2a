"""netCDF files that grow along one axis, on disks that may become full."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from megathrust.core import BLOCK_ROWS, replacing

if TYPE_CHECKING:
    import xarray as xr


@contextmanager
def writing_netcdf(
    path: str | os.PathLike[str],
    *,
    axis: str = "segment",
    beside: Callable[[Path], None] | None = None,
) -> Iterator[Callable[[xr.Dataset], None]]:
    """Give a function that appends a dataset along an axis of a netCDF file, which is whole or absent.

    Parameters
    ----------
    path : path_like
        The file.
    axis : str
        The axis along which datasets follow one another; it has no fixed length. All else is written with
        the first of them, and must be the same in all.
    beside : callable, optional
        Called with the whole file ahead of its move to ``path``; if it raises, nothing stands there.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    import h5netcdf

    with replacing(path) as part:
        with _Sink(part) as sink:
            with h5netcdf.File(sink, "w") as file:
                grower = _Grower(file, axis)

                def append(dataset: xr.Dataset) -> None:
                    grower.append(dataset)
                    sink.check()

                yield append
            sink.check()
        if beside is not None:
            beside(part)


def write_netcdf(dataset: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Write a dataset as a netCDF file, whole or not at all; variables with members are compressed."""
    with writing_netcdf(path) as append:
        append(dataset)


class _Grower:
    """Appends datasets to an open file."""

    def __init__(self, file: Any, axis: str) -> None:
        self._file, self._axis, self._rows = file, axis, 0

    def append(self, dataset: xr.Dataset) -> None:
        from xarray import conventions

        variables, attributes = conventions.encode_dataset_coordinates(dataset)
        variables, attributes = conventions.cf_encoder(variables, attributes)
        start, stop = self._rows, self._rows + dataset.sizes[self._axis]
        if not start:
            self._define(dataset, variables, attributes)
        self._file.resize_dimension(self._axis, stop)
        for name, variable in variables.items():
            if self._axis in variable.dims:
                place = tuple(
                    slice(start, stop) if dim == self._axis else slice(None) for dim in variable.dims
                )
                self._file[str(name)][place] = _plain(variable.values)
        self._rows = stop

    def _define(self, dataset: xr.Dataset, variables: Any, attributes: Any) -> None:
        import h5py

        self._file.dimensions = {
            str(name): None if name == self._axis else size for name, size in dataset.sizes.items()
        }
        for key, value in attributes.items():
            self._file.attrs[str(key)] = value
        for name, variable in variables.items():
            values = _plain(variable.values)
            grows = self._axis in variable.dims
            options: dict[str, Any] = {}
            if grows:
                options["chunks"] = tuple(
                    BLOCK_ROWS if dim == self._axis else dataset.sizes[dim] for dim in variable.dims
                )
            if "member" in variable.dims[:-1]:
                options |= {"compression": "gzip", "compression_opts": 4, "shuffle": True}
            about = dict(variable.attrs)
            made = self._file.create_variable(
                str(name),
                variable.dims,
                dtype=h5py.string_dtype() if values.dtype == object else values.dtype,
                fillvalue=about.pop("_FillValue", None),
                **options,
            )
            for key, value in about.items():
                made.attrs[str(key)] = value
            if not grows:
                made[...] = values


def _plain(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return values.astype(object) if values.dtype.kind in "UT" else values


class _Sink(io.RawIOBase):
    """A file that HDF5 writes to; a full disk is kept for later: within HDF5 it would end the process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("r+b", buffering=0)
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise what went wrong since the start."""
        if self._error is not None:
            raise self._error

    def write(self, content: Any) -> int:
        size = memoryview(content).nbytes
        left = memoryview(content).cast("B")
        while self._error is None and left:
            try:
                left = left[self._file.write(left) :]
            except OSError as error:
                self._error = error
        return size

    def readinto(self, buffer: Any) -> int:
        place = memoryview(buffer).cast("B")
        read = self._file.readinto(place) or 0
        # What did not fit on the disk reads as zeros: the file is given up anyway.
        place[read:] = bytes(len(place) - read)
        return len(place)

    def truncate(self, size: int | None = None) -> int:
        try:
            return self._file.truncate(size)
        except OSError as error:
            self._error = self._error or error
            return size or 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
