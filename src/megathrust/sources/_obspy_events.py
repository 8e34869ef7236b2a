"""Catalogues that ObsPy reads: NDK, QuakeML, FDSN event text."""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from megathrust.core import DOCUMENT_BYTES, SourceError, check_choice
from megathrust.sources._events import event_frame, iso_times, named_few
from megathrust.sources._reading import reading

#: Element of the event frame -> attribute of ObsPy's tensor.
TENSOR = {"mrr": "m_rr", "mtt": "m_tt", "mpp": "m_pp", "mrt": "m_rt", "mrp": "m_rp", "mtp": "m_tp"}


#: First line of an NDK event: catalogue, date, time.
NDK_LINE = re.compile(r".{4} \d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}")

Position = Literal["preferred", "hypocentre", "centroid"]


def read_obspy_events(
    path: str | os.PathLike[str], *, citation: str = "", position: Position = "preferred"
) -> pd.DataFrame:
    """Read events in any format that ObsPy knows: NDK, QuakeML, FDSN event text and more.

    Parameters
    ----------
    path : path_like
        The file; the format is found by its content.
    citation : str
        Whom to cite.
    position : {"preferred", "hypocentre", "centroid"}
        Which origin gives time, longitude, latitude and depth, all four: the one that the file prefers (else
        the first of an event), or the one of that type. NDK prefers none; there it is the hypocentre.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`). Magnitude and mechanism are of one solution: the preferred
        magnitude, and the preferred mechanism, else the one that names this magnitude, else one of its
        agency, one with a tensor first. Tensors are in N m. Identifiers are the names of NDK, the event
        identifiers of the ANSS catalogue, else the public identifiers of QuakeML. The record in ``attrs``
        counts events left out, and moments that do not fit their Mw.

    Raises
    ------
    SourceError
        If ObsPy is not installed or does not know the file, or two events have one identifier.
    """
    check_choice("position", position, get_args(Position))
    read_events = _import_obspy()
    with reading(path, "an event catalogue", most_bytes=DOCUMENT_BYTES) as file:
        with warnings.catch_warnings(record=True) as unread:
            warnings.simplefilter("always")
            events, names = _events(file, read_events)
        rows = [row for event in events if (row := _row(event, position)) is not None]
        if not rows:
            raise SourceError("the catalogue holds no event with a place", given=file)
        left_out = {f"without a {position} origin": len(events) - len(rows)}
        # Of NDK, ObsPy warns of the events that it skips, which are counted by name.
        warned = 0 if names else sum(issubclass(one.category, UserWarning) for one in unread)
        withheld = {
            "preferences for what the file lacks": sum(map(_lacking, events)),
            "fields that ObsPy could not read": warned,
        }
        skipped = [name for name in names if name not in {_identifier(event) for event in events}]
        if names:
            left_out[f"unreadable ({named_few(skipped)})"] = len(names) - len(events)
        columns: dict[str, Any] = dict(pd.DataFrame(rows).items())
        columns["time"] = iso_times(columns["time"])
        source = file.suffix.lstrip(".").upper()
        return event_frame(
            file, columns, source=source, citation=citation, left_out=left_out, withheld=withheld
        )


def _events(file: Path, read_events: Callable[..., Any]) -> tuple[list[Any], list[str]]:
    """Return the events that ObsPy can read and, of an NDK file, the names of all of its events.

    ObsPy knows NDK by a first event below sea level, takes any other encoding than UTF-8 for a damaged file,
    and loses its place at blank lines.
    """
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if text.startswith("#EventID"):
        return list(read_events(io.BytesIO(text.encode()))), []
    if not NDK_LINE.match(text):
        if re.search(rb"<!(DOCTYPE|ENTITY)", raw):
            # An entity may name a file of this machine, or grow without end.
            raise ValueError("it declares entities of XML, which no catalogue needs")
        # As bytes: of a name ObsPy would make a pattern, an address, or an archive to unpack.
        return list(read_events(io.BytesIO(raw))), []
    # The columns of NDK are counted in characters.
    lines = [line.encode("ascii", errors="replace") for line in text.splitlines() if line.strip()]
    blocks = [b"\n".join(lines[first : first + 5]) for first in range(0, len(lines), 5)]
    return _ndk_events(blocks, read_events), [line[:16].decode().strip() for line in lines[1::5]]


def _ndk_events(blocks: Sequence[bytes], read_events: Callable[..., Any]) -> list[Any]:
    """Read events of five lines, without those over which ObsPy gives up the whole file."""
    from obspy.io.ndk.core import ObsPyNDKException

    try:
        return list(read_events(io.BytesIO(b"\n".join(blocks)), format="NDK"))
    except (ObsPyNDKException, StopIteration, ValueError, LookupError, TypeError):
        half = len(blocks) // 2
        if not half:
            return []
        return _ndk_events(blocks[:half], read_events) + _ndk_events(blocks[half:], read_events)


def _import_obspy() -> Callable[..., Any]:
    try:
        with warnings.catch_warnings():
            # ObsPy finds its plug-ins through interfaces that newer Pythons deprecate.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", UserWarning)
            from obspy import read_events
    except ImportError as error:
        raise SourceError(
            "reading NDK, QuakeML or FDSN event text needs ObsPy, which is not installed",
            action="install it with: pip install 'megathrust[catalogs]'",
        ) from error
    return read_events  # type: ignore[no-any-return]


def _row(event: Any, position: Position) -> dict[str, Any] | None:
    """Return one event as a row of the event frame, none where it has no such origin."""
    origin = _origin(event, position)
    if origin is None:
        return None
    magnitude = _magnitude_of(event)
    row = {
        "event_id": _identifier(event),
        "time": str(origin.time) if origin.time is not None else None,
        "lon": origin.longitude,
        "lat": origin.latitude,
        "depth_km": np.nan if origin.depth is None else origin.depth * 1e-3,
        "magnitude": magnitude.mag if magnitude else np.nan,
        "magnitude_type": (magnitude.magnitude_type or "unknown") if magnitude else "",
    }
    mechanism = _mechanism_of(event, magnitude)
    return row | (_mechanism(mechanism) if mechanism else {})


def _of_id(things: Sequence[Any], identifier: Any) -> Any:
    """Return the thing of an identifier, none without; ObsPy's own look-up searches other files as well."""
    return next((thing for thing in things if identifier and thing.resource_id == identifier), None)


def _origin(event: Any, position: Position) -> Any:
    kind = {"hypocentre": "hypocenter", "centroid": "centroid"}.get(position)
    if kind is None and event._format == "NDK":
        kind = "hypocenter"
    if kind is not None:
        return next((origin for origin in event.origins if origin.origin_type == kind), None)
    return _of_id(event.origins, event.preferred_origin_id) or next(iter(event.origins), None)


def _lacking(event: Any) -> int:
    """Count the origin and the magnitude that an event prefers although the file does not hold them."""
    wanted = (
        (event.origins, event.preferred_origin_id),
        (event.magnitudes, event.preferred_magnitude_id),
    )
    return sum(bool(identifier) and _of_id(things, identifier) is None for things, identifier in wanted)


def _identifier(event: Any) -> str:
    if event._format == "NDK":
        return str(event.resource_id).split("/")[-2]
    anss = event.get("extra", {})
    if "eventid" in anss:
        return str(anss.get("eventsource", {"value": ""})["value"]) + str(anss["eventid"]["value"])
    return str(event.resource_id)


def _magnitude_of(event: Any) -> Any:
    """Return the magnitude that the file prefers, else that of its preferred mechanism, else the first."""
    preferred = _of_id(event.magnitudes, event.preferred_magnitude_id)
    mechanism = _of_id(event.focal_mechanisms, event.preferred_focal_mechanism_id)
    if preferred is not None or not event.magnitudes or mechanism is None:
        return preferred or next(iter(event.magnitudes), None)
    return max(event.magnitudes, key=lambda magnitude: _belong_together(mechanism, magnitude))


def _mechanism_of(event: Any, magnitude: Any) -> Any:
    """Return the mechanism that the file prefers, else that of the solution that gave the magnitude."""
    preferred = _of_id(event.focal_mechanisms, event.preferred_focal_mechanism_id)
    if preferred is not None or not event.focal_mechanisms:
        return preferred
    return max(
        event.focal_mechanisms,
        key=lambda one: (
            *_belong_together(one, magnitude),
            bool(one.moment_tensor and one.moment_tensor.tensor),
        ),
    )


def _belong_together(mechanism: Any, magnitude: Any) -> tuple[bool, bool]:
    """Whether a mechanism names a magnitude as its own, and whether both are of one agency."""
    tensor, agency = mechanism.moment_tensor, _agency(magnitude)
    named = bool(tensor and magnitude and tensor.moment_magnitude_id == magnitude.resource_id)
    return named, bool(agency) and _agency(mechanism) == agency


def _agency(thing: Any) -> str:
    return str((thing and thing.creation_info and thing.creation_info.agency_id) or "")


def _mechanism(mechanism: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if mechanism.moment_tensor is not None:
        row["moment_n_m"] = mechanism.moment_tensor.scalar_moment
        if mechanism.moment_tensor.tensor is not None:
            row |= {new: getattr(mechanism.moment_tensor.tensor, old) for new, old in TENSOR.items()}
    for number in (1, 2):
        plane = getattr(mechanism.nodal_planes, f"nodal_plane_{number}", None)
        if plane is not None:
            row |= {f"{name}{number}": getattr(plane, name) for name in ("strike", "dip", "rake")}
    for short, name in (("t", "t_axis"), ("b", "n_axis"), ("p", "p_axis")):
        axis = getattr(mechanism.principal_axes, name, None)
        if axis is not None:
            row |= {f"{short}_azimuth": axis.azimuth, f"{short}_plunge": axis.plunge}
    return row
