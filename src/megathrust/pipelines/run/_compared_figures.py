"""The figure of what another study's way of summing up makes of the run's networks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd

from megathrust.pipelines.relevance import ENCODING_NAMES
from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import COMPARED, Run
from megathrust.pipelines.run._manifest import proved
from megathrust.pipelines.tasks import class_names
from megathrust.plots import compared_info, plot_compared

# What a way of summing up does to relevance, by its name.
_WRONG_WITH = {
    "seed-study": "Each segment is centred on its median and divided by its interquartile range over "
    "features: half of the features lie above 0 whatever they do, and a segment of which the network is "
    "unsure weighs as much as one of which it is sure. The median over segments lets effects of both signs "
    "cancel; misses are left out; where zero inputs lie depends on the encoding."
}


@FIGURES.register("relevance as other studies sum it up")
def compared(run: Run) -> Iterator[Drawing]:
    """Draw what another study's way makes of the same networks, where the settings ask for it."""
    path, settings = run.folder / f"{COMPARED}.csv", run.config.relevance
    if not path.is_file():
        return
    unit, names = run.explanation.attrs["unit"], class_names(run.config.thresholds)
    table = pd.read_csv(proved(run.folder, path.name))
    info = compared_info(table, run.explained("features"), names, unit=unit)
    manner = str(settings.normalisation)
    encoding = ENCODING_NAMES[run.config.explaining.encodings[0]]
    agree = run.checks["agreement_of_single_networks"].get(encoding)
    caption = [
        f"Left, for comparison only: one network of each scenario ({encoding}), rule {settings.rule} on the "
        "output of a class from zero inputs, held-out segments that are rightly called.",
        _WRONG_WITH.get(manner, ""),
        "" if agree is None else f"Rankings of single networks agree at {agree:.2f}.",
        "Right: all networks, all held-out segments, from the training background on; grey: not shown to "
        "stand.",
    ]
    yield Drawing(
        "relevance",
        "relevance_compared",
        partial(plot_compared, info, title="The same networks, summed up in two ways", manner=manner),
        "Heat map of features and classes as in another study, beside the spread of every feature.",
        " ".join(filter(None, caption)),
        info,
    )
