"""Maps of files and comparisons of runs in a browser."""

from __future__ import annotations

import shutil

import pytest

from megathrust.pipelines.predict import explore_map
from megathrust.pipelines.run import compare, write_comparison
from megathrust.table import load_builtin_table, write_table


@pytest.fixture(scope="module")
def builtin_map(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    write_table(load_builtin_table(), folder / "table.parquet")
    return explore_map(folder / "table.parquet", folder / "map.html", value="SED_AVE")[0]


def test_a_map_of_the_built_in_table_shows_every_segment_and_its_features(builtin_map, watched):
    page = watched().open(builtin_map, "#sam/54")
    assert page.locator("#world .segment").count() == 895
    assert page.locator("#map-variable").input_value() == "SED_AVE"
    builtin = load_builtin_table().frame.query("region == 'sam' and segment == 54").squeeze()
    told = page.locator('#card td[data-key="MW_1904"]').text_content()
    assert told.startswith(f"{builtin['MW_1904']:.3f}")
    assert page.locator('#card td[data-key="MW_1904_date"]').text_content() == builtin["MW_1904_date"]
    assert builtin_map.stat().st_size < 6_000_000
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200


def test_a_comparison_shows_tables_and_a_map_of_the_differences(finished, tmp_path, watched):
    for name in ("first", "second"):
        shutil.copytree(finished.folder, tmp_path / name)
    out = write_comparison(
        compare([finished.folder, tmp_path / "first", tmp_path / "second"]), tmp_path / "compared.html"
    )
    page = watched().open(out)
    assert page.locator("table.sortable").count() >= 2
    assert page.locator("#world .segment").count() == 59
    assert "second less run" in page.locator("#map-variable").inner_text()
    phone = watched(viewport={"width": 360, "height": 740}).open(out)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_magnitude_that_stands_for_no_event_is_none(builtin_map, watched):
    frame = load_builtin_table().frame
    silent = frame[frame["MW_1904"] <= 1.0].iloc[0]
    page = watched().open(builtin_map, f"#{silent['region']}/{silent['segment']}")
    assert page.locator('#card td[data-key="MW_1904"]').count() == 0
