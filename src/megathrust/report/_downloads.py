"""Files that a page carries inside itself, and those that it cuts to the segments shown."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megathrust.report._explorer import Explorer, explorer_frame

# A spreadsheet takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class PageFile:
    """A text file inside a page.

    Attributes
    ----------
    name : str
        Under which it is saved.
    label : str
        What its button says.
    head, tail : str
        Text before and after the records.
    records : tuple of str
        One per segment, in order, where the page may leave some out; else none.
    between : str
        Parts the records.
    """

    name: str
    label: str
    head: str
    records: tuple[str, ...] = ()
    between: str = ""
    tail: str = ""

    @property
    def text(self) -> str:
        """The whole file."""
        return self.head + self.between.join(self.records) + self.tail


def segment_files(explorer: Explorer, name: str = "segments") -> tuple[PageFile, PageFile]:
    """Return all that is known of every segment as CSV and as GeoJSON of points.

    References
    ----------
    RFC 4180 (CSV); RFC 7946 (GeoJSON), doi:10.17487/RFC7946.
    """
    frame = explorer_frame(explorer)
    safe = frame.assign(**{column: _no_formula(frame[column]) for column in frame if _is_text(frame[column])})
    lines = tuple(
        _csv_line([_cell(value) for value in row]) for row in safe.itertuples(index=False, name=None)
    )
    collection = '{"type": "FeatureCollection", "features": [\n', ",\n", "\n]}\n"
    # A map elsewhere wants predictions and labels; the features of a segment are in the CSV file.
    features = tuple(_features(frame.drop(columns=_features_of(explorer)), explorer.keys))
    return (
        PageFile(f"{name}.csv", "Segments (CSV)", _csv_line(list(safe.columns)), lines),
        PageFile(
            f"{name}.geojson", "Segments (GeoJSON)", collection[0], features, collection[1], collection[2]
        ),
    )


def _features_of(explorer: Explorer) -> list[str]:
    return [variable.key for variable in explorer.variables if variable.ranked and variable.spread is None]


def packed(files: Mapping[str, PageFile]) -> dict[str, dict[str, str]]:
    """Return files as the page carries them: JSON, compressed, as text."""
    return {key: {"name": file.name, "label": file.label, "data": _pack(file)} for key, file in files.items()}


def _pack(file: PageFile) -> str:
    content = {"head": file.head, "records": file.records, "between": file.between, "tail": file.tail}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Without a time in it, equal files give equal bytes.
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode("ascii")


def _features(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    # pandas turns what is missing into null, which JSON's own writer does not.
    records = json.loads(frame.to_json(orient="records", double_precision=10))
    return [
        json.dumps(_feature(key, record), ensure_ascii=False)
        for key, record in zip(keys, records, strict=True)
    ]


def _feature(key: str, record: dict[str, Any]) -> dict[str, Any]:
    lon, lat = record.pop("lon"), record.pop("lat")
    point = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": key, "geometry": point, "properties": record}


def _csv_line(cells: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def _cell(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def _no_formula(column: pd.Series) -> pd.Series:
    return column.map(
        lambda value: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
    )
