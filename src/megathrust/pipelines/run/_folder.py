"""A run, as its folder holds it."""

from __future__ import annotations

import html
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import safetensors.numpy
import xarray as xr
import yaml

from megathrust.core import InputError, read_yaml, reading, replacing, sha256_of, write_json
from megathrust.pipelines.experiment import (
    Answer,
    Experiment,
    Judgement,
    fit_of,
    inner_folds,
    judge,
    make_experiment,
)
from megathrust.pipelines.run._manifest import MANIFEST, proved, read_manifest
from megathrust.pipelines.settings import RunConfig, validated
from megathrust.pipelines.tasks import ClassPredictand, Task, tasks_of
from megathrust.pipelines.work import Arrays
from megathrust.table import FeatureTable, is_as_written, read_table, write_table
from megathrust.training import Fit, device_named

CONFIG: str = "config.yaml"
TABLE: str = "table.parquet"
SCORES_OF_CURVE: str = "curve.parquet"
RELEVANCE: str = "relevance.nc"
CLAIMS_FILE: str = "artefacts/claims.json"
VERDICT_FILE: str = "verdict.json"
EXPLANATION: str = "explanation.nc"
COMPARED: str = "explanation_compared"
KNOWN_TRUTH: str = "known_truth"


@dataclass(frozen=True)
class ExploredPage:
    """A page that a notebook shows inside itself, with all that it can do.

    Attributes
    ----------
    path : Path
    height : int
        Of its frame, in pixels.
    """

    path: Path
    height: int

    def _repr_html_(self) -> str:
        page = html.escape(self.path.read_text(encoding="utf-8"))
        look = f"width:100%;height:{self.height}px;border:1px solid #8888"
        return f'<iframe title="report of the run" style="{look}" srcdoc="{page}"></iframe>'


class Run:
    """A run folder, opened: what was asked of a table, and what came out.

    Everything is read, or made of what was read, when it is first looked at.

    Parameters
    ----------
    folder : path_like
        Of a finished run.

    Raises
    ------
    InputError
        If the folder is no run.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from megathrust.pipelines.run import open_run, run
    >>> from megathrust.pipelines.settings import load_config
    >>> from megathrust.testing import synthetic_table, tiny_settings
    >>> config = load_config(**tiny_settings())
    >>> with TemporaryDirectory() as folder:
    ...     _ = run(synthetic_table(), config, f"{folder}/first")
    ...     finished = open_run(f"{folder}/first")
    ...     finished.relevance["relevance"].dims, finished.place
    (('member', 'class', 'segment', 'feature'), 'protocol seed, exclusion distance 50 km')
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        if not (self.folder / CONFIG).is_file():
            raise InputError(
                "the folder is no run", given=self.folder, allowed="a folder that megathrust run wrote"
            )

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        """Return size, verdicts and mean scores, as a notebook shows them."""
        title = f"<p><b>{html.escape(str(self.folder))}</b>: {html.escape(self.summary()[0])}</p>"
        parts = [title]
        for judgement in self.judgements:
            scores = judgement.mean_scores()[["model", "value", "low", "high"]]
            table = scores.to_html(index=False, float_format="%.3f", border=0)
            parts += [judgement.verdict._repr_html_(), table]
        return "".join(parts)

    def explore(self, *, height: int = 900) -> ExploredPage:
        """Return the run's report, which a notebook shows inside itself.

        Parameters
        ----------
        height : int
            Of the frame, in pixels.

        Raises
        ------
        InputError
            If the run folder holds no report.
        """
        path = self.folder / "report.html"
        if not path.is_file():
            raise InputError(
                "the run has no report", given=self.folder, action=f"megathrust report {self.folder}"
            )
        return ExploredPage(path, height)

    @cached_property
    def config(self) -> RunConfig:
        """Every setting of the run."""
        return validated(RunConfig, read_yaml(proved(self.folder, CONFIG), "the settings of a run"))

    @cached_property
    def table(self) -> FeatureTable:
        """The table as it was given, incomplete rows and all."""
        if not is_as_written(self.folder / TABLE):
            raise InputError(
                "the table of the run is not the one that was written",
                given=self.folder / TABLE,
                action="make another run of the changed table",
            )
        return read_table(self.folder / TABLE, label=self.config.label)

    @cached_property
    def experiment(self) -> Experiment:
        """The complete rows and the folds."""
        return make_experiment(self.table, self.config)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What the networks are asked."""
        return tasks_of(self.experiment.table, self.config)

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """The networks of every task."""
        features = self.experiment.rows.features.shape[1]
        return tuple(fit_of(self.arrays("networks", task), task, features) for task in self.tasks)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What every task came to."""
        return tuple(
            judge(self.experiment, task, fit, self.arrays("answers", task))
            for task, fit in zip(self.tasks, self.fits, strict=True)
        )

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """What was said of every predictand, the leading one first."""
        return tuple(each for answer in self.answers for each in answer.judgements)

    @cached_property
    def claims(self) -> dict[str, Any]:
        """What the test of families says, in words and numbers."""
        content: dict[str, Any] = json.loads(proved(self.folder, CLAIMS_FILE).read_text(encoding="utf-8"))
        return content

    @cached_property
    def verdict(self) -> list[dict[str, Any]]:
        """The verdict in plain language: question, answer (sentences), shown (true, false, or neither)."""
        content: list[dict[str, Any]] = json.loads(proved(self.folder, VERDICT_FILE).read_text("utf-8"))
        return content

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Scores of the leading predictand at other exclusion distances; may be empty."""
        path = proved(self.folder, f"artefacts/{SCORES_OF_CURVE}")
        with reading(path, "scores of a run", error=InputError):
            return pd.read_parquet(path)

    def scores_of(self, judgement: Judgement) -> pd.DataFrame:
        """Return the scores of a judgement, with those at other distances where there are any."""
        leading = judgement.predictand.name == self.tasks[0].predictands[0].name
        parts = [judgement.scores, self.curve] if leading and len(self.curve) else [judgement.scores]
        return pd.concat(parts, ignore_index=True)

    @property
    def scores(self) -> pd.DataFrame:
        """Tidy scores of the leading predictand."""
        return self.scores_of(self.judgements[0])

    @cached_property
    def relevance(self) -> xr.Dataset:
        """What the networks of the leading task used."""
        path = proved(self.folder, RELEVANCE)
        with (
            reading(path, "relevance of a run", error=InputError),
            xr.open_dataset(path, engine="h5netcdf") as dataset,
        ):
            return dataset.load()

    @cached_property
    def explanation(self) -> xr.Dataset:
        """What networks that were trained to be explained use; see `explained` for what of it stands."""
        with xr.open_dataset(proved(self.folder, EXPLANATION), engine="h5netcdf") as dataset:
            return dataset.load()

    def explained(self, name: str) -> pd.DataFrame:
        """Return a table of the explanation: families, features, effects, or agreement."""
        path = proved(self.folder, f"explanation_{name}.csv")
        if name == "agreement":
            return pd.read_csv(path, index_col=0)
        table = pd.read_csv(path)
        texts = [name for name in ("reason", "source") if name in table]
        return table.assign(**{name: table[name].astype(object).fillna("") for name in texts})

    @cached_property
    def known_truth(self) -> tuple[str, ...]:
        """What the run's rankings hold of a known truth on its own table, in sentences."""
        path = proved(self.folder, f"{KNOWN_TRUTH}.json")
        return tuple(json.loads(path.read_text(encoding="utf-8"))["sentences"])

    @cached_property
    def checks(self) -> dict[str, Any]:
        """What the explanation was checked by."""
        content: dict[str, Any] = json.loads(proved(self.folder, "explanation.json").read_text("utf-8"))
        return dict(content["checks"])

    @property
    def place(self) -> str:
        """Protocol and exclusion distance in words."""
        splitter = self.experiment.splitter
        return f"protocol {splitter.protocol}, exclusion distance {splitter.exclusion_km:g} km"

    @property
    def caption(self) -> str:
        """What every figure of held-out segments says of itself."""
        experiment = self.experiment
        return (
            f"{len(experiment.table)} held-out segments, those of the highest class from "
            f"{experiment.ruptures_of_highest_class} ruptures; {self.place}."
        )

    def summary(self) -> list[str]:
        """Return what a reader should know first: size, mean score of every model, the verdict."""
        experiment = self.experiment
        tests = " ".join(str(len(fold.test)) for fold in experiment.folds)
        highest = (
            f"{int(experiment.highest.sum())} in the highest class; "
            if experiment.table.is_magnitude()
            else ""
        )
        return [
            f"{experiment.size()}, {experiment.rows.features.shape[1]} features, "
            f"{highest}test segments per scenario: {tests}",
            *filter(None, [experiment.warning()]),
            *(line for each in self.judgements for line in each.summary(self.place)),
            *(
                line
                for statement in self.verdict
                for line in ("", statement["question"], *(f"  {words}" for words in statement["answer"]))
            ),
        ]

    def findings(self) -> dict[str, Any]:
        """Return size, mean scores and verdicts, ready for JSON."""
        experiment = self.experiment
        return {
            "folder": str(self.folder),
            "segments": len(experiment.table),
            "rows_read": experiment.rows_read,
            "features": experiment.rows.features.shape[1],
            "ruptures_of_highest_class": experiment.ruptures_of_highest_class,
            "passed": all(each.verdict.passed for each in self.judgements),
            "verdict": [
                {"question": each["question"], "answer": list(each["answer"]), "shown": each["shown"]}
                for each in self.verdict
            ],
            "predictands": [_found(each) for each in self.judgements],
        }

    def arrays(self, stage: str, task: Task) -> Arrays:
        """Return the arrays that a stage left of a task."""
        path = proved(self.folder, self.arrays_path(stage, task).relative_to(self.folder).as_posix())
        with reading(path, "arrays of a run", error=InputError):
            return safetensors.numpy.load_file(path)

    def arrays_path(self, stage: str, task: Task) -> Path:
        """Return where a stage leaves its arrays of a task."""
        return self.folder / "artefacts" / f"{stage}-{task.name}.safetensors"

    def check(self) -> None:
        """Refuse what cannot be asked of the table, before anything is computed."""
        device_named(self.config.device)
        _ = self.tasks
        if self.config.relevance.normalisation is not None and not isinstance(
            self.tasks[0].leading, ClassPredictand
        ):
            raise InputError(
                "a heat map by class needs classes, and the run has none",
                given=f"relevance.normalisation: {self.config.relevance.normalisation}",
                allowed="tasks with classes first",
                action="leave it out, or ask for classes",
            )
        if self.config.temperature.fitted:
            inner_folds(self.experiment)

    def forget(self) -> None:
        """Read everything anew from now on."""
        for name in list(vars(self)):
            if name != "folder":
                del self.__dict__[name]


def _found(judgement: Judgement) -> dict[str, Any]:
    verdict, scores = judgement.verdict, judgement.mean_scores()[["model", "value", "low", "high"]]
    return {
        "name": judgement.predictand.name,
        "score": judgement.predictand.metric_name,
        "scores": scores.astype(object).where(scores.notna(), None).to_dict("records"),
        "rival": verdict.rival,
        "difference": verdict.difference,
        "low": verdict.low,
        "high": verdict.high,
        "p_values": dict(verdict.p_values),
        "own_p_values": dict(verdict.own_p_values),
        "passed": verdict.passed,
        "sentences": list(verdict.sentences),
    }


def start_run(folder: Path, config: RunConfig, table: FeatureTable) -> Run:
    """Write what a run starts from: its settings and its table."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config)
    write_table(table, folder / TABLE)
    return Run(folder)


def write_config(folder: Path, config: RunConfig) -> None:
    """Write the settings of a run, and record them: what its stages wrote belongs to no others."""
    with replacing(folder / CONFIG) as part:
        part.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    recorded = {"settings": {"files": {CONFIG: sha256_of(folder / CONFIG)}}}
    write_json(folder / MANIFEST, read_manifest(folder) | recorded)
