"""The registered files as a list that a person can read: one line per source, and what is at hand."""

from __future__ import annotations

import os
from types import MappingProxyType

import pandas as pd

from megathrust.core import REGION_NAMES, InputError, unknown_name
from megathrust.sources import list_sources, source_path

#: Codes of the Slab2 files that are no subduction zone of Slab2.
OTHER_CODES = MappingProxyType(
    {
        "exp": "trench points of an example run around the Molucca Sea, not Explorer, without a slab grid",
        "jap": "izu and kur joined, which a table of the incoming plate and trench points are named by",
        "pan": "trench points off Panama, without a slab grid",
    }
)


def list_data(
    *,
    topic: str | None = None,
    region: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Return the registered files, one row each.

    Parameters
    ----------
    topic : str, optional
        Keep one folder, such as ``slab2``.
    region : str, optional
        Keep the files of one region and the global ones.
    data_dir : path_like, optional
        Folder of files at hand; default ``MEGATHRUST_DATA``, else the download cache.

    Returns
    -------
    DataFrame
        ``key``, ``name`` (layer), ``title``, ``topic``, ``region``, ``version``, ``bytes``, ``licence``,
        ``reference``, ``url`` and ``at_hand`` (a file of that size is there; `verify_data` proves it).

    Raises
    ------
    InputError
        If no file has such a topic or region; the message names the nearest one.
    SourceError
        If the folder does not exist.
    """
    every = list_sources()
    if topic is not None and topic not in (topics := dict.fromkeys(source.topic for source in every)):
        raise unknown_name("topic", topic, topics)
    if region is not None:
        _check_region(region, dict.fromkeys(sorted({source.region for source in every} - {""})))
    rows = []
    for source in list_sources(topic=topic, region=region):
        path = source_path(source.key, data_dir=data_dir)
        rows.append(
            {
                "key": source.key,
                "name": source.layer,
                "title": source.title,
                "topic": source.topic,
                "region": source.region,
                "version": source.version,
                "bytes": source.bytes,
                "licence": source.licence,
                "reference": source.reference,
                "url": source.url,
                "at_hand": path.is_file() and path.stat().st_size == source.bytes,
            }
        )
    return pd.DataFrame(rows)


def list_lines(files: pd.DataFrame) -> list[str]:
    """Return a table with a line per source, and below it what the codes of the regions mean.

    Parameters
    ----------
    files : DataFrame
        As `list_data` gives it.
    """
    groups = files.groupby(["topic", "name", "licence"], sort=False)
    rows = [("name", "topic", "version", "files", "MB", "here", "licence", "what")]
    for (topic, name, licence), part in groups:
        count, here = len(part), int(part["at_hand"].sum())
        state = "at hand" if here == count else f"{here} at hand" if here else "missing"
        megabytes = part["bytes"].sum() / 1e6
        size = f"{megabytes:.1f}" if megabytes >= 0.05 else "<0.1"
        titles = list(dict.fromkeys(part["title"]))
        what = titles[0] + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
        rows.append((name, topic, _span(part["version"]), str(count), size, state, licence, what))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    codes = sorted(set(files["region"]) - {""})
    named = "; ".join(f"{code} {REGION_NAMES.get(code) or OTHER_CODES[code]}" for code in codes)
    others = "; ".join(f"{code} {words}" for code, words in OTHER_CODES.items() if code not in codes)
    lines += ["", f"{len(files)} files, {files['bytes'].sum() / 1e6:.1f} MB."]
    lines += [f"Regions: {named}."] if named else []
    lines += [f"Other codes of the trench points: {others}."] if "trench_points" in set(files["name"]) else []
    return [line.rstrip() for line in lines]


def _span(versions: pd.Series) -> str:
    """Return the version of some files, or the first and last of several."""
    found = sorted(set(versions))
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _check_region(region: str, known: dict[str, None]) -> None:
    if region in known:
        return
    words = OTHER_CODES.get(region) or REGION_NAMES.get(region)
    if words is None:
        raise unknown_name("region", region, known)
    raise InputError(
        "the registry has no file of this region alone",
        given=f"{region}, {words}",
        allowed=", ".join(known),
        action="see docs/my-region.md for a region of your own",
    )
