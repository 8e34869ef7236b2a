"""Commands in forked processes: what is loaded stays loaded, so that a hundred of them take minutes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

SMALL = {
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16},
    "baselines": ["region prior"],
    "curve": {"exclusion_km": [0], "members": 1, "baselines": ["nearest segment"]},
    "nulls": {"surrogates": 2, "planted": 1, "per_model": 2},
    "claims": {"worlds": 2},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 0},
    "figures": {"kinds": ["scores by scenario"]},
    "bootstrap_replicates": 20,
}
SEARCH = {
    **SMALL,
    "search": {
        "budget": 2,
        "inner_blocks": 2,
        "inner_members": 1,
        "refit_members": 1,
        "refit_trials": 1,
        "rungs": 1,
        "baselines": ["region prior"],
        "space": {"epochs": [2], "depth": [1], "width": [4]},
    },
}


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, or minus the signal; and what it said."""

    code: int
    out: str
    err: str

    @property
    def refused(self) -> bool:
        """Whether it ended with one sentence of ours."""
        # Lines of stages with their time come before it.
        lines = [line for line in self.err.strip().splitlines() if not line.startswith("[")]
        return self.code == 2 and len(lines) == 1 and lines[0].startswith("megathrust: ")


def load() -> None:
    """Load what commands need, before any of them is forked."""
    import h5netcdf  # noqa: F401

    import megathrust.cli._main
    import megathrust.pipelines.association
    import megathrust.pipelines.predict as predict
    import megathrust.pipelines.run
    import megathrust.pipelines.search

    for name in predict.__all__:
        getattr(predict, name)
    # Like h5netcdf loaded only when it is needed, which a command of another user may be unable to.
    with contextlib.redirect_stdout(io.StringIO()):
        megathrust.cli._main.app(["predict", "--help"], standalone_mode=False)


def start(folder: Path, *words: object, before: Callable[[], None] | None = None) -> int:
    """Start a command in a folder; return its process. What it says goes to two files beside the folder."""
    process = os.fork()
    if process:
        return process
    # In the child: nothing of the tests may run after the command.
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        for number, name in ((1, "out"), (2, "err")):
            handle = os.open(folder.with_name(f"{folder.name}.{name}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(handle, number)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["megathrust", *map(str, words)]
        from megathrust.cli import main

        if before is not None:
            before()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def finish(folder: Path, process: int) -> Done:
    """Wait for the end of a command."""
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    said = [folder.with_name(f"{folder.name}.{name}").read_text(errors="replace") for name in ("out", "err")]
    return Done(code, *said)


def run(folder: Path, *words: object, before: Callable[[], None] | None = None) -> Done:
    """Run a command in a folder."""
    return finish(folder, start(folder, *words, before=before))


def killed(folder: Path, seconds: float, words: Sequence[object], number: int = signal.SIGKILL) -> Done:
    """Run a command and send it a signal after some seconds."""
    process = start(folder, *words)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
    return finish(folder, process)


def make_world(folder: Path) -> None:
    """Fill a folder with what commands read: tables, configurations, a finished run."""
    from megathrust.table import write_table
    from megathrust.testing import synthetic_table

    folder.mkdir(parents=True)
    write_table(synthetic_table(), folder / "table.parquet")
    write_table(synthetic_table(), folder / "table.csv")
    (folder / "small.yaml").write_text(yaml.safe_dump(SMALL))
    (folder / "search.yaml").write_text(yaml.safe_dump(SEARCH))
    done = run(folder, *RUN, "--out", "base")
    assert done.code == 0, done.err


RUN = ("run", "--table", "table.parquet", "--config", "small.yaml", "--workers", "1")
PREDICT = ("predict", "--model", "base/model", "--table", "table.csv")

#: Every command that writes, with what it writes; folders of those that change a run hold one beforehand.
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "run": ((*RUN, "--out", "out/run"), "out"),
    "run --overwrite": ((*RUN, "--out", "base", "--seed", "3", "--overwrite"), "base"),
    "evaluate": (("evaluate", "base", "--workers", "1"), "base"),
    "explain": (("explain", "base", "--workers", "1"), "base"),
    "figures": (("figures", "base"), "base"),
    "report": (("report", "base"), "base"),
    "search": (
        ("search", "--table", "table.csv", "--config", "search.yaml", "--workers", "1", "--out", "out/found"),
        "out",
    ),
    "test": (("test", "--table", "table.csv", "--no-power", "--out", "out/test"), "out"),
    "predict .csv": ((*PREDICT, "--out", "out/p.csv"), "out"),
    "predict .parquet": ((*PREDICT, "--out", "out/p.parquet"), "out"),
    "predict .geojson": ((*PREDICT, "--out", "out/p.geojson"), "out"),
    "predict .nc": ((*PREDICT, "--out", "out/p.nc"), "out"),
    "map": (("map", "table.parquet", "--out", "out/m.png"), "out"),
}


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the hash of every file in a folder; how long a trial took is no part of any result."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            if path.name == "trials.csv":
                raw = b"\n".join(line.rpartition(b",")[0] for line in raw.splitlines())
            hashes[path.relative_to(folder).as_posix()] = hashlib.sha256(raw).hexdigest()
    return hashes


def left_over(folder: Path) -> list[str]:
    """Return what an unfinished command leaves: its stages, parts, locks and what it set aside."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.endswith((".stages", ".lock", ".old")) or ".part" in path.suffixes
    )


def copied(world: Path, folder: Path) -> Path:
    """Return a fresh copy of a world."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world, folder)
    return folder
