"""The one reader of delimited text: a field belongs to the column above it, or the file is refused."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from megathrust.core._errors import MegathrustError, SourceError
from megathrust.core._limits import TABLE_CELLS, TABLE_COLUMNS, TEXT_BYTES
from megathrust.core._reading import reading

if TYPE_CHECKING:
    import pandas as pd

#: Separator that stands for any run of spaces and tabs.
WHITESPACE = r"\s+"
#: Key of the number of lines among the rows that are comments.
COMMENTED = "commented out"

# Characters; a table of 5,000 columns of long numbers has fewer.
_LONGEST_LINE = 2**21


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
    options |= {"sep": sep, "names": names, "needed": needed, "comment": comment, "encoding": encoding}
    options |= {"skip_after_heading": skip_after_heading, "error": error}
    return next(_frames(Path(path), None, **options))


def iter_text_table(
    path: str | os.PathLike[str],
    *,
    rows_per_block: int,
    error: type[MegathrustError] = SourceError,
    **options: Any,
) -> Iterator[pd.DataFrame]:
    """Read a table of delimited text in blocks of rows, so that memory depends on the block.

    A column has in each block the type of what it holds there.

    Parameters
    ----------
    path : path_like
        The file.
    rows_per_block : int
        Rows of every block but the last.
    error : type
        Class of the errors.
    **options
        As for `read_text_table`.

    Raises
    ------
    MegathrustError
        As by `read_text_table`; of a line, when its block is due.
    """
    return _frames(Path(path), rows_per_block, error=error, **options)


def _frames(
    file: Path,
    rows_per_block: int | None,
    *,
    sep: str = ",",
    names: Sequence[str] | None = None,
    needed: Collection[str] = (),
    comment: str = "#",
    skip_after_heading: int = 0,
    encoding: str = "utf-8-sig",
    error: type[MegathrustError] = SourceError,
    **options: Any,
) -> Iterator[pd.DataFrame]:
    """Give the frames of a table: one of all rows, or blocks of some."""
    most = TEXT_BYTES if rows_per_block is None else None
    with reading(file, "a table of text", error=error, most_bytes=most):
        lines = _split(file, sep, encoding, error)
        above, first = _above_the_rows(lines, comment)
        if names is None and above is None and first is None:
            raise error("the file is empty", given=file, allowed="a heading and rows")
        heading = list(names) if names is not None else _heading(above, first, comment, needed)
        _check_heading(file, heading, needed, error)
        if names is None and first is not None and heading == _stripped(first.fields):
            rows = (line for line in lines if not line.fields[0].startswith(comment))
            for _ in range(skip_after_heading):
                next(rows, None)
            first = None
        left = lines if first is None else chain([first], lines)
        bodies = _bodies(file, left, heading, rows_per_block, comment, error)
        for body, commented in bodies:
            frame = _parsed(body, heading, options)
            frame.attrs[COMMENTED] = commented
            yield frame


def _above_the_rows(lines: Iterator[_Line], comment: str) -> tuple[_Line | None, _Line | None]:
    """Return the last comment above the first line that is none, and that line."""
    above = None
    for line in lines:
        if not line.fields[0].startswith(comment):
            return above, line
        above = line
    return above, None


def _bodies(
    file: Path,
    lines: Iterable[_Line],
    heading: Sequence[str],
    rows_per_block: int | None,
    comment: str,
    error: type[MegathrustError],
) -> Iterator[tuple[io.StringIO, int]]:
    """Give rows of as many fields as the heading as text, and how many comments stood among them so far."""
    width, commented, rows, total = len(heading), 0, 0, 0
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    for line in lines:
        if line.fields[0].startswith(comment):
            # Above the first row they say something of the table.
            commented += total > 0
            continue
        # Blank fields beyond the heading say nothing, whatever ends the line.
        if len(line.fields) < width or any(field.strip() for field in line.fields[width:]):
            raise error(
                "a line has another number of fields than the heading",
                given=f"{file}, line {line.number} with {len(line.fields)}",
                allowed=f"{width}: {', '.join(heading)}"[:200],
                action="check for a separator too many or too few; a decimal comma is none",
            )
        writer.writerow(line.fields[:width])
        rows, total = rows + 1, total + 1
        if rows_per_block is None and total * width > TABLE_CELLS:
            raise error("the table has too many cells to be read as a whole", given=file, allowed=TABLE_CELLS)
        if rows == rows_per_block:
            yield body, commented
            body, rows = io.StringIO(), 0
            writer = csv.writer(body, lineterminator="\n")
    if not total:
        raise error("the table has no rows", given=file)
    if rows:
        yield body, commented


def _parsed(body: io.StringIO, heading: Sequence[str], options: Mapping[str, Any]) -> pd.DataFrame:
    # Imported here: the command line names errors of this room before it needs any table.
    import pandas as pd

    body.seek(0)
    frame = pd.read_csv(
        body, header=None, names=range(len(heading)), index_col=False, low_memory=False, **options
    )
    frame.columns = pd.Index(heading)
    return frame.loc[:, [name for name in heading if name]]


def _split(file: Path, sep: str, encoding: str, error: type[MegathrustError]) -> Iterator[_Line]:
    """Give the lines that hold anything, as fields."""
    try:
        with file.open(encoding=encoding, newline="") as stream:
            text = _without_zeros(stream)
            if sep == WHITESPACE:
                spaced = (line.replace("\t", " ") for line in text)
                reader = csv.reader(spaced, delimiter=" ", skipinitialspace=True)
            else:
                reader = csv.reader(text, delimiter=sep, skipinitialspace=sep == ",")
            for fields in reader:
                if any(field.strip() for field in fields):
                    yield _Line(reader.line_num, fields)
    except (UnicodeDecodeError, csv.Error) as reason:
        raise error(
            "the file is no readable table of text",
            given=f"{file}: {reason}",
            allowed=f"text in {encoding.removesuffix('-sig').upper()}",
        ) from reason


def _without_zeros(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(_LONGEST_LINE):
        if "\0" in line:
            raise csv.Error("it holds zero bytes")
        if len(line) == _LONGEST_LINE:
            raise csv.Error(f"a line has more than {_LONGEST_LINE} characters")
        yield line


def _stripped(fields: Sequence[str]) -> list[str]:
    """Return the names of a heading, without blank ones behind the last."""
    names = [field.strip() for field in fields]
    while names and not names[-1]:
        names.pop()
    return names


def _heading(above: _Line | None, row: _Line | None, comment: str, needed: Collection[str]) -> list[str]:
    """Return the names of the columns: the first line that is no comment, or the last comment above it."""
    first = _stripped(row.fields) if row is not None else []
    if above is None:
        return first
    last = list(above.fields)
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
    if len(heading) > TABLE_COLUMNS:
        raise error(
            "the table has too many columns", given=f"{file} with {len(heading)}", allowed=TABLE_COLUMNS
        )
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
    twice = sorted(name for name, count in Counter(heading).items() if count > 1)
    if twice or "" in heading[1:]:
        raise error(
            "the names in the heading do not tell the columns apart",
            given=f"{file}: {', '.join(heading)}"[:200],
            allowed="one name per column, each once",
        )
