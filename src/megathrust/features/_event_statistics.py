"""Seismicity of segments, from events that neither give a label nor follow one that does."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from megathrust.core import (
    BoolArray,
    FloatArray,
    InputError,
    energy_from_magnitude,
    moment_from_magnitude,
)
from megathrust.features._definition import ColumnDefinition
from megathrust.features._event_b_value import LEAST_EVENTS, b_value, completeness_magnitude
from megathrust.features._event_mechanism import MECHANISM_CLASSES
from megathrust.features._target_labels import day
from megathrust.geometry import Segments

_FAMILY = "seismicity"
_EXCLUDED = "of background events (docs/labels.md)"
_B_SOURCE = "Aki 1965; Utsu 1966; Page 1968"
_SHARE_SOURCE = "Frohlich & Apperson 1992, doi:10.1029/91TC02888"
_ENERGY_SOURCE = "Choy & Boatwright 1995, doi:10.1029/95JB01969"


def _feature(name: str, long_name: str, unit: str, citation: str = "see docs/labels.md") -> ColumnDefinition:
    return ColumnDefinition(
        name, f"{long_name} {_EXCLUDED}", unit, "feature", "seismicity", _FAMILY, citation
    )


#: Definitions of the seismicity features by name, in the order of the columns.
SEISMICITY_FEATURES: Mapping[str, ColumnDefinition] = MappingProxyType(
    {
        definition.name: definition
        for definition in (
            _feature("SEIS_COUNT", "number", "1"),
            _feature("SEIS_MOMENT", "cumulative seismic moment", "N m"),
            _feature("SEIS_ENERGY", "cumulative radiated energy from magnitudes", "J", _ENERGY_SOURCE),
            _feature("SEIS_MAX", "largest magnitude", "Mw"),
            _feature("SEIS_B", "b-value", "1", _B_SOURCE),
            _feature("SEIS_B_LOW", "b-value, 5th percentile of the bootstrap,", "1", _B_SOURCE),
            _feature("SEIS_B_HIGH", "b-value, 95th percentile of the bootstrap,", "1", _B_SOURCE),
            *(
                _feature(
                    f"SEIS_{kind.upper().replace('-', '_')}",
                    f"share of {kind} mechanisms",
                    "1",
                    _SHARE_SOURCE,
                )
                for kind in MECHANISM_CLASSES
            ),
        )
    }
)


@dataclass(frozen=True, kw_only=True)
class SeismicityOptions:
    """Which events make the seismicity features.

    Attributes
    ----------
    since : str
        First day; the ISC-GEM catalogue is homogeneous from 1964 on.
    until : str, optional
        Last day; default all that the catalogue holds. Features of labels that end with a day end with it,
        too: later events would tell what happened after it.
    ceiling : float
        Events of this magnitude and above never count, in no segment. Without it the largest background
        event would tell the label of its segment, which is never smaller.
    deepest_km : float
        Deeper events are left out.
    upper_km, downgoing_km : float
        Largest distance from the trench on either side.
    half_window_km : float
        Events count for a segment up to this far along the trench from its centre.
    least_events : int
        Events above completeness that a b-value needs.
    margin_km : float
        Aftershocks reach this far beyond the ends of a rupture.
    """

    since: str = "1964-01-01"
    until: str | None = None
    ceiling: float = 7.0
    deepest_km: float = 70.0
    upper_km: float = 300.0
    downgoing_km: float = 100.0
    half_window_km: float = 150.0
    least_events: int = LEAST_EVENTS
    margin_km: float = 50.0


def region_seismicity(
    events: pd.DataFrame,
    segments: Segments,
    label_ruptures: pd.DataFrame,
    *,
    options: SeismicityOptions | None = None,
) -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    """Return the seismicity features of one trench, and the events that they are made from.

    No event that gives a label to any segment of the trench counts in any feature of it, nor does any event
    in the space and time of its aftershocks (`is_aftershock`). What is left out depends on
    ``label_ruptures`` alone, so that changing or deleting the row of such an event changes nothing.

    Parameters
    ----------
    events : DataFrame
        As from `locate_events`.
    segments : Segments
        Segments of the trench.
    label_ruptures : DataFrame
        The ruptures that give a label: ``event_id``, ``time``, ``magnitude``, ``s_start_km``, ``s_end_km``.
    options : SeismicityOptions, optional
        Which events count, and where.

    Returns
    -------
    features : DataFrame
        ``region``, ``segment`` and the columns of `SEISMICITY_FEATURES`. Sums are 0 where there is no event;
        the largest magnitude, b-value and shares are missing where they are undefined.
    used : ndarray of str
        Ids of the events that count in any feature.
    """
    options = options or SeismicityOptions()
    background = _background(events, label_ruptures, options)
    completeness = completeness_magnitude(background["magnitude"])
    s_km, magnitude, moment = (
        background[name].to_numpy(dtype=np.float64) for name in ("s_km", "magnitude", "moment_n_m")
    )
    mechanism = background["mechanism"].to_numpy(dtype=object)
    region = segments.line.region
    rows = []
    for number, centre in enumerate(segments.centre_km):
        part = np.abs(s_km - centre) <= options.half_window_km
        seed = (zlib.crc32(region.encode()), number)
        features = _sums(magnitude[part], moment[part]) | _shares(mechanism[part])
        b = b_value(
            magnitude[part],
            completeness,
            ceiling=options.ceiling,
            least_events=options.least_events,
            seed=seed,
        )
        features |= {"SEIS_B": b.value, "SEIS_B_LOW": b.low, "SEIS_B_HIGH": b.high}
        rows.append({"region": region, "segment": number, **features})
    used = background["event_id"].to_numpy(dtype=object)
    return pd.DataFrame(rows)[["region", "segment", *SEISMICITY_FEATURES]], used


def is_aftershock(events: pd.DataFrame, ruptures: pd.DataFrame, *, margin_km: float = 50.0) -> BoolArray:
    """Return which events lie along a rupture, soon after it.

    Parameters
    ----------
    events : DataFrame
        ``time`` and ``s_km``.
    ruptures : DataFrame
        ``time``, ``magnitude``, ``s_start_km``, ``s_end_km``.
    margin_km : float
        How far aftershocks reach beyond the ends of a rupture.

    Returns
    -------
    ndarray of bool, shape (events,)
        True from the origin time of a rupture on, for as long as its magnitude M says: log10 of the days is
        0.5409 M - 0.547 below 6.5, 0.032 M + 2.7389 from there on (Gardner & Knopoff 1974, BSSA 64,
        1363-1367). The event of the rupture itself is among them.
    """
    magnitude = ruptures["magnitude"].to_numpy(dtype=np.float64)
    days = np.where(magnitude < 6.5, 0.5409 * magnitude - 0.547, 0.032 * magnitude + 2.7389)
    until = ruptures["time"] + pd.to_timedelta(np.rint(86400.0 * 10.0**days).astype(np.int64), unit="s")
    found = np.zeros(len(events), dtype=bool)
    s_km = events["s_km"].to_numpy()
    for begin, end, first, last in zip(
        ruptures["time"], until, ruptures["s_start_km"], ruptures["s_end_km"], strict=True
    ):
        along = (s_km >= first - margin_km) & (s_km <= last + margin_km)
        found |= along & (events["time"] >= begin).to_numpy() & (events["time"] <= end).to_numpy()
    return found


def check_labels_excluded(used: npt.ArrayLike, label_ids: pd.DataFrame) -> None:
    """Make sure that no event gives both a label and a feature.

    Parameters
    ----------
    used : array_like of str
        Ids of the events behind the seismicity features of a trench.
    label_ids : DataFrame
        Ids of the events that give the labels of its segments, one column per target, missing where none.

    Raises
    ------
    InputError
        With the first such event, if there is one.

    Examples
    --------
    >>> check_labels_excluded(["a", "b"], pd.DataFrame({"MW_1976_rupture": ["c", None]}))
    """
    givers = label_ids.to_numpy(dtype=object).ravel()
    both = np.intersect1d(np.asarray(used, dtype=str), givers[pd.notna(givers)].astype(str))
    if len(both):
        raise InputError(
            "an event gives a label and also counts in a seismicity feature",
            given=f"{both[0]} and {len(both) - 1} more" if len(both) > 1 else str(both[0]),
            action="leave the events that give labels out of the features",
        )


def _background(
    events: pd.DataFrame, label_ruptures: pd.DataFrame, options: SeismicityOptions
) -> pd.DataFrame:
    keep = (
        (events["time"] >= pd.Timestamp(options.since, tz="UTC"))
        & (events["magnitude"] < options.ceiling)
        & (events["depth_km"] <= options.deepest_km)
        & events["n_km"].between(-options.upper_km, options.downgoing_km)
        & ~events["event_id"].isin(label_ruptures["event_id"])
    )
    if options.until is not None:
        keep &= events["time"] < day(options.until) + pd.Timedelta(days=1)
    part = events[keep]
    return part[~is_aftershock(part, label_ruptures, margin_km=options.margin_km)]


def _sums(magnitude: FloatArray, moment: FloatArray) -> dict[str, float]:
    known = np.where(np.isfinite(moment), moment, moment_from_magnitude(magnitude))
    return {
        "SEIS_COUNT": float(len(magnitude)),
        "SEIS_MOMENT": float(known.sum()),
        "SEIS_ENERGY": float(energy_from_magnitude(magnitude).sum()),
        "SEIS_MAX": float(magnitude.max()) if len(magnitude) else np.nan,
    }


def _shares(mechanism: npt.NDArray[np.object_]) -> dict[str, float]:
    known = mechanism[mechanism != ""]
    return {
        f"SEIS_{kind.upper().replace('-', '_')}": float((known == kind).mean()) if len(known) else np.nan
        for kind in MECHANISM_CLASSES
    }
