"""Labels from the real catalogues beside those of the seed study."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from megathrust.features import seismicity_columns

TOOL = Path(__file__).resolve().parents[3] / "tools" / "compare_labels.py"


@pytest.fixture(scope="module")
def compared(data_dir):
    tool = runpy.run_path(str(TOOL))
    labels = tool["make_labels"](data_dir)
    return labels, tool["side_by_side"](labels, data_dir)


@pytest.mark.data
class TestReal:
    def test_nine_of_ten_segments_agree_with_the_seed_study(self, compared):
        _, both = compared
        agrees = (both["seed"] >= 8.0) == (both["MW_1904"] >= 8.0)
        assert len(both) == 378
        assert agrees.mean() >= 0.90
        assert agrees.groupby(both["region"]).mean().min() >= 0.88

    def test_great_events_are_where_they_were(self, compared):
        labels, _ = compared
        for region, day, least_km, most_km, quality in (
            ("sum", "2004-12-26", 1000, 1500, "A"),
            ("kur", "2011-03-11", 250, 500, "A"),
            ("sam", "1960-05-22", 700, 1050, "A"),
            ("sam", "2010-02-27", 400, 600, "A"),
            ("alu", "1964-03-28", 650, 900, "B"),
            ("alu", "1965-02-04", 500, 750, "B"),
        ):
            part = labels.ruptures[region]
            event = part[part["time"].dt.strftime("%Y-%m-%d") == day].nlargest(1, "magnitude").iloc[0]
            assert least_km <= event["s_end_km"] - event["s_start_km"] <= most_km, day
            assert event["quality"] == quality

    @pytest.mark.parametrize(
        ("region", "day"),
        [
            ("kur", "1933-03-02"),
            ("kur", "1994-10-04"),
            ("kur", "2007-01-13"),
            ("sam", "1939-01-25"),
            ("sam", "1970-05-31"),
            ("sum", "1977-08-19"),
            ("sum", "2012-04-11"),
        ],
    )
    def test_great_events_off_the_interface_are_no_ruptures(self, compared, region, day):
        labels, _ = compared
        for frame, expected in ((labels.catalogue, True), (labels.ruptures[region], False)):
            of_day = frame[frame["time"].dt.strftime("%Y-%m-%d") == day]
            assert bool((of_day["magnitude"] >= 7.7).any()) is expected

    def test_seismicity_is_asserted_free_of_labels(self, compared):
        features = seismicity_columns(compared[0])
        assert features["SEIS_MAX"].max() < 7.0
        assert features["SEIS_B"].dropna().between(0.5, 2.0).all()
