"""The stage that scores the leading task at other exclusion distances."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megathrust.core import replacing
from megathrust.evaluation import SCORE_COLUMNS
from megathrust.models import derived_seed
from megathrust.pipelines.experiment import (
    NETWORK,
    ensemble,
    make_roster,
    predict_rivals,
    score_predictions,
    train_members,
)
from megathrust.pipelines.run._folder import SCORES_OF_CURVE, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work


def _score(run: Run, work: Work) -> None:
    tables = _tables(run, work)
    empty = pd.DataFrame(columns=list(SCORE_COLUMNS))
    with replacing(run.folder / "artefacts" / SCORES_OF_CURVE) as part:
        (pd.concat(tables, ignore_index=True) if tables else empty).to_parquet(part, index=False)


def _tables(run: Run, work: Work) -> list[pd.DataFrame]:
    """Return scores at the curve's distances, but for the one that the run itself has."""
    experiment, config, task = run.experiment, run.config, run.tasks[0]
    own = experiment.splitter.exclusion_km
    distances = [km for km in config.curve.exclusion_km if km != own]
    if not np.isfinite(own) or not distances:
        return []
    # Some protocols know no distance: they are the same at any.
    elsewhere = [each for km in distances if (each := experiment.at_distance(km)).splitter.exclusion_km == km]
    if not elsewhere:
        return []
    count = config.curve.members
    rosters = [
        make_roster(
            each.folds,
            task.network,
            count,
            derived_seed(task.seed, "curve", f"{each.splitter.exclusion_km:g} km"),
        )
        for each in elsewhere
    ]
    members = [member for roster in rosters for member in roster.members]
    features = experiment.rows.features
    stack = train_members(
        features, task, members, work, name="curve", title=f"exclusion curve: {len(members)} networks"
    ).stack
    tables, start = [], 0
    predictand = task.predictands[0]
    names = [name for name in config.curve.baselines if name in predictand.rival_names]
    for each, roster in zip(elsewhere, rosters, strict=True):
        here = stack.select(range(start, start + len(roster.members)))
        start += len(roster.members)
        said = roster.said_of_test_rows(here, features, predictand)
        title = f"exclusion curve, {each.splitter.exclusion_km:g} km: fitting the rivals"
        predictions = {
            NETWORK: ensemble(predictand, each.folds, said),
            **predict_rivals(each, predictand, names, work, title=title),
        }
        tables += [score_predictions(each, predictand, name, predictions[name]) for name in predictions]
    return tables


CURVE: Stage = Stage(
    name="curve",
    # It trains networks of its own: only what they are like comes from that stage.
    after=("networks",),
    settings=("curve", "bootstrap_replicates"),
    writes=(f"artefacts/{SCORES_OF_CURVE}",),
    compute=_score,
)
