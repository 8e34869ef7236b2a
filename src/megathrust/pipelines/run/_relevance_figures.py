"""Figures of relevance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from megathrust.pipelines.run._drawing import FIGURES, Drawing
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._map_frames import warning_of
from megathrust.plots import plot_relevance, relevance_info, strongest_relevance

# How many features a heat map can show and still be read.
_FEATURES_SHOWN = 25


@FIGURES.register("relevance")
def relevance(run: Run) -> Iterator[Drawing]:
    """Draw the relevance of families and of the strongest features for every output."""
    dataset, names = run.relevance, run.tasks[0].output_names
    features = [str(name) for name in dataset["feature"].to_numpy()]
    families = [str(family) for family in dataset["feature_family"].to_numpy()]
    groups = {name: family or name for name, family in zip(features, families, strict=True)}
    values = dataset["relevance"].to_numpy()
    warning = warning_of(run.judgements[0])
    note = (
        f"Mean over {values.shape[0]} networks per scenario and {values.shape[2]} held-out segments; "
        f"{dataset.attrs['method']}."
    )
    count = min(_FEATURES_SHOWN, len(features))
    by_family = relevance_info(values, features=features, class_names=names, groups=groups)
    by_feature = strongest_relevance(relevance_info(values, features=features, class_names=names), count)
    for name, title, info in (
        ("relevance_families", "Relevance of feature families", by_family),
        ("relevance_features", f"Relevance of the {count} strongest features", by_feature),
    ):
        yield Drawing(
            "relevance",
            name,
            partial(plot_relevance, info, title=title, watermark=warning),
            f"{title} for each class, with spread over networks.",
            note,
            info,
        )
