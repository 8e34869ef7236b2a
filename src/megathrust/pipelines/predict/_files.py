"""Predictions as CSV, Parquet, GeoJSON and netCDF files, written block by block."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, repeat
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from megathrust.core import InputError, replacing
from megathrust.pipelines.predict._dataset import SegmentPredictions, prediction_dataset
from megathrust.pipelines.work import writing_netcdf

Write = Callable[[SegmentPredictions], None]
# Called with the whole file ahead of its move: what fails then leaves nothing.
Beside = Callable[[Path], None]

# Rows of a row group of a Parquet file: small ones are slow to read.
_GROUP_ROWS = 65_536


def check_prediction_path(out: str | os.PathLike[str]) -> Path:
    """Return the path of a prediction file if its kind is known.

    Raises
    ------
    InputError
        If its name ends in something else.
    """
    path = Path(out)
    if path.suffix not in _WRITERS:
        raise InputError(
            "unknown kind of prediction file", given=out, allowed="names ending in " + ", ".join(_WRITERS)
        )
    return path


def writing_predictions(out: Path, beside: Beside) -> AbstractContextManager[Write]:
    """Give a function that appends predictions to a file, which is whole or absent; its name tells the kind.

    ``beside`` is called with the whole file before it stands at its place, to write what belongs to it.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    return _WRITERS[out.suffix](out, beside)


def prediction_features(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return predictions as GeoJSON features, points.

    Parameters
    ----------
    frame : DataFrame
        See `predict`.

    Returns
    -------
    list of dict
        One feature per segment, ``id`` ``region:segment``; what is missing is null, and so is the geometry
        of a segment without a position.

    References
    ----------
    RFC 7946, Butler et al. (2016), doi:10.17487/RFC7946.
    """
    # pandas turns what is missing into null, which JSON's own writer does not.
    records = json.loads(frame.to_json(orient="records", double_precision=10))
    features = []
    for record in records:
        lon, lat = record.pop("lon"), record.pop("lat")
        point = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
        name = f"{record['region']}:{record['segment']}"
        features.append({"type": "Feature", "id": name, "geometry": point, "properties": record})
    return features


@contextmanager
def _csv(path: Path, beside: Beside) -> Iterator[Write]:
    with replacing(path) as part:
        with part.open("w", encoding="utf-8", newline="") as stream:

            def write(predictions: SegmentPredictions) -> None:
                first = stream.tell() == 0
                predictions.frame.to_csv(
                    stream, index=False, header=first, float_format="%.10g", lineterminator="\n"
                )

            yield write
        beside(part)


@contextmanager
def _parquet(path: Path, beside: Beside) -> Iterator[Write]:
    waiting: list[pa.Table] = []
    with replacing(path) as part:
        writer: list[pq.ParquetWriter] = []

        def flush() -> None:
            group = pa.concat_tables(waiting)
            if not writer:
                writer.append(pq.ParquetWriter(part, group.schema))
            writer[0].write_table(group)
            waiting.clear()

        def write(predictions: SegmentPredictions) -> None:
            schema = waiting[0].schema if waiting else writer[0].schema if writer else None
            waiting.append(pa.Table.from_pandas(predictions.frame, schema=schema, preserve_index=False))
            if sum(map(len, waiting)) >= _GROUP_ROWS:
                flush()

        try:
            yield write
            if waiting:
                flush()
        finally:
            for each in writer:
                each.close()
        beside(part)


@contextmanager
def _geojson(path: Path, beside: Beside) -> Iterator[Write]:
    with replacing(path) as part:
        with part.open("w", encoding="utf-8") as stream:
            stream.write('{"type": "FeatureCollection", "features": [')
            between = chain([""], repeat(", "))

            def write(predictions: SegmentPredictions) -> None:
                for feature in prediction_features(predictions.frame):
                    stream.write(next(between) + json.dumps(feature, allow_nan=False))

            yield write
            stream.write("]}\n")
        beside(part)


@contextmanager
def _netcdf(path: Path, beside: Beside) -> Iterator[Write]:
    with writing_netcdf(path, beside=beside) as append:
        yield lambda predictions: append(prediction_dataset(predictions))


#: By the end of a file's name.
_WRITERS: MappingProxyType[str, Callable[[Path, Beside], AbstractContextManager[Write]]] = MappingProxyType(
    {".csv": _csv, ".parquet": _parquet, ".geojson": _geojson, ".nc": _netcdf}
)
