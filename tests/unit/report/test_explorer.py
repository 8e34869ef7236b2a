"""What a page lets a reader explore: content for its script, files inside it, libraries that it stands on."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from megathrust.core import InputError
from megathrust.plots import class_style, probability_style, relevance_style
from megathrust.report import Explorer, MapPage, ReportFigure, Variable, map_page, segment_files
from megathrust.report._downloads import packed
from megathrust.report._explorer import explorer_content
from megathrust.report._figures import PAGE_BYTES, figure_sections
from megathrust.report._page import as_json, page_script
from megathrust.report._world import world_content


def explorer(**changes):
    segments = pd.DataFrame(
        {
            "region": ["alu", "alu", "sam"],
            "segment": [0, 1, 7],
            "s_km": [25.0, 75.0, 375.0],
            "lon": [179.8, -179.5, np.nan],
            "lat": [51.0, 51.1, np.nan],
            "left_out": [False, False, True],
            "reason": [None, None, "missing AGE"],
        }
    )
    variables = (
        Variable(
            "p",
            "probability",
            "Prediction",
            [0.25, np.nan, 1.0],
            probability_style(),
            spread=[0.1, 0.2, np.nan],
        ),
        Variable("class", "class", "Observation", [1, 0, np.nan], class_style(["low", "high"]), crossed=True),
        Variable("event", "event", "Observation", ["=1+1", None, "</script>"]),
        Variable("r", "relevance", "Relevance", [-0.5, 0.5, np.nan], relevance_style(0.5), unit="log-odds"),
    )
    given = {"segments": segments, "variables": variables, "first": "p"} | changes
    return Explorer(**given)


def test_content_holds_every_value_and_knows_what_is_missing():
    content = explorer_content(explorer())
    assert content["segments"]["key"] == ["alu/0", "alu/1", "sam/7"]
    assert content["segments"]["reason"] == [None, None, "missing AGE"]
    p, classes, event, relevance = content["variables"]
    assert p["values"] == [0.25, None, 1]
    assert p["spread"] == [0.1, 0.2, None]
    assert p["scale"]["kind"] == "steps"
    assert len(p["scale"]["colours"]) == len(p["scale"]["edges"]) - 1 == 10
    assert classes["scale"]["names"] == ["low", "high"]
    assert event["scale"] is None
    assert relevance["scale"]["kind"] == "ramp"
    assert (relevance["scale"]["low"], relevance["scale"]["high"]) == (-0.5, 0.5)
    json.dumps(content, allow_nan=False)


def test_lines_of_segments_meet_across_the_antimeridian_and_lack_where_there_is_no_place():
    first, second, nowhere = explorer_content(explorer())["segments"]["line"]
    assert nowhere is None
    assert first[4:] == pytest.approx(second[:2], abs=1e-3)
    assert abs(first[4]) > 179.0


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="lack a column"):
        explorer(segments=pd.DataFrame({"region": ["sam"]}))
    with pytest.raises(InputError, match="the variable v does not fit the segments"):
        explorer(variables=(Variable("v", "v", "x", [1.0]),))


def test_files_hold_numbers_names_and_no_formula():
    table, points = segment_files(explorer())
    frame = pd.read_csv(pd.io.common.StringIO(table.text))
    assert list(frame) == [
        "region", "segment", "s_km", "lon", "lat", "left_out", "p", "p_spread", "class", "event", "r"
    ]  # fmt: skip
    assert frame["class"].tolist()[:2] == ["high", "low"]
    assert frame["event"][0] == "'=1+1"
    assert table.text == table.head + "".join(table.records)
    collection = json.loads(points.text)
    assert [each["id"] for each in collection["features"]] == ["alu/0", "alu/1", "sam/7"]
    assert collection["features"][0]["geometry"]["coordinates"] == [179.8, 51.0]
    assert collection["features"][2]["geometry"] is None
    assert collection["features"][1]["properties"]["p"] is None


def test_packed_files_unpack_to_the_same_text_and_bytes_repeat():
    file = segment_files(explorer())[0]
    once, twice = (packed({"a": file})["a"]["data"] for _ in range(2))
    assert once == twice
    content = json.loads(gzip.decompress(base64.b64decode(once)))
    assert content["head"] + content["between"].join(content["records"]) + content["tail"] == file.text


def test_json_in_a_page_cannot_end_its_element():
    text = as_json({"a": "</script><!--&\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["a"] == "</script><!--&\u2028"


class _Scripts(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.inside, self.found, self.policy = False, [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.inside = tag == "script" and "type" not in given
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_data(self, data):
        if self.inside:
            self.found.append(data)

    def handle_endtag(self, tag):
        self.inside = False


def test_only_the_page_s_own_script_may_run():
    page = map_page(MapPage("A map <b>", "of three segments", explorer(), ["Mind the gap."]))
    scripts = _Scripts(page)
    assert len(scripts.found) == 1
    digest = base64.b64encode(hashlib.sha256(scripts.found[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in scripts.policy
    assert "default-src 'none'" in scripts.policy
    assert "A map &lt;b&gt;" in page
    assert "Mind the gap." in page


def test_libraries_are_those_of_npm_and_carry_their_licence():
    vendor = resources.files("megathrust.report") / "vendor"
    provenance = json.loads((vendor / "provenance.json").read_text("utf-8"))
    named = {
        name: record["sha256"]
        for package in provenance["packages"].values()
        for name, record in package["files"].items()
    }
    assert {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name in named} == named
    script = page_script()
    assert script.count("THE SOFTWARE IS PROVIDED") >= 2
    assert "</script" not in script.lower()


def test_land_is_unpacked_to_where_it_was():
    content = world_content()
    ring = np.array(content["coarse"][0][0]).reshape(-1, 2).cumsum(axis=0) / 100
    assert np.abs(ring[0] - ring[-1]).max() < 0.02
    assert np.abs(ring[:, 0]).max() <= 180
    assert np.abs(ring[:, 1]).max() <= 90


def test_figures_that_find_no_room_are_named(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    figures = []
    for number, kind in enumerate(("trench_map", "confusion")):
        Image.fromarray(noise).save(tmp_path / f"{number}.png")
        figures.append(ReportFigure(kind, tmp_path / f"{number}.png", "noise"))
    # One picture of noise in 256 colours takes 90 kB: there is room for one.
    sections = {each.kind: each for each in figure_sections(tuple(figures), taken=PAGE_BYTES - 170_000)}
    assert len(sections["confusion"].figures) == 1
    assert sections["trench_map"].elsewhere == ("0.png",)
    whole = figure_sections(tuple(figures), taken=0)
    assert [len(each.figures) for each in whole] == [1, 1]
