"""Statistics of layers in the windows along a trench, and the features that are nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import FloatArray, InputError
from megathrust.features._definition import FeatureDefinition
from megathrust.geometry import CellAccumulator, Cells, Segments, sample_grid

#: Suffix of a feature's name, and words, by the name of a statistic.
STATISTIC_SUFFIX = {
    "mean": ("AVE", "mean"),
    "std": ("STD", "standard deviation"),
    "min": ("MIN", "smallest value"),
    "max": ("MAX", "largest value"),
    "skew": ("SKW", "skewness"),
    "kurtosis": ("KRT", "excess kurtosis"),
    "count": ("CNT", "number of values"),
    "gradient": ("GRD", "along-strike gradient of the mean"),
}
SIDE_NAMES = {"UP": "upper plate", "DG": "downgoing plate"}


def sample_layers(
    layers: Mapping[str, Any],
    segments: Segments,
    *,
    window_km: float,
    percentiles: Sequence[float] = (),
) -> dict[str, pd.DataFrame]:
    """Return the statistics of layers in the windows on both sides of a trench.

    Grids on the same nodes are located once, together.

    Parameters
    ----------
    layers : mapping of str to DataArray or DataFrame
        Grids with dimensions (lat, lon), or points with columns lon, lat, value; points are weighted by the
        cosine of latitude, as grid nodes are.
    segments : Segments
        Along one trench.
    window_km : float
        Width of the windows.
    percentiles : sequence of float
        In percent.

    Returns
    -------
    dict of str to DataFrame
        Per layer one row per side and segment, indexed by (side, segment), with the columns of
        `CellAccumulator.result`.
    """
    cells = Cells(segments, up_km=(0.0, window_km), dg_km=(0.0, window_km))
    results: dict[str, pd.DataFrame] = {}
    for names in _on_same_nodes(layers):
        first = layers[names[0]]
        if isinstance(first, pd.DataFrame):
            collected = CellAccumulator(cells, layers=names, percentiles=percentiles)
            weights = np.cos(np.radians(first["lat"].to_numpy()))
            collected.add(first["lon"], first["lat"], first["value"], weights=np.maximum(weights, 1e-9))
            statistics = collected.result()
        else:
            values = np.stack([layers[name].transpose("lat", "lon").to_numpy() for name in names])
            block = (first["lon"].to_numpy(), first["lat"].to_numpy(), values)
            statistics = sample_grid([block], cells, layers=names, percentiles=percentiles)
        for name, rows in statistics.groupby("layer", sort=False):
            results[str(name)] = rows.set_index(["side", "segment"])
    return results


def window_statistic(statistics: pd.DataFrame, side: str, statistic: str) -> FloatArray:
    """Return one statistic per segment, in order along the trench.

    Parameters
    ----------
    statistics : DataFrame
        As `sample_layers` gives it for one layer.
    side : {"UP", "DG"}
        Upper or downgoing plate.
    statistic : str
        Of `STATISTIC_SUFFIX`, or ``p5`` and the like.
    """
    column = {"gradient": "gradient_per_km"}.get(statistic, statistic)
    return np.asarray(statistics.loc[side, column].to_numpy(dtype=np.float64))


def window_features(
    code: str,
    long_name: str,
    unit: str,
    *,
    layer: str,
    group: str,
    family: str,
    citation: str,
    sides: Iterable[str],
    statistics: Iterable[str] = ("mean", "std"),
) -> list[FeatureDefinition]:
    """Declare one feature per side and statistic of a sampled layer, named ``<code>_<side>_<suffix>``.

    Raises
    ------
    InputError
        If a side or statistic is unknown.

    Examples
    --------
    >>> declared = window_features(
    ...     "HEAT", "heat flow", "mW/m2", layer="heat", group="physical state", family="heat",
    ...     citation="Lucazeau (2019)", sides=["UP"], statistics=["mean", "p95"])
    >>> [feature.name for feature in declared]
    ['HEAT_UP_AVE', 'HEAT_UP_P95']
    """
    return [
        window_feature(
            f"{code}_{side}_{_suffix(statistic)[0]}",
            long_name,
            unit,
            layer=layer,
            group=group,
            family=family,
            citation=citation,
            side=side,
            statistic=statistic,
        )
        for side in sides
        for statistic in statistics
    ]


def window_feature(
    name: str,
    long_name: str,
    unit: str,
    *,
    layer: str,
    group: str,
    family: str,
    citation: str,
    side: str,
    statistic: str,
) -> FeatureDefinition:
    """Declare the feature that is one statistic of a sampled layer on one side.

    Raises
    ------
    InputError
        If the side or statistic is unknown.
    """
    if side not in SIDE_NAMES:
        raise InputError("unknown side of a trench", given=side, allowed=", ".join(SIDE_NAMES))
    words = _suffix(statistic)[1]

    def function(segments: Segments, layers: Mapping[str, Any]) -> FloatArray:
        return window_statistic(layers[layer], side, statistic)

    units = {"gradient": f"{unit}/km", "skew": "1", "kurtosis": "1", "count": "1"}
    return FeatureDefinition(
        name=name,
        long_name=f"{long_name}, {words} over the {SIDE_NAMES[side]}",
        unit=units.get(statistic, unit),
        group=group,
        family=family,
        citation=citation,
        inputs=(layer,),
        function=function,
    )


def _suffix(statistic: str) -> tuple[str, str]:
    if statistic in STATISTIC_SUFFIX:
        return STATISTIC_SUFFIX[statistic]
    if statistic.startswith("p") and statistic[1:].replace(".", "", 1).isdigit():
        return statistic.upper(), f"percentile {statistic[1:]}"
    allowed = ", ".join(STATISTIC_SUFFIX) + " and percentiles such as p95"
    raise InputError("unknown statistic", given=statistic, allowed=allowed)


def _on_same_nodes(layers: Mapping[str, Any]) -> list[list[str]]:
    """Group the names of grids whose axes agree; tables stand alone."""
    groups: list[list[str]] = []
    for name, layer in layers.items():
        for group in groups:
            first = layers[group[0]]
            alike = not isinstance(layer, pd.DataFrame) and not isinstance(first, pd.DataFrame)
            if alike and all(np.array_equal(layer[axis], first[axis]) for axis in ("lat", "lon")):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups
