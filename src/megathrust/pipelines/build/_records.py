"""What became of the rows of every source of a table, for its provenance and for the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from megathrust.pipelines.build._own_labels import own_label_lines
from megathrust.pipelines.build._trenches import SHIPPED
from megathrust.sources import RowRecord, find_source, row_record
from megathrust.table import FeatureTable

#: A layer of more files than this gets one line for all of them; the provenance has each.
_SINGLY = 20


def records_by_file(records: Iterable[tuple[str, RowRecord]]) -> dict[str, dict[str, Any]]:
    """Return records as the provenance keeps them: by key, or by name of a file of the user's own."""
    kept = {}
    for key, record in records:
        entry = asdict(record)
        name = entry.pop("file")
        kept[key or name] = entry
    return dict(sorted(kept.items()))


def build_lines(table: FeatureTable) -> list[str]:
    """Return what a reader of the log must know of a built table, a sentence or a ``#`` line each.

    Rows of every source; trench lines that are not published ones; what labels do without; features that are
    coarser or empty in a region.

    Parameters
    ----------
    table : FeatureTable
        As `build_table` gives it.
    """
    provenance = table.provenance
    lines = record_lines(provenance["rows"])
    for region, trench in provenance["trench_lines"].items():
        if trench["origin"] != SHIPPED:
            lines.append(f"{region}: trench line of {trench['length_km']:g} km from the {trench['origin']}")
        if trench["parts_left_out_km"]:
            lengths = ", ".join(f"{length:g}" for length in trench["parts_left_out_km"])
            lines.append(f"{region}: parts of the trench beyond a gap are left out, of {lengths} km")
    lines += own_label_lines(provenance.get("own_labels", {}))
    lines += [
        f"{region}: labels know no published rupture extents and no list of events off the interface, "
        "which go by the codes of Slab2"
        for region in provenance["labels_without_published_ruptures"]
    ]
    for region, features in provenance.get("filled_features", {}).items():
        for name, by_source in features.items():
            filled = "; ".join(
                f"{len(segments)} segments from {source}" for source, segments in by_source.items()
            )
            lines.append(f"{region} fills gaps of {name}: {filled}")
    for kind, words in (("coarser_features", "takes from coarser files"), ("empty_features", "has no")):
        for region, reasons in provenance[kind].items():
            for reason in sorted(set(reasons.values())):
                names = ", ".join(name for name, why in reasons.items() if why == reason)
                lines.append(f"{region} {words} {names}: {reason}")
    return lines


def record_lines(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line per source: rows read, used, left out and why; layers of many files have one line.

    Parameters
    ----------
    records : mapping
        As `records_by_file` gives them.

    Examples
    --------
    >>> record = {"unit": "rows", "read": 9, "used": 7, "left_out": {"no place": 2}, "withheld": {}}
    >>> record_lines({"a.csv": record})
    ['# a.csv: 9 rows read, 7 used; left out: 2 no place']
    """
    layers: dict[str, list[str]] = {}
    for name in records:
        layers.setdefault(_layer(name), []).append(name)
    lines = []
    for layer, names in layers.items():
        if len(names) > _SINGLY:
            lines.append(f"# {_summed(f'{len(names)} files of {layer}', [records[name] for name in names])}")
        else:
            lines += [f"# {RowRecord(file=name, **records[name])}" for name in names]
    return lines


def _layer(name: str) -> str:
    """Return the layer of a registered file; a file of the user's own stands alone."""
    return find_source(name).layer if "/" in name else name


def _summed(name: str, records: list[Mapping[str, Any]]) -> RowRecord:
    sums = {
        kind: dict(sum((Counter(record[kind]) for record in records), Counter()))
        for kind in ("left_out", "withheld")
    }
    return RowRecord(
        file=name,
        unit=records[0]["unit"],
        read=sum(record["read"] for record in records),
        used=sum(record["used"] for record in records),
        **sums,
    )


def own_records(layers: Iterable[Any], others: Iterable[RowRecord | None]) -> list[tuple[str, RowRecord]]:
    """Return what became of the rows of the user's own files, which have no key."""
    found = [*(row_record(layer) for layer in layers), *others]
    return [("", each) for each in found if each is not None]
