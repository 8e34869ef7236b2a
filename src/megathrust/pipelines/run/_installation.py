"""Whether an installation works: versions, data, cache, device, and a run of a second."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from megathrust.pipelines.build import list_data
from megathrust.pipelines.experiment import ask, make_experiment, versions
from megathrust.pipelines.settings import load_config
from megathrust.pipelines.tasks import tasks_of
from megathrust.pipelines.work import available_cores, passing_work
from megathrust.sources import cache_dir
from megathrust.table import load_builtin_table
from megathrust.training import devices

_TINY = {
    "network": {"members": 1, "epochs": 2, "hidden": [8]},
    "nulls": {"surrogates": 0},
    "baselines": [],
    "curve": {"exclusion_km": []},
    "known_truth": {"worlds": 0},
    "bootstrap_replicates": 20,
}
# Bytes that downloads and a few runs need.
_ENOUGH = 2_000_000_000


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
    status : str
        ``"ok"``, ``"note"`` (works, but read the detail) or ``"fault"``.
    detail : str
    """

    name: str
    status: str
    detail: str


def check_installation() -> list[Check]:
    """Return what was found of versions, data, cache, device, and a small run."""
    checks: list[Check] = []
    for name, look in (
        ("versions", _versions),
        ("data", _data),
        ("cache", _cache),
        ("device", _device),
        ("small run", _small_run),
    ):
        checks += _looked(name, look)
    return checks


def _looked(name: str, look: Callable[[], Iterator[tuple[str, str]]]) -> Iterator[Check]:
    # Whatever breaks is what the command is there to find.
    try:
        for status, detail in look():
            yield Check(name, status, detail)
    except Exception as error:
        yield Check(name, "fault", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")


def _versions() -> Iterator[tuple[str, str]]:
    told = ", ".join(f"{name} {version}" for name, version in versions().items())
    yield "ok", f"{told}; {platform.system()} {platform.machine()}"


def _data() -> Iterator[tuple[str, str]]:
    folder = os.environ.get("MEGATHRUST_DATA")
    files = list_data()
    here = int(files["at_hand"].sum())
    where = f"MEGATHRUST_DATA is {folder}" if folder else "MEGATHRUST_DATA is not set"
    if folder and not Path(folder).is_dir():
        yield "fault", f"{where}, which is no folder"
    elif here == 0:
        yield "note", f"{where}; no data file at hand: only `build` needs them (megathrust data fetch)"
    else:
        yield "ok", f"{where}; {here} of {len(files)} files at hand"
    yield "ok", f"built-in table: {len(load_builtin_table())} segments"


def _cache() -> Iterator[tuple[str, str]]:
    folder = cache_dir()
    exists = next(part for part in (folder, *folder.parents) if part.exists())
    free = shutil.disk_usage(exists).free
    if not os.access(exists, os.W_OK):
        yield "fault", f"{folder} cannot be written"
    else:
        yield ("ok" if free > _ENOUGH else "note"), f"{folder}, {free / 1e9:.1f} GB free"


def _device() -> Iterator[tuple[str, str]]:
    yield "ok", f"{', '.join(devices())}; {available_cores()} processor cores"


def _small_run() -> Iterator[tuple[str, str]]:
    start = time.monotonic()
    table = load_builtin_table()
    experiment = make_experiment(
        table.select_rows((table["region"] == "sam").to_numpy(), "another region"),
        load_config(None, None, **_TINY),
    )
    with passing_work(workers=1) as work:
        answers = [ask(experiment, task, work) for task in tasks_of(experiment.table, experiment.config)]
    seconds = time.monotonic() - start
    networks = sum(len(answer.roster.members) for answer in answers)
    yield (
        "ok",
        f"{networks} networks trained and judged on {len(experiment.table)} segments in {seconds:.1f} s",
    )
