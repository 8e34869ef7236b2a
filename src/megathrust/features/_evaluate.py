"""From layers to columns: every declared feature of one trench, and why some stay empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError
from megathrust.features._definition import FeatureDefinition, LayerDefinition
from megathrust.features._window_statistics import sample_layers
from megathrust.geometry import Segments


class ComputedFeatures(NamedTuple):
    """The features of one trench.

    Attributes
    ----------
    frame : DataFrame
        One row per segment, one column per feature.
    reasons : dict of str to str
        Features without a value in any segment, and why.
    filled : dict of str to dict of str to list of int
        By feature and further source, the segments whose value it gave.
    """

    frame: pd.DataFrame
    reasons: dict[str, str]
    filled: dict[str, dict[str, list[int]]]


def compute_layers(
    definitions: Iterable[LayerDefinition], sources: Mapping[str, Any]
) -> dict[str, tuple[float, Any]]:
    """Return the layers whose inputs are all at hand, each with the window in which it is sampled.

    Parameters
    ----------
    definitions : iterable of LayerDefinition
    sources : mapping
        What was read, by name.

    Returns
    -------
    dict of str to (float, layer)
    """
    computed: dict[str, tuple[float, Any]] = {}
    for definition in definitions:
        if all(name in sources for name in definition.inputs):
            layers = definition.function(sources)
            computed |= {name: (definition.window_km, layers[name]) for name in definition.names}
    return computed


def compute_features(
    definitions: Iterable[FeatureDefinition],
    segments: Segments,
    layers: Mapping[str, tuple[float, Any]],
    sources: Mapping[str, Any],
    *,
    percentiles: Sequence[float] = (),
    absent: Mapping[str, str] | None = None,
) -> ComputedFeatures:
    """Return every feature of the segments of one trench.

    Parameters
    ----------
    definitions : iterable of FeatureDefinition
    segments : Segments
        Along one trench.
    layers : mapping of str to (float, layer)
        Layers that are sampled, with their windows, as from `compute_layers`.
    sources : mapping
        What features take as it was read.
    percentiles : sequence of float
        Percentiles of sampled layers that some feature asks for.
    absent : mapping of str to str, optional
        Inputs that this region lacks, and why. A feature that needs one is empty.

    Raises
    ------
    InputError
        If an input is neither at hand nor known to be absent.
    """
    sampled: dict[str, Any] = {}
    for window_km in {window for window, _ in layers.values()}:
        chosen = {name: layer for name, (window, layer) in layers.items() if window == window_km}
        sampled |= sample_layers(chosen, segments, window_km=window_km, percentiles=percentiles)
    at_hand = {**sources, **sampled}
    columns: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    filled: dict[str, dict[str, list[int]]] = {}
    for definition in definitions:
        missing = [name for name in definition.inputs if name not in at_hand]
        values = np.full(len(segments), np.nan)
        if missing:
            why = _why(definition.name, missing[0], absent or {})
        else:
            values = definition.function(segments, {name: at_hand[name] for name in definition.inputs})
            why = "no value of " + ", ".join(definition.inputs) + " near this trench"
        values, by_source = _filled(values, definition, segments, at_hand)
        if by_source:
            filled[definition.name] = by_source
        columns[definition.name] = values
        if not np.isfinite(values).any():
            reasons[definition.name] = why
    return ComputedFeatures(pd.DataFrame(columns), reasons, filled)


def _filled(
    values: FloatArray, definition: FeatureDefinition, segments: Segments, at_hand: Mapping[str, Any]
) -> tuple[FloatArray, dict[str, list[int]]]:
    """Return values with gaps filled from the further sources of a feature, and which filled which."""
    by_source: dict[str, list[int]] = {}
    for fallback in definition.fallbacks:
        gap = ~np.isfinite(values)
        if not gap.any() or any(name not in at_hand for name in fallback.inputs):
            continue
        found = fallback.function(segments, {name: at_hand[name] for name in fallback.inputs})
        fills = gap & np.isfinite(found)
        if fills.any():
            by_source[fallback.source] = np.flatnonzero(fills).tolist()
            values = np.where(fills, found, values)
    return values, by_source


def _why(feature: str, layer: str, absent: Mapping[str, str]) -> str:
    if layer not in absent:
        raise InputError(
            f"the feature {feature} needs a layer that nothing gives",
            given=layer,
            action="declare a layer of this name or mark it as absent",
        )
    return absent[layer]
