"""The report: what it says, that it stands alone, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from megathrust.core import InputError, OutputError, Verdict
from megathrust.plots import NULL_MODEL, SCORE_COLUMNS, save_figure, scenario_scores_info
from megathrust.report import ReportFigure, RunReport, write_report
from megathrust.report._content import FIGURE_KINDS
from megathrust.report._tables import score_table


class Page(HTMLParser):
    """Collects text, tags and attributes of a page and checks that tags are balanced."""

    VOID = ("meta", "img", "br", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text = " ".join([*self.text.split(), *data.split()])


def scores(*, low: float = -0.2, p_values: dict[str, float] | None = None, null_high: float = 0.67):
    verdict = Verdict("fcn", "nearest", low + 0.1, low, low + 0.2, p_values or {})
    rows = [
        (model, "seed", 50.0, 0, "f1", "macro", value, value - 0.1, value + 0.1)
        for model, value in {"fcn": 0.77, "nearest": 0.871, "extra trees": 0.867}.items()
    ]
    rows.append((NULL_MODEL, "seed", 50.0, "mean", "f1", "macro", 0.5, 0.4, null_high))
    frame = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    return scenario_scores_info(frame, networks=["fcn"], protocol="seed", exclusion_km=50.0, verdict=verdict)


def content(**changes: object) -> RunReport:
    given = {
        "title": "Run <seed>",
        "summary": "Which segments host great earthquakes?",
        "scores": (scores(),),
        "segments": 556,
        "ruptures": 30,
        "dropped": pd.DataFrame({"what": ["segments dropped"], "count": [35], "reason": ["AGE is missing"]}),
        "configuration": {"exclusion distance (km)": 50},
        "record": {"seed": 7},
        "files": {"scores.csv": "all scores", "odd name.csv": "quoted"},
    } | changes
    return RunReport(**given)


@pytest.fixture
def figure(tmp_path):
    (path,) = save_figure(Figure(figsize=(2, 1)), tmp_path / "figure.png")
    return ReportFigure("relevance", path, "Relevance of seven groups", "40 members, logit")


def test_report_says_what_it_must(tmp_path, figure):
    path = write_report(tmp_path / "report.html", content(figures=(figure,)))
    page = Page(path.read_text(encoding="utf-8"))
    assert page.open == []
    for phrase in (
        "Run <seed>",
        "556 segments",
        "30 independent ruptures",
        "Do not read this network as a finding",
        "The fcn is NOT SHOWN to beat the rival 'nearest': difference in macro-F1 -0.100 [-0.200, +0.000].",
        "No null was computed",
        "35 AGE is missing",
        "exclusion distance (km) 50",
        "seed 7",
        FIGURE_KINDS["relevance"][1],
        "40 members, logit",
    ):
        assert phrase in page.text
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert {"scores.csv", "odd%20name.csv", "#relevance"} <= set(links)
    targets = {attributes.get("id") for _, attributes in page.tags}
    assert all(link[1:] in targets for link in links if link.startswith("#"))


def test_every_null_has_a_row_below_the_model_that_it_is_made_for():
    single = scores()
    nulls = pd.concat([single.nulls, single.nulls.rename(index={NULL_MODEL: "turned labels"}) + 0.1])
    of = {NULL_MODEL: "extra trees", "turned labels": "fcn"}
    table = score_table(replace(single, nulls=nulls, null_of=of))
    assert [(row.name, row.kind) for row in table.rows] == [
        ("fcn", "network"),
        ("turned labels, for fcn", "null"),
        ("nearest", "rival"),
        ("extra trees", "rival"),
        ("autocorrelated null, for extra trees", "null"),
    ]
    cell = table.rows[1].cells[-1]
    assert (cell.text, cell.interval, cell.best) == ("0.600", "[0.500, 0.770]", False)


def test_rivals_and_null_stand_in_the_same_table(tmp_path):
    html = write_report(tmp_path / "r.html", content()).read_text(encoding="utf-8")
    start = html.index('<table class="scores')
    table = html[start : html.index("</table>", start)]
    page = Page(table)
    assert "fcn network 0.770 [0.670, 0.870] 0.770" in page.text
    assert "extra trees 0.867 [0.767, 0.967] 0.867" in page.text
    assert "autocorrelated null – 0.500 [0.400, 0.670]" in page.text
    assert table.count("<strong>") == 2
    assert "<strong>0.871</strong>" in table


@pytest.mark.parametrize(
    ("given", "heading"),
    [
        ((scores(low=0.1, p_values={"n": 0.01}),), "The network beats persistence and its null"),
        ((scores(low=0.1, p_values={"n": 0.01}), scores()), "Do not read these networks"),
        ((scores(low=0.1),), "Do not read this network"),
        ((), "Not judged"),
    ],
)
def test_verdict_box(tmp_path, given, heading):
    html = write_report(tmp_path / "r.html", content(scores=given)).read_text(encoding="utf-8")
    assert heading in html
    assert ('class="verdict good"' in html) == heading.startswith("The network beats")


def test_report_stands_alone_and_is_accessible(tmp_path, figure):
    html = write_report(tmp_path / "r.html", content(figures=(figure,))).read_text(encoding="utf-8")
    page = Page(html)
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [image["alt"] for image in images] == ["Relevance of seven groups"]
    assert images[0]["src"].startswith("data:image/png;base64,")
    assert images[0]["width"] == "200"
    assert "http:" not in html
    assert "https:" not in html
    assert "<script" not in html
    assert "prefers-color-scheme: dark" in html
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")


def test_equal_content_gives_equal_bytes(tmp_path, figure):
    first, second = (write_report(tmp_path / name, content(figures=(figure,))).read_bytes() for name in "ab")
    assert first == second


def test_unknown_number_of_ruptures_is_said(tmp_path):
    html = write_report(tmp_path / "r.html", content(ruptures=None)).read_text(encoding="utf-8")
    assert "the number of independent ruptures behind their labels is not known" in html


def test_missing_interval_leaves_no_brackets(tmp_path):
    info = scores()
    info.table[("0", "low")] = np.nan
    html = write_report(tmp_path / "r.html", content(scores=(info,))).read_text(encoding="utf-8")
    assert "nan" not in html


def test_bad_input_leaves_nothing(tmp_path, figure):
    with pytest.raises(InputError, match="unknown kind of figure"):
        ReportFigure("pie", figure.path, "")
    missing = ReportFigure("relevance", tmp_path / "absent.png", "x")
    text = ReportFigure("relevance", tmp_path / "text.png", "x")
    text.path.write_text("no picture")
    for bad, message in (
        (content(figures=(missing,)), "cannot be read"),
        (content(figures=(text,)), "not a PNG"),
        (content(dropped=pd.DataFrame({"a": [1]})), "other columns"),
    ):
        with pytest.raises(InputError, match=message):
            write_report(tmp_path / "r.html", bad)
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(text.path / "r.html", content())
    assert not (tmp_path / "r.html").exists()
