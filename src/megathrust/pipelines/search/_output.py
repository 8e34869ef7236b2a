"""The files and figures of a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from megathrust.core import FolderKind, ProgressCallback, replacing, write_json
from megathrust.pipelines.experiment import NETWORK, fold_table, table_hash, versions
from megathrust.pipelines.search._result import SearchResult
from megathrust.plots import (
    inner_outer_info,
    parallel_coordinates_info,
    parameter_importance_info,
    plot_inner_outer,
    plot_parallel_coordinates,
    plot_parameter_importance,
    plot_search_history,
    save_figure,
    search_history_info,
)
from megathrust.training import TRIAL_PARAMETERS, parameter_importance

_FIGURES = ("history", "parallel_coordinates", "inner_outer", "importance")
_BEST_HEAD = """\
# Networks chosen by `megathrust search` on inner folds of all rows, for `megathrust run --config`.
# The choice has seen the label of every segment: what a run with this file scores is no estimate of what the
# search is worth. Quote nested.csv, which stands beside this file.
"""

_FILES = ("trials.csv", "nested.csv", "scores.csv", "best.yaml", "record.json")

#: How a folder of a search is known.
SEARCH_FOLDER = FolderKind(
    "search",
    ("search.yaml", "nested.csv"),
    lambda folder: (*_FILES, *(f"figures/{name}.{end}" for name in _FIGURES for end in ("png", "csv"))),
)


def trial_frame(result: SearchResult) -> pd.DataFrame:
    """Return one row per scenario, trial and rung."""
    names = result.scenarios
    return pd.DataFrame.from_records(
        [
            {
                "scenario": names[each.scenario],
                "trial": each.trial.number,
                "rung": each.rung,
                "epochs_trained": each.epochs,
                result.inner_column: result.sign * each.score,
                **each.trial.parameters,
                "features_seen": each.trial.network.features_seen or "all",
                "seconds": each.seconds,
            }
            for each in sorted(result.measured, key=lambda m: (m.scenario, m.trial.number, m.rung))
        ]
    )


def write_search(result: SearchResult, folder: Path) -> None:
    """Write the data files of a search."""
    config = result.config
    _write_csv(trial_frame(result), folder / "trials.csv")
    _write_csv(result.nested(), folder / "nested.csv")
    _write_csv(result.scores, folder / "scores.csv")
    _write_yaml(config.model_dump(mode="json"), folder / "search.yaml")
    best = config.run_config(result.chosen[-1][0].trial)
    _write_yaml(best.model_dump(mode="json"), folder / "best.yaml", head=_BEST_HEAD)
    record = {
        "versions": versions(),
        "seed": config.seed,
        "table_sha256": table_hash(result.experiment.table),
        "folds": fold_table(result.experiment),
        "chosen_trials": {
            name: [each.trial.number for each in best]
            for name, best in zip(result.scenarios, result.chosen, strict=True)
        },
        "differences": {name: list(values) for name, values in result.differences.items()},
    }
    write_json(folder / "record.json", record)


def draw_search(result: SearchResult, folder: Path, *, progress: ProgressCallback | None = None) -> None:
    """Draw the figures of a search into ``figures/``."""
    merits = trial_frame(result).rename(columns={result.inner_column: "inner_score"})
    # Figures of trials know what is better by its height.
    merits["inner_score"] *= result.sign
    space, predictand = result.config.search.space, result.task.leading
    logarithmic = [name for name in TRIAL_PARAMETERS if getattr(getattr(space, name), "log", False)]
    parallel = parallel_coordinates_info(
        merits, parameters=TRIAL_PARAMETERS, scenario=result.scenarios[-1], logarithmic=logarithmic
    )
    nested = result.nested().rename(columns={result.inner_column: "inner_score"})
    outer = inner_outer_info(nested, model=NETWORK, rivals=result.rivals)
    merit = f"{'minus ' if predictand.lower_is_better else ''}{predictand.metric_name}"
    figures: dict[str, Any] = {
        "history": plot_search_history(search_history_info(merits), score=merit),
        "parallel_coordinates": plot_parallel_coordinates(parallel, score=merit),
        "inner_outer": plot_inner_outer(outer, model=NETWORK, score=predictand.metric_name),
    }
    shares = importance_frame(result)
    # With few trials nothing can be said about their parameters.
    if shares.notna().any(axis=None):
        figures["importance"] = plot_parameter_importance(parameter_importance_info(shares))
    for done, (name, figure) in enumerate(figures.items(), start=1):
        save_figure(figure, folder / "figures" / f"{name}.png")
        if progress is not None:
            progress(done, len(figures))


def importance_frame(result: SearchResult) -> pd.DataFrame:
    """Return shares of variance of the first rung's scores, one column per scenario."""
    space = result.config.search.space.distributions(result.task.settled)
    columns = {}
    for number, name in enumerate(result.scenarios):
        first = [each for each in result.measured if (each.scenario, each.rung) == (number, 0)]
        columns[name] = parameter_importance(
            space, [each.trial for each in first], [each.score for each in first], seed=result.config.seed
        )
    return pd.DataFrame(columns, index=list(TRIAL_PARAMETERS))


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    with replacing(path) as part:
        frame.to_csv(part, index=False)


def _write_yaml(content: dict[str, Any], path: Path, *, head: str = "") -> None:
    with replacing(path) as part:
        part.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
