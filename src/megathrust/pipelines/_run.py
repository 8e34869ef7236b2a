"""The whole method on one table: splits, networks and rivals, scores and nulls, relevance, report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from megathrust.core import FloatArray, InputError, Verdict, replacing, replacing_folder, write_json
from megathrust.evaluation import (
    MEAN_SCENARIO,
    PERSISTENCE,
    Prediction,
    baseline,
    magnitude_baseline,
    paired_difference,
    predicted_class,
    rupture_weights,
    score_table,
)
from megathrust.models import derived_seed, save_model
from megathrust.pipelines._config import RunConfig
from megathrust.pipelines._experiment import (
    Problem,
    make_splitter,
    members_of,
    predict_members,
    predict_rivals,
    train_in_blocks,
)
from megathrust.pipelines._figures import draw_run
from megathrust.pipelines._magnitudes import MagnitudeResult, compute_magnitudes, magnitude_heads
from megathrust.pipelines._nulls import Null, null_rows, null_scores, p_against, single_scores
from megathrust.pipelines._progress import ProgressBars
from megathrust.pipelines._record import fingerprint, run_record
from megathrust.pipelines._relevance import relevance_dataset
from megathrust.pipelines._safeguards import Safeguards, find_safeguards
from megathrust.pipelines._saved import saved_magnitude_model, saved_model
from megathrust.pipelines._stages import StageStore
from megathrust.splits import Fold, Splitter
from megathrust.table import FeatureTable, complete, describe
from megathrust.training import Fit, Member

#: Model name of the stack in score files: the mean probability of its members.
NETWORK = "FCN"


@dataclass(frozen=True)
class RunResult:
    """Everything a run computed, before it is written.

    Attributes
    ----------
    config : RunConfig
    problem : Problem
    rows_read : int
        Rows of the table before any was left out.
    splitter : Splitter
    folds : list of Fold
    fit : Fit
        The stack, fold by fold.
    predictions : dict of str to list of Prediction
        By model, at the protocol's own exclusion distance.
    members : list of ndarray
        Per fold, probabilities of each of its networks, (members, test rows, classes).
    scores : DataFrame
        Tidy scores of everything.
    nulls : list of Null
    verdict : Verdict
        The network against persistence and its nulls.
    relevance : Dataset
    safeguards : Safeguards
        Domain of applicability and class sets.
    magnitudes : MagnitudeResult, optional
        Of networks that predict the magnitude itself, where the configuration asks for them.
    """

    config: RunConfig
    problem: Problem
    rows_read: int
    splitter: Splitter
    folds: list[Fold]
    fit: Fit
    predictions: dict[str, list[Prediction]]
    members: list[FloatArray]
    scores: pd.DataFrame
    nulls: list[Null]
    verdict: Verdict
    relevance: xr.Dataset
    safeguards: Safeguards
    magnitudes: MagnitudeResult | None = None

    def network_members(self) -> list[Member]:
        """Return what sets every network of the stack apart, fold by fold."""
        network = self.config.network
        return members_of(self.folds, network, network.members, self.config.seed)

    def macro_f1(self) -> pd.DataFrame:
        """Return the score rows of mean macro-F1 at the protocol's own exclusion distance, highest first."""
        return self.scores[
            (self.scores["metric"] == "f1")
            & (self.scores["class"] == "macro")
            & (self.scores["scenario"] == MEAN_SCENARIO)
            & (self.scores["exclusion_km"] == self.splitter.exclusion_km)
        ].sort_values("value", ascending=False)

    def summary(self) -> list[str]:
        """Return what a reader should know first: mean macro-F1 of every model, and the verdict."""
        kept = f"{len(self.problem.table)} of {self.rows_read} segments complete"
        features = f"{self.problem.features.shape[1]} features"
        highest = int((self.problem.classes == self.problem.n_classes - 1).sum())
        tests = " ".join(str(len(fold.test)) for fold in self.folds)
        lines = [
            f"{kept}, {features}, {highest} in the highest class; test segments per scenario: {tests}",
            f"Macro-F1, mean over scenarios (protocol {self.splitter.protocol}, "
            f"exclusion distance {self.splitter.exclusion_km:g} km), with 95 % interval:",
        ]
        lines += [
            f"  {row.model:<30} {row.value:.3f}  [{row.low:.3f}, {row.high:.3f}]"
            for row in self.macro_f1().itertuples()
        ]
        lines += [*self.verdict.sentences, self.safeguards.sentence()]
        return lines if self.magnitudes is None else [*lines, *self.magnitudes.summary()]


def run(
    table: FeatureTable,
    config: RunConfig,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: bool = False,
) -> RunResult:
    """Run the whole method on a table and write the run folder.

    Parameters
    ----------
    table : FeatureTable
        Segments with features and a label; incomplete rows are left out and recorded.
    config : RunConfig
        See `load_config`.
    out : path_like
        The run folder; it appears only when everything is done. An interrupted run leaves a folder
        ``<out>.stages``, from which the same call goes on.
    overwrite : bool
        Whether an existing run folder is replaced.
    progress : bool
        Whether to draw progress bars.

    Raises
    ------
    MegathrustError
        If the table or the configuration cannot be used, or ``out`` cannot be written.
    """
    target = Path(out)
    for name in (*config.baselines, *config.curve.baselines):
        baseline(name)
    for name in config.magnitude.baselines:
        magnitude_baseline(name)
    magnitude_heads(config)
    with replacing_folder(target, overwrite=overwrite) as folder, ProgressBars(visible=progress) as bars:
        problem = make_problem(table, config)
        store = StageStore(target.with_name(target.name + ".stages"), fingerprint(problem.table, config))
        result = compute_run(problem, config, store, bars, rows_read=len(table))
        write_run(result, folder)
        draw_run(result, folder, progress=bars.stage("figures and report"))
        store.clear()
    return result


def make_problem(table: FeatureTable, config: RunConfig) -> Problem:
    """Return the complete rows of a table as arrays.

    Raises
    ------
    TableError
        If no row is complete.
    InputError
        If all segments are of one class.
    """
    whole = complete(table, max_missing_share=config.max_missing_share)
    if config.label is not None and config.label != whole.target():
        others = [name for name in whole.target_names if name != whole.target(config.label)]
        whole = whole.drop_columns(others, "not the label of this run")
    classes = whole.classes(config.thresholds)
    if len(np.unique(classes)) < 2:
        raise InputError(
            "all segments are of one class",
            given=f"thresholds {', '.join(map(str, config.thresholds))}",
            action="choose thresholds between the smallest and the largest label",
        )
    return Problem(whole, whole.features(), classes, whole.ruptures(), len(config.thresholds) + 1)


def compute_run(
    problem: Problem, config: RunConfig, store: StageStore, bars: ProgressBars, *, rows_read: int
) -> RunResult:
    """Compute everything of a run."""
    splitter = make_splitter(config.protocol)
    folds = splitter.split(problem.table)
    count = config.network.members
    members = members_of(folds, config.network, count, config.seed)
    fit = train_in_blocks(
        problem.features,
        problem.task,
        members,
        config.network,
        store,
        name="networks",
        device=config.device,
        progress=bars.stage(f"training {len(members)} networks"),
    )
    own = predict_members(fit.stack, problem, folds, count)
    # The verdict needs persistence, whatever other rivals the configuration names.
    names = list(dict.fromkeys((*config.baselines, PERSISTENCE)))
    rivals = predict_rivals(problem, folds, names, config.seed, progress=bars.stage("fitting the rivals"))
    predictions = {NETWORK: ensemble(folds, own), **rivals}
    weights = rupture_weights(
        problem.ruptures, replicates=config.bootstrap_replicates, seed=derived_seed(config.seed, 3000)
    )
    nulls = [
        null_scores(problem, problem.task, folds, config, kind, store, progress=bars.stage(f"null: {kind}"))
        for kind in (config.nulls.kinds if config.nulls.surrogates else ())
    ]
    singles = single_scores(problem.task, folds, own)
    scores = pd.concat(
        [
            *(_score(name, splitter, each, problem, weights) for name, each in predictions.items()),
            null_rows(nulls, singles, problem.task, folds, splitter),
            *_curve(problem, config, splitter, store, bars, weights),
        ],
        ignore_index=True,
    )
    explained = relevance_dataset(
        fit.stack, problem, folds, own, epsilon=config.epsilon, progress=bars.stage("relevance")
    )
    verdict = _verdict(predictions, problem, weights, nulls, singles)
    magnitudes = compute_magnitudes(problem, folds, splitter, config, NETWORK, weights, store, bars)
    return RunResult(
        config,
        problem,
        rows_read,
        splitter,
        folds,
        fit,
        predictions,
        own,
        scores,
        nulls,
        verdict,
        explained,
        find_safeguards(problem, folds, predictions[NETWORK], explained, config),
        magnitudes,
    )


def ensemble(folds: Sequence[Fold], members: Sequence[FloatArray]) -> list[Prediction]:
    """Return each fold's mean probability over its own members."""
    return [
        Prediction(fold.name, fold.test, probabilities.mean(0))
        for fold, probabilities in zip(folds, members, strict=True)
    ]


def _score(
    name: str, splitter: Splitter, predictions: list[Prediction], problem: Problem, weights: FloatArray
) -> pd.DataFrame:
    return score_table(name, splitter.protocol, splitter.exclusion_km, predictions, problem.classes, weights)


def _curve(
    problem: Problem,
    config: RunConfig,
    main: Splitter,
    store: StageStore,
    bars: ProgressBars,
    weights: FloatArray,
) -> list[pd.DataFrame]:
    """Return scores at the curve's exclusion distances, but for the one that the run itself has."""
    distances = [km for km in config.curve.exclusion_km if km != main.exclusion_km]
    if config.protocol.kind == "leave-one-region-out" or not distances:
        return []
    splitters = [make_splitter(config.protocol, exclusion_km=km) for km in distances]
    folds = [splitter.split(problem.table) for splitter in splitters]
    count = config.curve.members
    members = [
        member
        for number, each in enumerate(folds)
        for member in members_of(each, config.network, count, derived_seed(config.seed, 4000, number))
    ]
    fit = train_in_blocks(
        problem.features,
        problem.task,
        members,
        config.network,
        store,
        name="curve",
        device=config.device,
        progress=bars.stage(f"exclusion curve: {len(members)} networks"),
    )
    tables = []
    per_distance = count * len(folds[0])
    advance = bars.stage("exclusion curve: rivals")
    for number, (splitter, each) in enumerate(zip(splitters, folds, strict=True)):
        own = fit.stack.select(range(number * per_distance, (number + 1) * per_distance))
        predictions = {
            NETWORK: ensemble(each, predict_members(own, problem, each, count)),
            **predict_rivals(problem, each, config.curve.baselines, config.seed),
        }
        tables += [
            _score(name, splitter, each_one, problem, weights) for name, each_one in predictions.items()
        ]
        advance(number + 1, len(splitters))
    return tables


def _verdict(
    predictions: dict[str, list[Prediction]],
    problem: Problem,
    weights: FloatArray,
    nulls: Sequence[Null],
    singles: FloatArray,
) -> Verdict:
    observed = float(np.nanmean(singles))
    return Verdict(
        NETWORK,
        PERSISTENCE,
        *paired_difference(predictions[NETWORK], predictions[PERSISTENCE], problem.classes, weights),
        {null.kind: p_against(null, observed, problem.task) for null in nulls},
    )


def write_run(result: RunResult, folder: Path) -> None:
    """Write the data files of a run folder."""
    with replacing(folder / "config.yaml") as part:
        part.write_text(
            yaml.safe_dump(result.config.model_dump(mode="json"), sort_keys=False), encoding="utf-8"
        )
    with replacing(folder / "scores.csv") as part:
        result.scores.to_csv(part, index=False, float_format="%.10g")
    with replacing(folder / "predictions.csv") as part:
        prediction_frame(result).to_csv(part, index=False, float_format="%.10g")
    if result.magnitudes is not None:
        with replacing(folder / "magnitude_scores.csv") as part:
            result.magnitudes.scores.to_csv(part, index=False, float_format="%.10g")
        with replacing(folder / "magnitudes.csv") as part:
            result.magnitudes.frame(result.problem).to_csv(part, index=False, float_format="%.10g")
    with replacing(folder / "relevance.nc") as part:
        compressed = {"zlib": True, "complevel": 4}
        result.relevance.to_netcdf(
            part, engine="h5netcdf", encoding=dict.fromkeys(result.relevance.data_vars, compressed)
        )
    write_json(folder / "table.json", describe(result.problem.table, rows_read=result.rows_read))
    seeds = [m.seed for m in result.network_members()]
    verdicts = [result.verdict]
    if result.magnitudes is not None:
        verdicts.append(result.magnitudes.verdict)
    record = run_record(result.problem, result.folds, result.config, seeds, *verdicts)
    write_json(folder / "record.json", {**record, **result.safeguards.notes()})
    save_model(saved_model(result), folder / "model")
    if result.magnitudes is not None:
        save_model(saved_magnitude_model(result, result.magnitudes), folder / "model-magnitude")


def prediction_frame(result: RunResult) -> pd.DataFrame:
    """Return one row per model, scenario and held-out segment."""
    table = result.problem.table
    keys = table.frame[["region", "segment", "s_km", "lon", "lat"]]
    parts = []
    for name, predictions in result.predictions.items():
        for number, prediction in enumerate(predictions):
            rows = prediction.rows
            part = keys.iloc[rows].reset_index(drop=True)
            part.insert(0, "scenario", prediction.scenario)
            part.insert(0, "model", name)
            part["observed_magnitude"] = table.magnitudes()[rows]
            part["observed_class"] = result.problem.classes[rows]
            part["predicted_class"] = predicted_class(prediction.probabilities)
            for c in range(result.problem.n_classes):
                part[f"probability_{c}"] = prediction.probabilities[:, c]
            if name == NETWORK:
                part["probability_spread"] = result.members[number][:, :, -1].std(0)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)
