"""The one record of explanations: method x member x class x segment x feature, as a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import FloatArray
from megathrust.explanation import Background, Explained, Relevance
from megathrust.features import ColumnDefinition

_AXES = ("method", "member", "class", "segment")


def relevance_dataset(
    found: Mapping[str, Relevance],
    explained: Explained,
    columns: Sequence[ColumnDefinition],
    frame: pd.DataFrame,
    backgrounds: Mapping[str, Background],
    *,
    members: Mapping[str, Sequence[Any]],
    segments: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Return explanations by several methods as one dataset.

    Parameters
    ----------
    found : mapping of str to Relevance
        By the name of the method; all of the same members, quantities and rows. Its last axis holds the
        features, or the families of a method that explains families.
    explained : Explained
        What was explained: names and units of the quantities.
    columns : sequence of ColumnDefinition
        Of the features, in order.
    frame : DataFrame
        Key columns of the rows.
    backgrounds : mapping of str to Background
        By fold.
    members : mapping
        Further coordinates along ``member``, such as the encoding.
    segments : mapping
        Further coordinates along ``segment``.
    more : mapping
        Attributes.

    Returns
    -------
    Dataset
        ``relevance`` (method, member, class, segment, feature), NaN for a method that explains families;
        ``family_relevance`` (method, member, class, segment, family) and ``family_error``, NaN where nothing
        was drawn; ``bias`` (method, member, class, segment) and ``delta`` (member, class, segment): the
        quantity less its mean over the background, which is the sum of relevance and bias. ``class_unit``
        (class) is the unit of each quantity. ``background``
        (fold, medoid, feature) and ``background_weight`` (fold, medoid), 0 for medoids that a fold lacks.
    """
    families = families_of(columns)
    return xr.Dataset(
        {**_values(found, families, " or ".join(dict.fromkeys(explained.units))), **_background(backgrounds)},
        coords={
            "method": ("method", list(found)),
            "class": ("class", list(explained.names)),
            "class_unit": ("class", list(explained.units)),
            **_of_features(columns, families),
            "fold": ("fold", list(backgrounds)),
            **_of_segments(frame),
            **{name: ("member", np.asarray(values)) for name, values in members.items()},
            **{name: ("segment", np.asarray(values)) for name, values in (segments or {}).items()},
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Relevance of the features of a model",
            "sum": "relevance summed over features, and bias, make delta",
            **(more or {}),
        },
    )


def _values(found: Mapping[str, Relevance], families: Sequence[str], unit: str) -> dict[str, Any]:
    """Return relevance of features and families, its error, bias and delta, as variables."""
    width, names = len(families), list(dict.fromkeys(families))
    first = next(iter(found.values()))
    by_feature, by_family, errors = [], [], []
    for each in found.values():
        # Where every feature is a family of its own, both are the same.
        of_features = each.features.shape[-1] == width
        nothing = np.full((*each.delta.shape, width), np.nan)
        by_feature.append(each.features if of_features else nothing)
        by_family.append(summed(each.features, families) if of_features else each.features)
        drawn = None if of_features and len(names) != width else each.error
        errors.append(np.full(by_family[-1].shape, np.nan) if drawn is None else drawn)
    return {
        "relevance": (
            (*_AXES, "feature"),
            np.stack(by_feature).astype(np.float32),
            {"units": unit, "long_name": "relevance of a feature"},
        ),
        "family_relevance": (
            (*_AXES, "family"),
            np.stack(by_family).astype(np.float32),
            {"units": unit, "long_name": "relevance of a family of features"},
        ),
        "family_error": (
            (*_AXES, "family"),
            np.stack(errors).astype(np.float32),
            {"units": unit, "long_name": "standard error from random draws"},
        ),
        "bias": (
            _AXES,
            np.stack([each.bias for each in found.values()]),
            {"units": unit, "long_name": "what no feature got"},
        ),
        "delta": (
            _AXES[1:],
            first.delta,
            {"units": unit, "long_name": "explained quantity less its mean over the background"},
        ),
    }


def _of_features(columns: Sequence[ColumnDefinition], families: Sequence[str]) -> dict[str, Any]:
    return {
        "feature": ("feature", [column.name for column in columns]),
        "feature_family": ("feature", list(families)),
        "feature_group": ("feature", [column.group for column in columns]),
        "feature_long_name": ("feature", [f"{each.long_name} ({each.unit})" for each in columns]),
        "family": ("family", list(dict.fromkeys(families))),
    }


def _of_segments(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "region": ("segment", frame["region"].to_numpy().astype(str)),
        "segment_number": ("segment", frame["segment"].to_numpy()),
        "s_km": ("segment", frame["s_km"].to_numpy(), {"units": "km"}),
        "lon": ("segment", frame["lon"].to_numpy(), {"units": "degrees_east"}),
        "lat": ("segment", frame["lat"].to_numpy(), {"units": "degrees_north"}),
    }


def families_of(columns: Sequence[ColumnDefinition]) -> list[str]:
    """Return the family of every feature; a feature without one is its own."""
    return [column.family or column.name for column in columns]


def summed(values: FloatArray, families: Sequence[str]) -> FloatArray:
    """Sum the last axis (features) to families, in order of first appearance."""
    names = list(dict.fromkeys(families))
    belongs = np.array([[family == name for name in names] for family in families], dtype=np.float64)
    return np.asarray(values @ belongs)


def _background(backgrounds: Mapping[str, Background]) -> dict[str, Any]:
    count = max(len(each.weights) for each in backgrounds.values())
    features = np.full((len(backgrounds), count, next(iter(backgrounds.values())).features.shape[1]), np.nan)
    weights = np.zeros((len(backgrounds), count))
    for place, each in enumerate(backgrounds.values()):
        features[place, : len(each.weights)] = each.features
        weights[place, : len(each.weights)] = each.weights
    return {
        "background": (
            ("fold", "medoid", "feature"),
            features,
            {"units": "those of the features", "long_name": "background segments"},
        ),
        "background_weight": (
            ("fold", "medoid"),
            weights,
            {"units": "1", "long_name": "share of training segments"},
        ),
    }
