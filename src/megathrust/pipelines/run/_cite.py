"""What to cite for a run: the software, and the data that its table came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import chain, count
from pathlib import Path
from typing import Any

import yaml

from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._models import training_data
from megathrust.table import FeatureTable

_CITATION = "CITATION.cff"
_DOI = re.compile(r"10\.\d{4,9}/[^\s;,]+")
_SPECIAL = {"\\": r"\textbackslash{}"} | {sign: f"\\{sign}" for sign in "&%$#_{}"}


def citations(run: Run) -> str:
    """Return BibTeX of the software and of every source of the run's table.

    Sources of one reference are one entry, ``@misc``, with the text of the reference as its ``note``, year
    and DOI where the text is of one work and holds them, and the licence. Sources are those that the table
    names, and files that the registry knows by their hash; of others nothing can be said.

    Parameters
    ----------
    run : Run
        A finished run.

    Returns
    -------
    str
        Entries parted by empty lines; the keys are unique.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.pipelines.run import run
    >>> from megathrust.pipelines.settings import load_config
    >>> from megathrust.testing import synthetic_table, tiny_settings
    >>> config = load_config(**tiny_settings())
    >>> with TemporaryDirectory() as folder:
    ...     print(citations(run(synthetic_table(), config, f"{folder}/first")).splitlines()[0])
    @software{megathrust,
    """
    licences: dict[str, list[str]] = {}
    for text, licence in _sources(run.table):
        known = licences.setdefault(text, [])
        if licence not in known:
            known.append(licence)
    entries = _software()
    taken: set[str] = set()
    for text, terms in licences.items():
        entries.append(_entry("misc", _key(text, taken), _data_fields(text, terms)))
    return "\n\n".join(entries) + "\n"


def _sources(table: FeatureTable) -> Iterator[tuple[str, str]]:
    """Give reference and licence of everything that a table was made of, as far as that is known."""
    for source in table.provenance.get("sources", ()):
        if isinstance(source, Mapping):
            yield source["citation"], source["licence"]
    # The first record is the table itself.
    for record in training_data(table)[1:]:
        if not record["reference"].startswith("own file"):
            yield record["reference"], record["licence"]


def _software() -> list[str]:
    """Return the entries of ``CITATION.cff``: the package, and the study that it is based on."""
    content = yaml.safe_load(_citation_file().read_text(encoding="utf-8"))
    package = {
        "author": _authors(content),
        "title": f"{{{_escaped(content['title'])}}}",
        "version": content["version"],
        "license": content["license"],
    }
    entries = [_entry("software", "megathrust", package)]
    for reference in content.get("references", ()):
        fields = {
            "author": _authors(reference),
            "title": f"{{{_escaped(reference['title'])}}}",
            "journal": _escaped(reference.get("journal", "")),
            "year": str(reference.get("year", "")),
            "doi": reference.get("doi", ""),
        }
        entries.append(_entry(reference["type"], "megathrust-method", fields))
    return entries


def _citation_file() -> Path:
    """Return the file in the installed package, else in the checkout that it is run from."""
    package = Path(str(resources.files("megathrust")))
    inside = package / _CITATION
    return inside if inside.is_file() else package.parents[1] / _CITATION


def _authors(content: Mapping[str, Any]) -> str:
    # Double braces keep a group's name in one piece.
    names = (
        f"{{{author['name']}}}"
        if "name" in author
        else ", ".join(author[part] for part in ("family-names", "given-names") if part in author)
        for author in content["authors"]
    )
    return " and ".join(names)


def _data_fields(text: str, licences: Sequence[str]) -> dict[str, str]:
    # A semicolon parts several works; year and DOI would be those of different ones.
    doi = None if ";" in text else _DOI.search(text)
    return {
        "note": _escaped(text),
        "year": "" if ";" in text else _year(text),
        "doi": doi.group().rstrip(".)") if doi else "",
        "license": _escaped("; ".join(licences)),
    }


def _year(text: str) -> str:
    found = re.search(r"\((\d{4})\)", text)
    return found.group(1) if found else ""


def _key(text: str, taken: set[str]) -> str:
    """Return a key of first author and year that no other entry has."""
    author = re.split(r",|&|\(| et al", text)[0]
    stem = re.sub(r"[^a-z]", "", author.lower())[:24] + _year(text)
    keys = chain([stem], (f"{stem}-{number}" for number in count(2)))
    key = next(key for key in keys if key and key not in taken)
    taken.add(key)
    return key


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = (f"  {name} = {{{value}}}," for name, value in fields.items() if value)
    return "\n".join((f"@{kind}{{{key},", *lines, "}"))


def _escaped(text: str) -> str:
    """Return text in which nothing means anything to TeX."""
    return "".join(_SPECIAL.get(sign, sign) for sign in text)
