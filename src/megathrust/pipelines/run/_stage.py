"""A stage of a run: from declared files to declared files, keyed by all that it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from megathrust.core import FolderKind, sha256_of, write_json
from megathrust.pipelines.experiment import versions
from megathrust.pipelines.run._folder import CONFIG, TABLE, Run
from megathrust.pipelines.run._manifest import MANIFEST, read_manifest
from megathrust.pipelines.work import Work
from megathrust.table import schema_path


def _files_of(folder: Path) -> tuple[str, ...]:
    """Return the names of all files that a run wrote, as far as it recorded them."""
    stages = read_manifest(folder)
    return (TABLE, schema_path(TABLE).name, *(name for stage in stages.values() for name in stage["files"]))


#: How a folder of a run is known.
RUN_FOLDER = FolderKind("run", (CONFIG, MANIFEST), _files_of)


@dataclass(frozen=True)
class Stage:
    """One step of a run.

    Attributes
    ----------
    name : str
        As in ``stages.json``.
    after : tuple of str
        Stages whose files it reads.
    settings : tuple of str
        Entries of the configuration that it alone brings in.
    writes : tuple of str
        Patterns of the files that it leaves in the run folder.
    compute : callable
        Reads from the run folder and writes into it.
    method : int
        Counts up where the same settings no longer give the same numbers, so that a run of before is computed
        anew and does not keep them.
    """

    name: str
    after: tuple[str, ...]
    settings: tuple[str, ...]
    writes: tuple[str, ...]
    compute: Callable[[Run, Work], None]
    method: int = 1


def bring_up_to_date(run: Run, stages: Sequence[Stage], work: Work, *, again: str | None = None) -> list[str]:
    """Compute every stage whose files are not those of today's settings; return the names of those computed.

    Parameters
    ----------
    run : Run
    stages : sequence of Stage
        In the order of their dependence.
    work : Work
    again : str, optional
        A stage that is computed in any case.
    """
    done = read_manifest(run.folder)
    keys: dict[str, str] = {}
    computed = []
    for stage in stages:
        keys[stage.name] = key = _key(run, stage, keys)
        entry = done.get(stage.name, {})
        if stage.name != again and entry.get("key") == key and _intact(run, entry.get("files", {})):
            continue
        if done.pop(stage.name, None) is not None:
            # From here on nothing is recorded of it, until it is done.
            write_json(run.folder / MANIFEST, done)
        for name in entry.get("files", {}):
            (run.folder / name).unlink(missing_ok=True)
        stage.compute(run, work.keyed(key))
        run.forget()
        # A pattern may fit a file that another stage wrote.
        others = {name for each in done.values() for name in each["files"]}
        done[stage.name] = {"key": key, "files": _written(run, stage, others)}
        write_json(run.folder / MANIFEST, done)
        computed.append(stage.name)
    return computed


def _key(run: Run, stage: Stage, keys: Mapping[str, str]) -> str:
    """Return a hash of all that the files of a stage depend on."""
    settings = run.config.model_dump(mode="json")
    table = run.folder / TABLE
    before = [keys[each] for each in stage.after] or [sha256_of(table), sha256_of(schema_path(table))]
    name = stage.name if stage.method == 1 else f"{stage.name} {stage.method}"
    content = [name, before, {entry: settings[entry] for entry in stage.settings}, versions()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _intact(run: Run, files: Mapping[str, str]) -> bool:
    return all(
        (run.folder / name).is_file() and sha256_of(run.folder / name) == sha256
        for name, sha256 in files.items()
    )


def _written(run: Run, stage: Stage, others: Collection[str]) -> dict[str, str]:
    paths = sorted(path for pattern in stage.writes for path in run.folder.glob(pattern) if path.is_file())
    names = {path.relative_to(run.folder).as_posix(): path for path in paths}
    return {name: sha256_of(path) for name, path in names.items() if name not in others}
