"""Questions asked of a table, and their answers beside rivals and nulls."""

from megathrust.pipelines.experiment._answer import (
    Answer,
    Judgement,
    ask,
    collect,
    judge,
    roster_of,
    score_predictions,
    train_task,
)
from megathrust.pipelines.experiment._applicability import domain_arrays, find_domain, stored_domain
from megathrust.pipelines.experiment._experiment import Experiment, make_experiment
from megathrust.pipelines.experiment._nulls import SINGLE, Null
from megathrust.pipelines.experiment._own_nulls import OwnNull
from megathrust.pipelines.experiment._record import (
    fingerprint,
    fold_table,
    run_record,
    segment_names,
    table_hash,
    versions,
)
from megathrust.pipelines.experiment._rivals import predict_rivals
from megathrust.pipelines.experiment._roster import Roster, make_roster
from megathrust.pipelines.experiment._temperature import inner_folds
from megathrust.pipelines.experiment._training import (
    Block,
    arrays_of,
    fit_of,
    train_blocks,
    train_members,
)
from megathrust.pipelines.experiment._worlds import (
    Surrogate,
    compared_scores,
    ensemble,
    make_world,
    networks_in,
)
from megathrust.pipelines.settings import NETWORK

__all__ = [
    "NETWORK",
    "SINGLE",
    "Answer",
    "Block",
    "Experiment",
    "Judgement",
    "Null",
    "OwnNull",
    "Roster",
    "Surrogate",
    "arrays_of",
    "ask",
    "collect",
    "compared_scores",
    "domain_arrays",
    "ensemble",
    "find_domain",
    "fingerprint",
    "fit_of",
    "fold_table",
    "inner_folds",
    "judge",
    "make_experiment",
    "make_roster",
    "make_world",
    "networks_in",
    "predict_rivals",
    "roster_of",
    "run_record",
    "score_predictions",
    "segment_names",
    "stored_domain",
    "table_hash",
    "train_blocks",
    "train_members",
    "train_task",
    "versions",
]
