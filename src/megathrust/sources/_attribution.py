"""Whom to thank: the attribution text that goes with everything built from public data."""

from __future__ import annotations

from collections.abc import Iterable

from megathrust.sources._registry import DataSource, find_source


def attribution(keys: Iterable[str]) -> str:
    """Return the attribution (Markdown) of the sources with these keys.

    Sources of one citation stand together: citation, DOI, licence, what the licence asks for, and each
    file with the address of its mirror and its SHA-256.

    Raises
    ------
    InputError
        If the registry does not hold a key.

    Examples
    --------
    >>> print(attribution(["seafloor/crust1.bnds"]).splitlines()[4])
    ## Laske et al. (2013), Update on CRUST1.0, Geophys. Res. Abstracts 15, EGU2013-2658
    """
    groups: dict[tuple[str, str], list[DataSource]] = {}
    for key in sorted(set(keys)):
        source = find_source(key)
        groups.setdefault((source.reference, source.licence), []).append(source)
    lines = ["# Sources", "", "Public data from which this was computed.", ""]
    for (reference, licence), sources in sorted(groups.items()):
        lines += [f"## {reference}", "", f"Licence: {licence}. {_terms(sources[0])}", ""]
        lines += [
            f"- `{source.key}`, {source.title}, version {source.version}, sha256 `{source.sha256}`"
            + (f", <{source.url}>" if source.url else "")
            for source in sources
        ]
        lines.append("")
    return "\n".join(lines)


def _terms(source: DataSource) -> str:
    if not source.derived_may_ship:
        return "For comparison only: neither the file nor numbers computed from it may be passed on."
    file_terms = "may be passed on" if source.redistributable else "is not passed on"
    derived = " under the same licence" if source.share_alike else ""
    return f"The file itself {file_terms}; numbers computed from it may be, with this citation{derived}."
