"""Events and ruptures of the user's own: read, given to their trenches, and what came of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from megathrust.features import OWN_BASIS, LabelWindow, SegmentLabels, home_regions
from megathrust.geometry import Segments, load_trench_line, trench_regions
from megathrust.sources import OwnRupture, RowRecord, read_events, read_own_ruptures, row_record

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class OwnLabels:
    """What the user adds to the labels.

    Attributes
    ----------
    events : DataFrame or None
        A catalogue.
    ruptures : tuple of OwnRupture
        Those of the regions that are built, each with its region.
    elsewhere : mapping of str to str
        Names of the other ruptures, with the reason why they do not count.
    files : tuple of Path
        The files.
    records : tuple of RowRecord
        What became of their rows.
    """

    events: pd.DataFrame | None
    ruptures: tuple[OwnRupture, ...]
    elsewhere: Mapping[str, str]
    files: tuple[Path, ...]
    records: tuple[RowRecord, ...]

    def windows(self, windows: Mapping[str, LabelWindow]) -> dict[str, LabelWindow]:
        """Return the targets, with one more where a rupture is older than all of them know: MW_<its year>."""
        oldest = min((rupture.time for rupture in self.ruptures), default=None)
        if oldest is None or oldest >= min(pd.Timestamp(one.since, tz="UTC") for one in windows.values()):
            return dict(windows)
        year = f"{oldest.year:04d}"
        return {**windows, f"MW_{year}": LabelWindow(since=f"{year}-01-01", moment_magnitudes_only=False)}

    def note(self, labels: SegmentLabels) -> dict[str, Any]:
        """Return what the provenance says of them."""
        noted: dict[str, Any] = {}
        givers = labels.frame[[f"{name}_rupture" for name in labels.windows]]
        if self.events is not None:
            own = self.events["event_id"]
            used = labels.catalogue[labels.catalogue["event_id"].isin(own)]
            on_interface = pd.concat([each[each["interface"]] for each in labels.events.values()])
            noted["events"] = {
                "file": self.files[0].name,
                "usable": len(used),
                "also_in_other_catalogues": int((used["held_by"] > 1).sum()),
                "on_an_interface": int(on_interface["event_id"].isin(own).sum()),
                "segments_labelled": int(givers.isin(set(own)).any(axis=1).sum()),
            }
        if self.ruptures or self.elsewhere:
            noted["ruptures"] = {
                "file": self.files[-1].name,
                "used": _notes_of_ruptures(self.ruptures, labels, givers),
                "not_used": dict(self.elsewhere),
            }
        return noted


def _notes_of_ruptures(
    own: tuple[OwnRupture, ...], labels: SegmentLabels, givers: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return what each rupture became; those of a trench stand in the order in which they were given."""
    found = {
        region: iter(frame.loc[frame["interface_basis"] == OWN_BASIS, "event_id"])
        for region, frame in labels.ruptures.items()
    }
    notes = []
    for rupture in own:
        event = str(next(found[rupture.region]))
        segments = int((givers == event).any(axis=1).sum())
        notes.append(
            {"name": rupture.name, "region": rupture.region, "event": event, "segments_labelled": segments}
        )
    return notes


def read_own_labels(
    events: PathLike | None, ruptures: PathLike | None, segments: Mapping[str, Segments]
) -> OwnLabels:
    """Read the user's catalogue and ruptures.

    Raises
    ------
    SourceError
        If a file cannot be read.
    InputError
        If a rupture names a region without a trench line.
    """
    frame = None if events is None else read_events(events)
    records = [] if frame is None else [row_record(frame)]
    own: list[OwnRupture] = []
    elsewhere: dict[str, str] = {}
    if ruptures is not None:
        given = read_own_ruptures(ruptures)
        lines = {region: load_trench_line(region) for region in trench_regions()}
        lines |= {region: part.line for region, part in segments.items()}
        for rupture, home in zip(given.ruptures, home_regions(given.ruptures, lines), strict=True):
            if home in segments:
                own.append(replace(rupture, region=home))
            else:
                why = f"of the region {home}, which is not built" if home else "not along any known trench"
                elsewhere[rupture.name] = why
        record = row_record(given)
        left_out = {why: list(elsewhere.values()).count(why) for why in elsewhere.values()}
        records.append(replace(record, used=len(own), left_out=left_out))
    files = tuple(Path(path) for path in (events, ruptures) if path is not None)
    return OwnLabels(frame, tuple(own), elsewhere, files, tuple(records))


def own_label_lines(noted: Mapping[str, Any]) -> list[str]:
    """Return a line for the catalogue and for every rupture of the user's own."""
    lines = []
    if "events" in noted:
        part = noted["events"]
        lines.append(
            f"{part['file']}: {part['usable']} usable events, "
            f"{part['also_in_other_catalogues']} also in other catalogues, "
            f"{part['on_an_interface']} on an interface; "
            f"they give a label to {part['segments_labelled']} segments"
        )
    if "ruptures" in noted:
        part = noted["ruptures"]
        lines += [
            f"{part['file']}: {rupture['name']} ({rupture['region']}) is {rupture['event']} and gives "
            f"a label to {rupture['segments_labelled']} segments"
            for rupture in part["used"]
        ]
        lines += [f"{part['file']}: {name} is not used, {why}" for name, why in part["not_used"].items()]
    return lines
