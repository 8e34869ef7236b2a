"""The one reader of delimited text: a field belongs to the column above it, or the file is refused."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from megathrust.core._errors import MegathrustError, SourceError

if TYPE_CHECKING:
    import pandas as pd

#: Separator that stands for any run of spaces and tabs.
WHITESPACE = r"\s+"
#: Key of the number of lines among the rows that are comments.
COMMENTED = "commented out"


class _Line(NamedTuple):
    number: int
    fields: list[str]


def read_text_table(
    path: str | os.PathLike[str],
    *,
    sep: str = ",",
    names: Sequence[str] | None = None,
    needed: Collection[str] = (),
    comment: str = "#",
    skip_after_heading: int = 0,
    encoding: str = "utf-8-sig",
    error: type[MegathrustError] = SourceError,
    **options: Any,
) -> pd.DataFrame:
    """Read a table of delimited text.

    Parameters
    ----------
    path : path_like
        The file, with any line ends.
    sep : str
        Separator, or `WHITESPACE`.
    names : sequence of str, optional
        Names of the columns of a file without a heading.
    needed : collection of str
        Columns that the table must have.
    comment : str
        What begins a line to be left out. The last such line above the rows is the heading where it alone
        names the columns (``# lon lat value``).
    skip_after_heading : int
        Lines between heading and rows, such as one of units.
    encoding : str
        Of the file; a byte order mark is left out.
    error : type
        Class of the errors.
    **options
        ``na_values``, ``keep_default_na`` of `pandas.read_csv`.

    Returns
    -------
    DataFrame
        Columns by the names of the heading. Empty fields that stand beyond the heading, as trailing commas
        leave them, and a first column without a name, as an index leaves it, are left out. ``attrs`` counts
        under `COMMENTED` the lines among the rows that are left out as comments.

    Raises
    ------
    MegathrustError
        Of the class ``error``: if a line has another number of fields than the heading, a name stands twice,
        a needed column is missing, there are no rows, or the file is no such text.
    """
    # Imported here: the command line names errors of this room before it needs any table.
    import pandas as pd

    file = Path(path)
    lines = _split(file, sep, encoding, error)
    comments = [line for line in lines if line.fields[0].startswith(comment)]
    rows = [line for line in lines if not line.fields[0].startswith(comment)]
    if names is not None:
        heading = list(names)
    elif not lines:
        raise error("the file is empty", given=file, allowed="a heading and rows")
    else:
        heading = _heading(comments, rows, comment, needed)
        rows = rows[1 + skip_after_heading :] if rows and heading == _stripped(rows[0].fields) else rows
    _check_heading(file, heading, needed, error)
    if not rows:
        raise error("the table has no rows", given=file)
    width = len(heading)
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    for line in rows:
        # Blank fields beyond the heading say nothing, whatever ends the line.
        if len(line.fields) < width or any(field.strip() for field in line.fields[width:]):
            raise error(
                "a line has another number of fields than the heading",
                given=f"{file}, line {line.number} with {len(line.fields)}",
                allowed=f"{width}: {', '.join(heading)}"[:200],
                action="check for a separator too many or too few; a decimal comma is none",
            )
        writer.writerow(line.fields[:width])
    body.seek(0)
    frame = pd.read_csv(
        body,
        header=None,
        names=range(width),
        index_col=False,
        low_memory=False,
        **options,
    )
    frame.columns = pd.Index(heading)
    frame = frame.loc[:, [name for name in heading if name]]
    frame.attrs[COMMENTED] = sum(line.number > rows[0].number for line in comments)
    return frame


def _split(file: Path, sep: str, encoding: str, error: type[MegathrustError]) -> list[_Line]:
    """Return the lines that hold anything, as fields."""
    try:
        text = file.read_bytes().decode(encoding)
        if "\0" in text:
            raise csv.Error("it holds zero bytes")
        if sep == WHITESPACE:
            reader = csv.reader(
                io.StringIO(text.replace("\t", " "), newline=""), delimiter=" ", skipinitialspace=True
            )
        else:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=sep, skipinitialspace=sep == ",")
        lines = [_Line(reader.line_num, fields) for fields in reader]
    except (UnicodeDecodeError, csv.Error) as reason:
        raise error(
            "the file is no readable table of text",
            given=f"{file}: {reason}",
            allowed=f"text in {encoding.removesuffix('-sig').upper()}",
        ) from reason
    return [line for line in lines if any(field.strip() for field in line.fields)]


def _stripped(fields: Sequence[str]) -> list[str]:
    """Return the names of a heading, without blank ones behind the last."""
    names = [field.strip() for field in fields]
    while names and not names[-1]:
        names.pop()
    return names


def _heading(
    comments: Sequence[_Line], rows: Sequence[_Line], comment: str, needed: Collection[str]
) -> list[str]:
    """Return the names of the columns: the first line that is no comment, or the last comment above it."""
    first = _stripped(rows[0].fields) if rows else []
    above = [line for line in comments if not rows or line.number < rows[0].number]
    if not above:
        return first
    last = list(above[-1].fields)
    last[0] = last[0].lstrip(comment + " ")
    marked = _stripped(last if last[0] else last[1:])
    if needed:
        return first if set(needed) <= set(first) or not set(needed) <= set(marked) else marked
    return marked if all(_is_number(field) for field in first) else first


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def _check_heading(
    file: Path, heading: Sequence[str], needed: Collection[str], error: type[MegathrustError]
) -> None:
    if all(map(_is_number, heading)):
        raise error(
            "the table has no heading",
            given=f"{file}: {', '.join(heading)}"[:200],
            allowed="names of the columns above the rows",
        )
    missing = [name for name in needed if name not in heading]
    if missing:
        raise error(
            "columns are missing in the table",
            given=f"{file} without {', '.join(missing)}",
            allowed=", ".join(needed),
        )
    twice = sorted({name for name in heading if heading.count(name) > 1})
    if twice or "" in heading[1:]:
        raise error(
            "the names in the heading do not tell the columns apart",
            given=f"{file}: {', '.join(heading)}"[:200],
            allowed="one name per column, each once",
        )
