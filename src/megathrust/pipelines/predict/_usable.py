"""Whether a table has what a model needs: which columns are missing, and how to get them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from megathrust.core import BoolArray, ModelError, TableError
from megathrust.features import COARSER_FEATURES, FEATURES, SEISMICITY_FEATURES, TOO_COARSE_FEATURES
from megathrust.models import SavedModel
from megathrust.table import FeatureTable

#: How a segment's note begins if it has no numbers, and if a feature of it is coarser than elsewhere.
MISSING = "missing "
FILLED = "counts as the median of the training segments: "
COARSER = "coarser than in other regions: "

_SHOWN = 6


def check_usable(saved: SavedModel, table: FeatureTable) -> BoolArray:
    """Return which rows have every feature that a model needs to have.

    Raises
    ------
    ModelError
        If the table lacks a column that the model needs.
    TableError
        If no row has them all.
    """
    lacking = [name for name in saved.feature_names if name not in table.feature_names]
    if lacking:
        raise ModelError(
            "the model was made for other features than the table has",
            given=f"a table without {_listed(lacking)}",
            action=_how_to_get(lacking, {}),
        )
    known = known_or_filled(saved, table)
    whole: BoolArray = np.asarray(known.all(axis=1), dtype=bool)
    if not whole.any():
        share = 1.0 - known.mean()
        empty = [str(name) for name in share.index[share == 1.0]] or [str(share.idxmax())]
        raise TableError(
            "no segment has every feature that the model needs",
            given=f"{len(table)} segments, missing {_listed(empty)}",
            action=_how_to_get(empty, table.provenance),
        )
    return whole


def known_or_filled(saved: SavedModel, table: FeatureTable) -> pd.DataFrame:
    """Return which values of the model's features are known, or missing where the model learned what to do.

    That is so for features that some of its training segments lacked.
    """
    known = table.frame[list(saved.feature_names)].notna()
    for name in saved.notes.get("may_be_missing", ()):
        known[name] = True
    return known


def notes_of(saved: SavedModel, table: FeatureTable, predicted: BoolArray) -> list[str]:
    """Return for every row which features are missing, or come from coarser files than in other regions."""
    needed = known_or_filled(saved, table)
    filled = ~table.frame[list(saved.feature_names)].notna() & needed
    coarser = {
        region: [name for name in saved.feature_names if name in features]
        for region, features in table.provenance.get("coarser_features", {}).items()
    }
    notes = []
    for region, known, replaced, sure in zip(
        table.frame["region"], needed.to_numpy(), filled.to_numpy(), predicted, strict=True
    ):
        parts = [] if known.all() else [MISSING + ", ".join(needed.columns[~known])]
        if not sure and not parts:
            parts = [MISSING + "a finite prediction: a feature is far beyond all training"]
        parts += [FILLED + ", ".join(needed.columns[replaced])] if replaced.any() else []
        parts += [COARSER + ", ".join(coarser[region])] if coarser.get(region) else []
        notes.append("; ".join(parts))
    return notes


def has_numbers(notes: pd.Series) -> pd.Series:
    """Say which segments are predicted, by their notes."""
    return ~notes.str.startswith(MISSING)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _how_to_get(names: Sequence[str], provenance: Mapping[str, Any]) -> str:
    """Return the ways to the columns, each once, and the way round them."""
    reasons = [
        f"{name} is empty in {region}, {why[name]}"
        for region, why in provenance.get("empty_features", {}).items()
        for name in names
        if name in why and name not in {**TOO_COARSE_FEATURES, **SEISMICITY_FEATURES}
    ]
    ways = list(dict.fromkeys(map(_way, names)))
    return "; ".join([*reasons[:1], *ways, "or take a model that needs less, such as great-everywhere"])


def _way(name: str) -> str:
    if name in SEISMICITY_FEATURES:
        return "for features of events (SEIS_...) build the table without --no-labels"
    if name in TOO_COARSE_FEATURES or name in COARSER_FEATURES:
        return (
            "for sediment and roughness put the table of the incoming plate, <region>_BA_bath.csv, into the "
            "folder seafloor of the data folder and build the table again"
        )
    if name in FEATURES:
        return "build the table with megathrust build, which computes every feature of docs/built-in-table.md"
    return "build the table with the same layers of your own (--layers) as the model's table"
