"""The stage that explains every held-out segment by the members that were not fitted on it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from megathrust.core import FloatArray, ProgressCallback, fill_missing
from megathrust.explanation import ATTRIBUTIONS, AttributionOptions, ExplainedStack, make_background
from megathrust.models import FCNStack
from megathrust.pipelines.experiment import NETWORK, Answer, Experiment, Judgement
from megathrust.pipelines.run._folder import RELEVANCE, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.settings import RelevanceConfig
from megathrust.pipelines.work import Arrays, Work, write_netcdf


def _explain(run: Run, work: Work) -> None:
    dataset = relevance_dataset(run.experiment, run.answers[0], run.config.relevance, work)
    write_netcdf(dataset, run.folder / RELEVANCE)


def relevance_dataset(
    experiment: Experiment, answer: Answer, settings: RelevanceConfig, work: Work
) -> xr.Dataset:
    """Explain each segment by the members that were not fitted on it.

    Parameters
    ----------
    experiment : Experiment
    answer : Answer
        Of the task whose networks are explained.
    settings : RelevanceConfig
        Attribution, rule and stabiliser.
    work : Work

    Returns
    -------
    Dataset
        ``relevance`` (member, class, segment, feature), ``bias_share`` and ``delta`` (member, class,
        segment); along ``segment`` region, s_km, lon, lat, scenario, observed and predicted class.
    """
    folds, roster, features = experiment.folds, answer.roster, experiment.rows.features
    tasks = [
        (roster.of_fold(answer.fit.stack, i), features[fold.test], features[fold.train])
        for i, fold in enumerate(folds)
    ]
    done = work.compute(
        "relevance",
        _explain_fold,
        settings,
        tasks,
        keys=[fold.name for fold in folds],
        title="relevance",
    )
    rows = np.concatenate([fold.test for fold in folds])
    frame = experiment.table.frame.iloc[rows]
    columns = [experiment.table.columns[name] for name in experiment.table.feature_names]
    leading = answer.judgements[0]
    logit = ("member", "class", "segment")
    return xr.Dataset(
        {
            "relevance": (
                (*logit, "feature"),
                _joined(done, "features").astype(np.float32),
                {"units": "1", "long_name": "share of the feature in the logit of the class"},
            ),
            "bias_share": (
                logit,
                _joined(done, "bias"),
                {"units": "1", "long_name": "share of biases and stabiliser in the logit of the class"},
            ),
            "delta": (
                logit,
                _joined(done, "delta"),
                {"units": "1", "long_name": "output less its mean over the background"},
            ),
        },
        coords={
            "feature": ("feature", [column.name for column in columns]),
            "feature_family": ("feature", [column.family for column in columns]),
            "feature_group": ("feature", [column.group for column in columns]),
            "region": ("segment", frame["region"].to_numpy().astype(str)),
            "s_km": ("segment", frame["s_km"].to_numpy(), {"units": "km"}),
            "lon": ("segment", frame["lon"].to_numpy(), {"units": "degrees_east"}),
            "lat": ("segment", frame["lat"].to_numpy(), {"units": "degrees_north"}),
            "scenario": ("segment", np.repeat([f.name for f in folds], [len(f.test) for f in folds])),
            "observed_class": ("segment", experiment.classes[rows]),
            **_predicted(leading),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Layer-wise relevance of held-out segments",
            "method": (
                f"{settings.attribution.upper()}, {settings.rule} rule, epsilon = {settings.epsilon:g}; "
                "relevance + bias_share = delta, from a background of training segments"
            ),
        },
    )


def _explain_fold(
    settings: RelevanceConfig, task: tuple[FCNStack, FloatArray, FloatArray], advance: ProgressCallback
) -> Arrays:
    stack, features, training = task
    found = ATTRIBUTIONS[settings.attribution](
        ExplainedStack(stack, "outputs"),
        fill_missing(features, training),
        make_background(training),
        AttributionOptions(rule=settings.rule, epsilon=settings.epsilon, progress=advance),
    )
    return {"features": found.features, "bias": found.bias, "delta": found.delta}


def _joined(parts: list[Arrays], name: str) -> FloatArray:
    """Put the segments of all folds behind one another."""
    return np.concatenate([part[name] for part in parts], axis=2)


def _predicted(leading: Judgement) -> dict[str, tuple[str, FloatArray]]:
    """Return what the ensemble says of every explained segment, as coordinates."""
    columns = [leading.predictand.columns(each.predicted) for each in leading.predictions[NETWORK]]
    chosen = [name for name in columns[0] if not name.startswith("probability")]
    return {name: ("segment", np.concatenate([each[name] for each in columns])) for name in chosen}


EXPLAIN: Stage = Stage(
    name="relevance",
    after=("networks", "answers"),
    settings=("relevance",),
    writes=(RELEVANCE,),
    compute=_explain,
)
