"""Figures of the test of families: effects, and what other cuts of the magnitude say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd

from megathrust.pipelines.run._claims import CUTS, families_of
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.plots import associations_info, plot_associations, plot_family_cuts


@FIGURES.register("families")
def families(run: Run) -> Iterator[Drawing]:
    """Draw every family's effect with its interval, and what other cuts say."""
    found = families_of(run)
    if found is None:
        return
    info = associations_info(found.table, label=found.label, level=found.level)
    could = [run.claims["power"]] if run.claims["power"] else []
    yield Drawing(
        "families",
        "families",
        partial(plot_associations, info),
        " ".join([*found.sentences, *could]),
        found.size,
        info,
    )
    if run.claims["cuts"]:
        cuts = pd.read_csv(run.folder / CUTS)
        yield Drawing(
            "families_by_cut",
            "families_by_cut",
            partial(plot_family_cuts, cuts, label=run.config.label or run.experiment.table.target()),
            run.claims["cuts"],
            "",
            cuts,
        )
