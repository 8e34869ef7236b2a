"""The report of a run in a browser: everything that a reader can do with it, by pointer, keys, on paper."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

# Without Playwright the fixture that starts the browser skips these tests.
try:
    from playwright.sync_api import expect
except ImportError:
    expect = None

AXE = Path(__file__).resolve().parents[2] / "build" / "axe" / "axe.min.js"


@pytest.fixture
def report(finished):
    return finished.folder / "report.html"


@pytest.fixture
def page(report, watched):
    return watched().open(report)


def shown(page):
    return page.locator("#filter-words").inner_text()


def test_page_opens_fast_draws_the_map_and_stays_small(report, page):
    timing = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0])"))
    print(f"report of {report.stat().st_size / 1e6:.2f} MB opened in {timing['loadEventEnd']:.0f} ms")
    assert report.stat().st_size < 6_000_000
    # One second on an idle machine; those of CI are busy.
    assert timing["loadEventEnd"] < 3000
    assert page.locator("#world .segment").count() == 60
    drawn = page.eval_on_selector_all(
        "#world .segment", "paths => paths.filter(p => p.getAttribute('d')).length"
    )
    assert drawn == 59
    assert len(page.locator("#world .land").get_attribute("d")) > 10_000


def test_a_click_on_the_map_opens_the_card_and_the_address_names_the_segment(page):
    page.locator("#world").scroll_into_view_if_needed()
    x, y = page.evaluate("megathrust.pointOf('sam/12')")
    box = page.locator("#world").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert page.locator("#card h3").inner_text() == "South America 12"
    assert page.evaluate("location.hash") == "#sam/12"


def test_a_card_says_what_the_files_say(finished, report, watched):
    page = watched().open(report, "#sam/12")
    predictions = pd.read_csv(finished.folder / "predictions.csv").query("region == 'sam' and segment == 12")
    segments = (
        pd.read_csv(finished.folder / "segments.csv").query("region == 'sam' and segment == 12").squeeze()
    )
    of = {row.model: row for row in predictions.itertuples()}

    def told(key):
        return page.locator(f'#card td[data-key="{key}"]').text_content()

    own = of["FCN"]
    assert told("probability_1") == f"{own.probability_1:.3f} ± {own.probability_spread:.3f}"
    assert told("probability_1, nearest segment").startswith(f"{of['nearest segment'].probability_1:g}"[:4])
    assert told("observed_magnitude").startswith(f"{own.observed_magnitude:g}")
    assert told("fold") == f"scenario {own.scenario}" == segments["fold"]
    assert told("F0").startswith(f"{segments['F0']:.3f}")
    assert told("relevance_driver").startswith(f"{segments['relevance_driver']:.3f} ± ")
    rank = page.locator('#card tr:has(td[data-key="F0"])').text_content()
    share = (pd.read_csv(finished.folder / "segments.csv")["F0"] <= segments["F0"]).mean()
    assert f"{100 * share:.0f} % of segments have no more" in rank


def test_a_left_out_segment_says_why(report, watched):
    page = watched().open(report, "#alu/3")
    assert "Left out of the run: missing" in page.locator("#card .warning").inner_text()


def test_everything_is_reached_by_keys_alone(page):
    page.locator("#segments").focus()
    assert page.locator("#card h3").inner_text() == "Alaska-Aleutians 0"
    page.keyboard.press("ArrowRight")
    assert page.locator("#card h3").inner_text() == "Alaska-Aleutians 1"
    page.keyboard.press("ArrowDown")
    assert page.locator("#card h3").inner_text() == "Japan-Kuriles-Kamchatka 0"
    page.keyboard.press("End")
    assert page.locator("#card h3").inner_text() == "Japan-Kuriles-Kamchatka 14"
    assert page.locator("#segments").get_attribute("aria-activedescendant") == "segment-34"
    assert page.locator("#segment-34").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "card"
    reached = set()
    page.reload()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"segments", "heat-variable", "strip-region", "zoom-in", "filter-text"} <= reached


NAMES = """names => {
    const boxes = names.map(name => name.getBoundingClientRect());
    const beside = (a, b) => a.left >= b.right - 1 || b.left >= a.right - 1;
    const over = (a, b) => !beside(a, b) && a.top < b.bottom - 2 && b.top < a.bottom - 2;
    const strip = document.querySelector("#strip svg").getBoundingClientRect();
    return {
        overlaps: boxes.flatMap((a, i) => boxes.slice(0, i).filter(b => over(a, b))).length,
        outside: boxes.filter(a => a.left < strip.left - 1 || a.right > strip.right + 1).length,
    };
}"""


@pytest.mark.parametrize("width", [1200, 360])
def test_every_rupture_of_a_trench_has_its_name_and_no_name_lies_on_another(report, watched, width):
    page = watched(viewport={"width": width, "height": 800}).open(report, "#sam/12")
    ruptures = page.locator("#strip path.rupture").count()
    assert ruptures > 1
    assert page.locator("#strip .rupture-name").count() == ruptures
    assert page.eval_on_selector_all("#strip .rupture-name", NAMES) == {"overlaps": 0, "outside": 0}


def test_text_and_region_filter_map_table_and_words(page):
    page.locator("#filter-text").fill("kur/1")
    assert shown(page).startswith("6 of 60 segments shown")
    assert page.locator("#segment-table tbody tr").count() == 6
    faded = page.locator("#world .segment.faded").count()
    assert faded == 54
    page.locator("#filter-clear").click()
    page.locator("#filter-region").select_option(label="South America (sam)")
    assert shown(page).startswith("25 of 60 segments shown")
    assert page.locator("#segment-table tbody tr").count() == 25


def test_heads_sort_the_table_both_ways(page):
    head = page.locator('#segment-table [data-column="probability_1"]')
    head.click()
    values = [v for v in column(page) if v != "–"]
    assert [float(v) for v in values] == sorted(float(v) for v in values)
    page.locator('#segment-table [data-column="probability_1"]').click()
    turned = [float(v) for v in column(page) if v != "–"]
    assert turned == sorted(turned, reverse=True)
    assert page.locator("#segment-table th[aria-sort=descending]").count() == 1
    scores = page.locator("table.scores").first
    scores.locator("thead button").last.click()
    means = scores.locator("tbody tr td:last-child").all_inner_texts()
    firsts = [float(text.split()[0]) for text in means]
    assert firsts == sorted(firsts)
    page.locator("#score-filter").fill("region prior")
    left = scores.locator("tbody tr:visible").all_inner_texts()
    assert [row.strip().startswith("region prior") for row in left].count(True) == 1
    assert all("region prior" in row for row in left)


def column(page):
    return page.locator("#segment-table tbody tr td:nth-child(2)").all_inner_texts()


def test_a_layer_goes_and_comes_back(page):
    assert page.locator("#world .rupture").count() > 0
    box = page.locator('#layers input[value="ruptures"]')
    box.uncheck()
    expect(page.locator("#world .rupture")).to_have_count(0)
    box.check()
    page.wait_for_selector("#world .rupture", state="attached")
    page.locator('#layers input[value="folds"]').check()
    page.wait_for_selector("#world .fold", state="attached")
    page.locator('#layers input[value="left-out"]').uncheck()
    expect(page.locator("#world .left-out")).to_have_attribute("d", "")


def test_a_cell_of_the_heat_map_filters_the_map(finished, page):
    cell = page.locator("#heat tbody button:not([disabled])").first
    label = cell.get_attribute("aria-label")
    wanted = int(cell.inner_text())
    cell.click()
    assert shown(page).startswith(f"{wanted} of 60 segments shown")
    assert page.locator("#world .segment.faded").count() == 60 - wanted
    region, outcome = re.fullmatch(r"(.+), (.+): \d+ of \d+ segments", label).groups()
    frame = pd.read_csv(finished.folder / "segments.csv")
    assert region == "Alaska-Aleutians"
    assert wanted == ((frame["region"] == "alu") & (frame["outcome"] == outcome)).sum()
    assert page.locator("#heat button[aria-pressed=true]").count() == 1


def test_the_map_zooms_and_pans_and_the_trench_across_the_antimeridian_is_whole(page):
    page.locator("#filter-region").select_option(label="Alaska-Aleutians (alu)")
    assert page.evaluate("megathrust.state.view.zoom") > 2
    page.wait_for_timeout(100)
    lengths = page.eval_on_selector_all(
        "#world .segment", "paths => paths.filter(p => p.getAttribute('d')).map(p => p.getTotalLength())"
    )
    assert max(lengths) < 100
    before = page.evaluate("megathrust.state.view.lon")
    page.locator("#world").scroll_into_view_if_needed()
    box = page.locator("#world").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.mouse.up()
    assert page.evaluate("megathrust.state.view.lon") != before
    zoom = page.evaluate("megathrust.state.view.zoom")
    page.locator("#zoom-in").click()
    assert page.evaluate("megathrust.state.view.zoom") == pytest.approx(1.7 * zoom)


@pytest.mark.parametrize(
    "name", ["segments.csv", "segments.geojson", "scores.csv", "predictions.csv", "citations.bib"]
)
def test_a_download_is_the_file_beside_the_report(finished, page, name):
    with page.expect_download() as waiting:
        page.locator(f'[data-file="{name}"]').click()
    download = waiting.value
    assert download.suggested_filename == name
    assert Path(download.path()).read_bytes() == (finished.folder / name).read_bytes()


def test_a_filtered_download_holds_what_is_shown_and_drawings_are_svg(finished, page, tmp_path):
    page.locator("#filter-region").select_option(label="South America (sam)")
    with page.expect_download() as waiting:
        page.locator('[data-file="segments.csv"]').click()
    part = pd.read_csv(waiting.value.path())
    whole = pd.read_csv(finished.folder / "segments.csv")
    pd.testing.assert_frame_equal(
        part, whole.query("region == 'sam'").reset_index(drop=True), check_dtype=False
    )
    for button, name in (("world", "map.svg"), ("strip-drawing", "trench-sam.svg")):
        with page.expect_download() as waiting:
            page.locator(f'[data-file="{button}"]').click()
        assert waiting.value.suggested_filename == name
        text = Path(waiting.value.path()).read_text()
        assert text.startswith("<svg")
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_hostile_names_do_no_harm_and_are_shown_as_they_are(finished, report, watched, hostile):
    page = watched().open(report, "#sam/12")
    for details in page.locator("#card details").all():
        details.evaluate("box => box.open = true")
    assert page.evaluate("window.hacked") is None
    text = page.locator("#card").inner_text()
    assert hostile[0] in text
    assert hostile[1] in text
    assert "x" * 200 not in page.locator("body").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    csv = pd.read_csv(finished.folder / "segments.csv")
    assert {hostile[0], hostile[1], hostile[2]} <= set(csv.columns)
    assert json.loads((finished.folder / "segments.geojson").read_text())["features"][0]["id"] == "alu/0"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_within_its_width(report, watched, scheme):
    page = watched(viewport={"width": 360, "height": 740}, has_touch=True, color_scheme=scheme).open(
        report, "#sam/12"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#world").bounding_box()["width"] <= 360
    assert page.locator("#card h3").is_visible()


def test_a4_holds_every_table_and_picture_whole(report, watched, tmp_path):
    # 210 mm less two margins of 12 mm, in pixels of CSS.
    page = watched(viewport={"width": 703, "height": 1000}).open(report)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(150)
    wide = page.evaluate(
        "[...document.querySelectorAll('table, img, svg')].filter(e => e.getBoundingClientRect().right > 704)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert wide == []
    assert page.locator("details:not([open])").count() == 0
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") >= 3


def test_without_a_script_the_page_still_tells_scores_and_verdict(report, watched):
    page = watched(java_script_enabled=False).open_plain(report)
    text = page.locator("main").inner_text()
    assert "rival 'nearest segment'" in text
    assert "null" in text
    assert page.locator("table.scores").is_visible()
    assert page.locator("figure img").first.is_visible()
    assert not page.locator("#explore").is_visible()
    assert "need JavaScript" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(report, watched, scheme):
    if not AXE.is_file():
        pytest.skip("no axe-core (make axe)")
    page = watched(color_scheme=scheme, bypass_csp=True).open(report, "#sam/12")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    serious = [
        (fault["id"], fault["impact"], [node["html"][:150] for node in fault["nodes"][:3]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_report_written_again_has_the_same_bytes(finished, report, monkeypatch):
    from megathrust.pipelines.run import again

    before = report.read_bytes()
    report.unlink()
    again(finished.folder, "report")
    assert report.read_bytes() == before
