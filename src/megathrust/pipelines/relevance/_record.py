"""What an explanation of networks comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr


@dataclass(frozen=True)
class Explanation:
    """What explaining networks use, and whether it stands.

    Attributes
    ----------
    dataset : Dataset
        See `relevance_dataset`; along ``member`` encoding and network, along ``segment`` scenario.
    families : DataFrame
        One row per family, the largest spread first: family, features, spread (root mean square over held-out
        segments of the mean relevance), one column per encoding, networks, folds, encodings (standard
        deviations), statistic, p, corrected_p, beside_others_p (beyond the sum of the other families),
        stands, reason; of classes also sparse_spread and sparse_corrected_p, those of a sparse logistic
        regression on ranks, fitted on the same folds.
    features : DataFrame
        One row per feature: feature, family, spread, by encoding, scatter as above, family_stands.
    effects : DataFrame
        What moving the leading feature of every family does; see `family_effects`.
    agreement : DataFrame
        Rank correlations of the rankings of families by encoding, fold half, network half and method.
    checks : mapping
        Numbers of every check.
    """

    dataset: xr.Dataset
    families: pd.DataFrame
    features: pd.DataFrame
    effects: pd.DataFrame
    agreement: pd.DataFrame
    checks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words."""
        stand = self.families[self.families["stands"]]
        best = self.families.iloc[0]
        between = self.checks["rank_correlation_between_encodings"]
        lines = [
            f"Largest spread: {best['family']} ({best['spread']:.2f} {self.dataset.attrs['unit']}); rank "
            f"correlation between encodings {between:.2f}."
        ]
        if lines_of_single := self._single_networks():
            lines.append(lines_of_single)
        if len(stand):
            words = "; ".join(
                f"{row.family} (corrected p = {row.corrected_p:.3g})" for row in stand.itertuples()
            )
            return (*lines, f"Right on segments never seen: {words}.")
        reasons = sorted(set(self.families["reason"]))
        return (*lines, f"No family is shown to be right on segments never seen: {'; '.join(reasons)}.")

    def _single_networks(self) -> str:
        """Say how far single networks of one setting agree, as those of the seed study were asked."""
        said = [
            f"{value:.2f} ({name})"
            for name, value in self.checks.get("agreement_of_single_networks", {}).items()
            if value == value
        ]
        if not said:
            return ""
        return (
            "Single networks of one setting, one from every scenario, agree in their rankings of features "
            f"with a mean rank correlation of {', '.join(said)}; the published ones of the seed study at "
            ".35 to .39."
        )
