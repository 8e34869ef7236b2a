"""The stage that asks which families of features go with the label: before any network, and without one."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from megathrust.core import MegathrustError, ProgressCallback, write_csv, write_json
from megathrust.pipelines.association import (
    LADDER,
    Associations,
    Question,
    associate,
    content,
    label_uncertainty,
    make_question,
    planted,
    power_of,
    record_length,
    specification_curve,
)
from megathrust.pipelines.run._folder import CLAIMS_FILE, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Arrays, Work

FAMILIES = "families.csv"
CUTS = "families_by_cut.csv"


def _claim(run: Run, work: Work) -> None:
    try:
        said = _ask(run, work)
    except MegathrustError as error:
        # A table may well be fit for networks and not for this test: one trench, or no great rupture.
        said = {"sentences": [f"The families of features were not tested: {error}"], "claims": []}
    write_json(run.folder / CLAIMS_FILE, said)


def _ask(run: Run, work: Work) -> dict[str, Any]:
    """Return every answer in words, with its numbers where they are few, and write the others."""
    cut, worlds = _threshold(run), run.config.claims.worlds
    asked: dict[str, Any] = {"label": run.config.label, "seed": run.config.seed}
    found = associate(run.table, threshold=cut, **asked)
    write_csv(run.folder / FAMILIES, found.table)
    said: dict[str, Any] = dict.fromkeys(("power", "label_errors", "cuts", "cuts_jointly", "record"))
    if worlds:
        asked["worlds"] = worlds
        said["power"] = _power(run, work)
        said["label_errors"] = label_uncertainty(run.table, threshold=cut, **asked).sentence
        bar = work.bars.stage("cuts of the magnitude")
        curve = specification_curve(run.table, progress=bar, **asked)
        write_csv(run.folder / CUTS, curve.table)
        said |= {"cuts": curve.sentence, "cuts_jointly": curve.joint.to_dict(orient="records")}
        if cut is not None:
            bar, slope = work.bars.stage("longer records"), run.config.claims.slope
            longer = record_length(run.table, slope=slope, threshold=cut, progress=bar, **asked)
            said["record"] = longer.sentence
    return {**content(found), **said}


def _threshold(run: Run) -> float | None:
    """Return the threshold of the highest class; None where only the magnitude is asked."""
    return None if run.config.tasks == ("magnitude",) else run.config.thresholds[-1]


def _power(run: Run, work: Work) -> str:
    question = make_question(run.table, threshold=_threshold(run), label=run.config.label)
    worlds = run.config.claims.worlds
    done = work.compute(
        "planted worlds",
        _plant,
        (question, worlds, run.config.seed),
        list(LADDER),
        keys=list(LADDER),
        title="what the test could see",
    )
    pairs = [(arrays["found"], arrays["claimed"]) for arrays in done]
    return power_of(question, dict(zip(LADDER, pairs, strict=True))).sentence


def _plant(shared: tuple[Question, int, int], slope: float, advance: ProgressCallback) -> Arrays:
    question, worlds, seed = shared
    found, claimed = planted(question, slope, worlds=worlds, seed=seed)
    return {"found": found, "claimed": claimed}


def families_of(run: Run) -> Associations | None:
    """Return the answer of the stage; none where the families could not be tested."""
    said = json.loads((run.folder / CLAIMS_FILE).read_text(encoding="utf-8"))
    if "label" not in said:
        return None
    return Associations(pd.read_csv(run.folder / FAMILIES), said["label"], said["rests_on"], said["level"])


CLAIMS: Stage = Stage(
    name="claims",
    after=(),
    settings=("claims", "tasks", "label", "thresholds", "seed"),
    writes=(CLAIMS_FILE, FAMILIES, CUTS),
    compute=_claim,
)
