"""From event frames, segments and slabs of several regions to labels and seismicity features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megathrust.core import InputError, short_repr
from megathrust.features._event_catalogue import OWN_CATALOGUE, merge_catalogues
from megathrust.features._event_interface import InterfaceRule, SlabGrids, locate_events
from megathrust.features._event_statistics import SeismicityOptions, check_labels_excluded, region_seismicity
from megathrust.features._rupture_events import RuptureSources, find_ruptures
from megathrust.features._rupture_own import OWN_BASIS
from megathrust.features._target_labels import LABEL_WINDOWS, LabelWindow, label_segments
from megathrust.geometry import Segments


@short_repr
@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentLabels:
    """Labels of the segments of several regions, and all that they were made from.

    Attributes
    ----------
    frame : DataFrame
        ``region``, ``segment`` and the label columns of `label_segments`, regions in the order given.
    catalogue, merges : DataFrame
        The merged catalogue, and what came from where (`merge_catalogues`).
    events : mapping of str to DataFrame
        By region the events near the trench (`locate_events`). An event that lies on the interfaces of two
        slabs is flagged for the nearer one only.
    ruptures : mapping of str to DataFrame
        By region the ruptures (`find_ruptures`).
    segments : mapping of str to Segments
        As given.
    windows : tuple of str
        Names of the targets.
    """

    frame: pd.DataFrame
    catalogue: pd.DataFrame
    merges: pd.DataFrame
    events: Mapping[str, pd.DataFrame]
    ruptures: Mapping[str, pd.DataFrame]
    segments: Mapping[str, Segments]
    windows: tuple[str, ...]


def label_columns(
    catalogues: Mapping[str, pd.DataFrame],
    segments: Mapping[str, Segments],
    slabs: Mapping[str, SlabGrids],
    *,
    sources: RuptureSources | None = None,
    rule: InterfaceRule | None = None,
    windows: Mapping[str, LabelWindow] = LABEL_WINDOWS,
) -> SegmentLabels:
    """Return the largest observed magnitude that ruptured each segment, from event frames.

    Parameters
    ----------
    catalogues : mapping of str to DataFrame
        Event frames by their name in `CATALOGUE_ROLES`; those at hand, in any order.
    segments : mapping of str to Segments
        Segments of each region's trench, by Slab2 code.
    slabs : mapping of str to SlabGrids
        The slab of each of these regions.
    sources : RuptureSources, optional
        Slip models, tsunami sources and outlines; default the published table alone.
    rule : InterfaceRule, optional
        When an event counts as one of the interface.
    windows : mapping of str to LabelWindow
        Targets by name.

    Returns
    -------
    SegmentLabels

    Raises
    ------
    InputError
        If a region has no slab, or a catalogue is unknown or lacks a column.
    """
    without = [region for region in segments if region not in slabs]
    if without:
        raise InputError("regions have no slab", given=", ".join(without), action="give their slab grids")
    catalogue, merges = merge_catalogues(catalogues)
    events = {
        region: locate_events(catalogue, part.line, slabs[region], rule=rule)
        for region, part in segments.items()
    }
    events = _flagged_once(events)
    ruptures = {
        region: find_ruptures(events[region], part.line, sources or RuptureSources())
        for region, part in segments.items()
    }
    ruptures = _as_given(ruptures)
    frames = [
        label_segments(part.to_frame(), ruptures[region], windows=windows)
        for region, part in segments.items()
    ]
    return SegmentLabels(
        frame=pd.concat(frames, ignore_index=True),
        catalogue=catalogue,
        merges=merges,
        events=events,
        ruptures=ruptures,
        segments=dict(segments),
        windows=tuple(windows),
    )


def seismicity_columns(labels: SegmentLabels, *, options: SeismicityOptions | None = None) -> pd.DataFrame:
    """Return the seismicity features of all segments, from events that give no label.

    Events that only a catalogue of the user's own holds do not count: it may reach to other magnitudes and
    regions than those that the features of all other trenches are made from.

    Parameters
    ----------
    labels : SegmentLabels
        As from `label_columns`.
    options : SeismicityOptions, optional
        Which events count, and where.

    Returns
    -------
    DataFrame
        ``region``, ``segment`` and the columns of `SEISMICITY_FEATURES`, in the order of ``labels.frame``.

    Raises
    ------
    InputError
        If an event that gives a label would count (`check_labels_excluded`).
    """
    options = options or SeismicityOptions()
    label_ids = [f"{name}_rupture" for name in labels.windows]
    frames = []
    for region, part in labels.segments.items():
        own = labels.frame[labels.frame["region"] == region]
        givers = pd.unique(own[label_ids].to_numpy().ravel())
        ruptures = labels.ruptures[region]
        ruptures = ruptures[ruptures["event_id"].isin(givers)]
        features, used = region_seismicity(
            _known_anywhere(labels.events[region]), part, ruptures, options=options
        )
        check_labels_excluded(used, own[label_ids])
        frames.append(features)
    return pd.concat(frames, ignore_index=True)


def _known_anywhere(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events that some catalogue beside the user's own holds."""
    return events[(events["catalogue"] != OWN_CATALOGUE) | (events["held_by"] > 1)]


def _as_given(ruptures: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the ruptures, an event that the user gives to one trench left out of the others."""
    homes = {
        identifier: region
        for region, frame in ruptures.items()
        for identifier in frame.loc[frame["interface_basis"] == OWN_BASIS, "event_id"]
    }
    kept = {}
    for region, frame in ruptures.items():
        own = [homes.get(identifier, region) == region for identifier in frame["event_id"]]
        kept[region] = frame[np.array(own, dtype=bool)].reset_index(drop=True)
    return kept


def _flagged_once(events: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the events with those on two interfaces flagged for the nearer slab only."""
    flagged = pd.concat(
        [
            frame.loc[frame["interface"], ["event_id", "slab_distance_km"]].assign(region=region)
            for region, frame in events.items()
        ]
    )
    # Unknown depths come last: a region that knows the distance to its slab goes first.
    flagged["slab_distance_km"] = flagged["slab_distance_km"].abs()
    nearest = flagged.sort_values("slab_distance_km", kind="stable").drop_duplicates("event_id")
    home = dict(zip(nearest["event_id"], nearest["region"], strict=True))
    once = {}
    for region, frame in events.items():
        stays = frame["interface"] & (frame["event_id"].map(home) == region)
        basis = frame["interface_basis"].where(stays, "")
        once[region] = frame.assign(interface=stays, interface_basis=basis)
    return once
