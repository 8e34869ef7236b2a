"""What moves the answer for single segments, in networks that were trained to be explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from megathrust.core import FloatArray
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.tasks import ClassPredictand, class_names


@dataclass(frozen=True)
class SegmentRelevance:
    """Relevance for the leading quantity, one row per explained segment, one column per family or feature.

    Attributes
    ----------
    mean, spread : DataFrame
        Mean and standard deviation over the networks that never saw the segment, indexed by region and s_km.
    """

    mean: pd.DataFrame
    spread: pd.DataFrame

    def of(self, place: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return mean and spread for the rows of a frame with region and s_km, NaN where not explained."""
        wanted = pd.MultiIndex.from_frame(place[["region", "s_km"]])
        mean, spread = (each.reindex(wanted).set_axis(place.index) for each in (self.mean, self.spread))
        return mean, spread


def family_relevance(run: Run) -> SegmentRelevance:
    """Return the relevance of families by the leading method."""
    return _by_segment(run.explanation["family_relevance"].isel({"method": 0, "class": -1}), "family")


def feature_relevance(run: Run) -> SegmentRelevance:
    """Return the relevance of features by the first method that explains single features."""
    values = run.explanation["relevance"].isel({"class": -1})
    known = values.notnull().all(("member", "segment", "feature")).to_numpy()
    return _by_segment(values.isel(method=int(np.argmax(known))), "feature")


def _by_segment(values: xr.DataArray, what: str) -> SegmentRelevance:
    place = pd.MultiIndex.from_arrays(
        [values["region"].to_numpy(), values["s_km"].to_numpy()], names=["region", "s_km"]
    )
    names = [str(name) for name in values[what].to_numpy()]
    numbers: FloatArray = values.transpose("member", "segment", what).to_numpy().astype(np.float64)
    # Of segments that are explained twice the first explanation stands.
    first = ~place.duplicated()
    mean, spread = (pd.DataFrame(each, place, names)[first] for each in (numbers.mean(0), numbers.std(0)))
    return SegmentRelevance(mean, spread)


def leading_quantity(run: Run) -> str:
    """Return what is explained first, in words: the highest class, or the magnitude."""
    if isinstance(run.tasks[0].leading, ClassPredictand):
        return class_names(run.config.thresholds)[-1]
    return str(run.explanation["class"].to_numpy()[-1])


def explained_by(run: Run) -> str:
    """Say whose relevance a map, strip or card shows."""
    return (
        f"Relevance for {leading_quantity(run)}, from the training background on: mean over networks that "
        "were trained to be explained and never saw the segment."
    )
