"""The stage that trains the networks of every task."""

from __future__ import annotations

import numpy as np
import safetensors.numpy

from megathrust.core import replacing
from megathrust.pipelines.experiment import arrays_of, train_task
from megathrust.pipelines.run._folder import Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.tasks import Task
from megathrust.pipelines.work import Arrays, Work


def _train(run: Run, work: Work) -> None:
    for task in run.tasks:
        write_arrays(run, "networks", task, arrays_of(train_task(run.experiment, task, work)))


def write_arrays(run: Run, stage: str, task: Task, arrays: Arrays) -> None:
    """Write what a stage leaves of a task, whole or not at all."""
    with replacing(run.arrays_path(stage, task)) as part:
        safetensors.numpy.save_file(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()}, part
        )


NETWORKS: Stage = Stage(
    name="networks",
    after=(),
    settings=(
        "tasks",
        "label",
        "thresholds",
        "features",
        "missing_values",
        "max_missing_share",
        "seed",
        "protocol",
        "network",
        "magnitude",
        "temperature",
        "device",
    ),
    writes=("artefacts/networks-*.safetensors",),
    compute=_train,
)
