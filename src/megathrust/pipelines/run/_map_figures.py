"""Maps and straightened trenches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from megathrust.core import REGION_NAMES
from megathrust.pipelines.experiment import Judgement
from megathrust.pipelines.run._drawing import FIGURES, Drawing, of_predictand
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._map_frames import (
    LOWEST_MAGNITUDE,
    classified,
    held_out,
    layers_of,
    ruptures_of,
    warning_of,
)
from megathrust.pipelines.run._segment_relevance import explained_by, family_relevance
from megathrust.pipelines.tasks import ClassPredictand, MagnitudePredictand, ValuePredictand, class_names
from megathrust.plots import (
    fold_style,
    magnitude_style,
    outcome_map_info,
    outcome_style,
    plot_outcome_map,
    plot_trench_map,
    plot_trench_strips,
    plot_world_map,
    probability_style,
    relevance_style,
    spread_style,
    trench_map_info,
    trench_strip_info,
)


@FIGURES.register("observed magnitude")
def observed_magnitude(run: Run) -> Iterator[Drawing]:
    """Draw the largest observed magnitude along every trench."""
    table = run.experiment.table
    if not table.is_magnitude():
        return
    frame = held_out(run, run.judgements[0])
    label = f"{table.columns[table.target()].long_name} (Mw)"
    info = trench_map_info(
        frame, value="observed_magnitude", lowest=LOWEST_MAGNITUDE, missing="no event observed"
    )
    style = magnitude_style(run.config.thresholds, label=label)
    yield Drawing(
        "trench_map",
        "map_observed_magnitude",
        partial(plot_trench_map, info, style=style, layers=layers_of(run)),
        "Largest observed magnitude of every segment along every trench.",
        "Grey stripes: no event was observed, which is not the same as a small one.",
        info,
    )


@FIGURES.register("class maps")
@of_predictand(ClassPredictand)
def class_maps(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw probability, its spread, and the outcome along every trench and on the world."""
    names = class_names(predictand.thresholds)
    frame, layers, warning = classified(run, judgement), layers_of(run), warning_of(judgement)
    probability = trench_map_info(frame, value="probability")
    held = f"Mean probability of the networks that were not fitted on the segment; {run.place}."
    look = probability_style(names[-1])
    yield Drawing(
        "trench_map",
        "map_probability",
        partial(plot_trench_map, probability, style=look, layers=layers, watermark=warning),
        f"Maps of the probability of {names[-1]} along every trench.",
        held,
        probability,
    )
    yield Drawing(
        "world_map",
        "map_world",
        partial(plot_world_map, probability, style=look, layers=layers, watermark=warning),
        f"World map of the probability of {names[-1]} along every trench.",
        held,
        probability,
    )
    spread = trench_map_info(frame, value="spread")
    yield Drawing(
        "trench_map",
        "map_spread",
        partial(plot_trench_map, spread, style=spread_style(), layers=layers),
        "Maps of how far the networks disagree about the probability.",
        "Standard deviation over the networks that were not fitted on the segment.",
        spread,
    )
    yield from _outcomes(run, frame, names, warning)


def _outcomes(run: Run, frame: pd.DataFrame, names: Sequence[str], warning: str | None) -> Iterator[Drawing]:
    info = outcome_map_info(frame, class_names=names)
    layers = layers_of(run)
    yield Drawing(
        "outcome_map",
        "map_outcome",
        partial(plot_outcome_map, info, layers=layers, pairs=False, watermark=warning),
        "Maps of where the predicted class is right and which way it is wrong, along every trench.",
        run.caption,
        info,
    )
    yield Drawing(
        "world_map",
        "map_world_outcome",
        partial(
            plot_world_map,
            info.outcome,
            style=outcome_style(info.outcome_names),
            layers=layers,
            watermark=warning,
        ),
        "World map of where the predicted class is right and which way it is wrong.",
        run.caption,
        info,
    )


@FIGURES.register("magnitude maps")
@of_predictand(MagnitudePredictand)
def magnitude_maps(run: Run, judgement: Judgement, predictand: MagnitudePredictand) -> Iterator[Drawing]:
    """Draw the predicted magnitude along every trench."""
    if isinstance(predictand, ValuePredictand):
        return
    info = trench_map_info(held_out(run, judgement), value="magnitude")
    style = magnitude_style(run.config.thresholds, label="predicted Mw")
    yield Drawing(
        "trench_map",
        "map_predicted_magnitude",
        partial(plot_trench_map, info, style=style, layers=layers_of(run), watermark=warning_of(judgement)),
        "Predicted magnitude of every segment along every trench.",
        f"By the networks that were not fitted on the segment; {run.place}.",
        info,
    )


@FIGURES.register("folds")
def folds(run: Run) -> Iterator[Drawing]:
    """Draw which scenario tests which segment."""
    folds = [fold.name for fold in run.experiment.folds]
    names = [f"scenario {name}" if name.isdigit() else name for name in folds]
    frame = held_out(run, run.judgements[0])
    info = trench_map_info(frame, value="fold", missing="never tested")
    yield Drawing(
        "trench_map",
        "map_folds",
        partial(plot_trench_map, info, style=fold_style(names), layers=layers_of(run)),
        "Map of the scenario in which every segment is held out.",
        run.caption,
        info,
    )


@FIGURES.register("straightened trenches")
@of_predictand(ClassPredictand)
def strips(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw prediction, observation, ruptures and relevance along every trench."""
    frame, ruptures = classified(run, judgement), ruptures_of(run)
    families, judged = _families(run, frame), run.explained("families")
    standing = list(judged["family"][judged["stands"]])
    for region in sorted(frame.loc[~frame["left_out"].to_numpy(dtype=bool), "region"].unique()):
        info = trench_strip_info(
            frame,
            str(region),
            magnitude="observed_magnitude",
            lowest=LOWEST_MAGNITUDE,
            ruptures=ruptures,
            families=families,
            standing=standing,
        )
        name = REGION_NAMES.get(str(region), str(region))
        yield Drawing(
            "trench_strips",
            f"trench_{region}",
            partial(
                plot_trench_strips, info, thresholds=predictand.thresholds, watermark=warning_of(judgement)
            ),
            f"Along the trench of {name}: great ruptures, predicted probability with its spread, largest "
            "observed magnitude, and the relevance of the strongest feature families.",
            f"{run.caption} {explained_by(run)} Grey families are not shown to stand.",
            info,
        )


# How many families of features a strip can show and still be read.
_FAMILIES_SHOWN = 5


def _families(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the relevance of the families of the largest spread by segment, in the rows of a frame."""
    mean, _ = family_relevance(run).of(frame)
    return mean[list(run.explained("families")["family"][:_FAMILIES_SHOWN])]


@FIGURES.register("relevance on the trench")
@of_predictand(ClassPredictand)
def relevance_maps(run: Run, judgement: Judgement, predictand: ClassPredictand) -> Iterator[Drawing]:
    """Draw the relevance of the two strongest families along every trench, grey where they do not stand."""
    frame = classified(run, judgement)
    families, judged = _families(run, frame), run.explained("families").set_index("family")
    for place, family in enumerate(families.columns[:2], start=1):
        values, stands = families[family], bool(judged.loc[family, "stands"])
        info = trench_map_info(frame.assign(relevance=values), value="relevance")
        limit = float(np.nanquantile(values.abs(), 0.98)) or 1.0
        unit = run.explanation.attrs["unit"]
        style = relevance_style(limit, label=f"relevance of {family} ({unit})", stands=stands)
        yield Drawing(
            "relevance",
            f"map_relevance_{place}",
            partial(plot_trench_map, info, style=style, layers=layers_of(run)),
            f"Map of the relevance of {family} for the highest class along every trench.",
            explained_by(run)
            + ("" if stands else f" Grey: {family} is not shown to stand: {judged.loc[family, 'reason']}."),
            info,
        )
