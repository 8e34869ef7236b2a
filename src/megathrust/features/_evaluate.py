"""From layers to columns: every declared feature of one trench, and why some stay empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from megathrust.core import InputError
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
    """

    frame: pd.DataFrame
    reasons: dict[str, str]


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
    for definition in definitions:
        missing = [name for name in definition.inputs if name not in at_hand]
        if missing:
            reasons[definition.name] = _why(definition.name, missing[0], absent or {})
            columns[definition.name] = np.full(len(segments), np.nan)
            continue
        values = definition.function(segments, {name: at_hand[name] for name in definition.inputs})
        columns[definition.name] = values
        if not np.isfinite(values).any():
            reasons[definition.name] = "no value of " + ", ".join(definition.inputs) + " near this trench"
    return ComputedFeatures(pd.DataFrame(columns), reasons)


def _why(feature: str, layer: str, absent: Mapping[str, str]) -> str:
    if layer not in absent:
        raise InputError(
            f"the feature {feature} needs a layer that nothing gives",
            given=layer,
            action="declare a layer of this name or mark it as absent",
        )
    return absent[layer]
