"""The verdict in plain language: what was asked, what came out, and what could have been seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from megathrust.core import write_json
from megathrust.pipelines.run._folder import VERDICT_FILE, Run
from megathrust.pipelines.run._stage import Stage
from megathrust.pipelines.work import Work
from megathrust.report import Statement


def statements(run: Run) -> tuple[Statement, ...]:
    """Return the questions of a run with their answers, the primary one first."""
    return tuple(_statements(run))


def _statements(run: Run) -> Iterator[Statement]:
    claims = run.claims
    label = claims.get("label", "the label")
    yield Statement(
        f"Which families of features go with {label} along trenches, beyond the region?",
        tuple(claims["sentences"]),
        bool(claims["claims"]) if "label" in claims else None,
    )
    for name, question in (
        ("cuts", "Does the answer depend on where the magnitude is cut?"),
        ("label_errors", "How far are the labels themselves known?"),
        ("power", "What could this table have shown?"),
        ("record", "What would be needed to see a weaker signal?"),
    ):
        if claims.get(name):
            yield Statement(question, (claims[name],))
    for judgement in run.judgements:
        verdict = judgement.verdict
        sentences = verdict.sentences
        what = judgement.predictand.metric_name
        yield Statement(
            f"Do networks know more than the neighbours ({what})?", sentences[:1], verdict.beats_rival
        )
        yield Statement(
            f"Do networks know more than region and autocorrelation ({what})?",
            (*sentences[1:], *judgement.sign_sentences),
            verdict.beats_nulls if verdict.p_values or verdict.own_p_values else None,
        )
    yield _transfer(run)


def _transfer(run: Run) -> Statement:
    question = "Does it carry over to regions that were left out?"
    if np.isinf(run.experiment.splitter.exclusion_km):
        passed = all(judgement.verdict.passed for judgement in run.judgements)
        words = "All scores of this run are of regions that were left out whole, all of them together"
        ending = (
            "and networks pass there." if passed else "and networks are not shown to know anything there."
        )
        return Statement(question, (f"{words}, {ending}",), passed)
    ask = "Not asked by this run; protocol: {kind: leave-one-region-out} asks it."
    return Statement(question, (ask,))


def _write(run: Run, work: Work) -> None:
    write_json(run.folder / VERDICT_FILE, [asdict(statement) for statement in statements(run)])


VERDICT: Stage = Stage(
    name="verdict",
    after=("claims", "answers"),
    settings=(),
    writes=(VERDICT_FILE,),
    compute=_write,
)
