"""Catalogues that ObsPy reads: NDK, QuakeML, FDSN event text."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import SourceError
from megathrust.sources._events import event_frame, iso_times
from megathrust.sources._reading import reading

#: Element of the event frame -> attribute of ObsPy's tensor.
TENSOR = {"mrr": "m_rr", "mtt": "m_tt", "mpp": "m_pp", "mrt": "m_rt", "mrp": "m_rp", "mtp": "m_tp"}


def read_obspy_events(path: str | os.PathLike[str], *, citation: str = "") -> pd.DataFrame:
    """Read events in any format that ObsPy knows: NDK, QuakeML, FDSN event text and more.

    Parameters
    ----------
    path : path_like
        The file; the format is found by ObsPy.
    citation : str
        Whom to cite.

    Returns
    -------
    DataFrame
        An event frame (`EVENT_COLUMNS`). Position is that of the preferred origin (for NDK the centroid),
        ``time`` that of the hypocentre where there is one; preferred magnitude, and preferred focal
        mechanism with tensor in N m, nodal planes and axes where the file holds them.

    Raises
    ------
    SourceError
        If ObsPy is not installed, or does not know the file.
    """
    read_events = _import_obspy()
    with reading(path, "an event catalogue") as file:
        rows = [_row(event) for event in read_events(str(file))]
        if not rows:
            raise SourceError("the catalogue holds no event", given=file)
        columns: dict[str, Any] = dict(pd.DataFrame(rows).items())
        columns["time"] = iso_times(columns["time"])
        return event_frame(file, columns, source=file.suffix.lstrip(".").upper(), citation=citation)


def _import_obspy() -> Callable[[str], Any]:
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


def _row(event: Any) -> dict[str, Any]:
    """Return one event as a row of the event frame."""
    origin = event.preferred_origin() or event.origins[0]
    hypocentres = [candidate for candidate in event.origins if candidate.origin_type == "hypocenter"]
    magnitude = event.preferred_magnitude() or (event.magnitudes[0] if event.magnitudes else None)
    row = {
        "event_id": _identifier(event),
        "time": str((hypocentres or [origin])[0].time),
        "lon": origin.longitude,
        "lat": origin.latitude,
        "depth_km": np.nan if origin.depth is None else origin.depth * 1e-3,
        "magnitude": magnitude.mag if magnitude else np.nan,
        "magnitude_type": (magnitude.magnitude_type or "unknown") if magnitude else "",
    }
    mechanism = event.preferred_focal_mechanism() or next(iter(event.focal_mechanisms), None)
    return row | (_mechanism(mechanism) if mechanism else {})


def _identifier(event: Any) -> str:
    names = [item.text for item in event.event_descriptions if item.type == "earthquake name"]
    return str(names[0] if names else str(event.resource_id).rsplit("/", 1)[-1])


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
