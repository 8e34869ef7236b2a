"""Scores beside their rivals: tables, verdicts, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from megathrust.core import InputError, Verdict
from megathrust.plots import (
    NULL_MODEL,
    SCORE_COLUMNS,
    exclusion_scores_info,
    plot_exclusion_scores,
    plot_scenario_scores,
    scenario_scores_info,
)

PUBLISHED = {  # SCIENCE.md: seed protocol, exclusion distance 50 km, two classes
    "fcn": [0.768, 0.785, 0.793, 0.863, 0.642],
    "nearest": [0.858, 0.892, 0.735, 0.908, 0.963],
}


def tidy(*, distance: float = 50.0, null_high: float | None = None, scale: float = 1.0) -> pd.DataFrame:
    rows = [
        (model, "seed", distance, scenario, "f1", "macro", value * scale, value * scale - 0.1, np.nan)
        for model, values in PUBLISHED.items()
        for scenario, value in enumerate(values)
    ]
    if null_high is not None:
        rows.append((NULL_MODEL, "seed", distance, "mean", "f1", "macro", 0.5, 0.4, null_high))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def info_of(scores: pd.DataFrame, **options: object):
    options = {"networks": ["fcn"], "protocol": "seed", "exclusion_km": 50.0} | options
    return scenario_scores_info(scores, **options)


def test_missing_mean_is_the_mean_of_the_scenarios_without_an_interval():
    info = info_of(tidy())
    assert info.table.loc["fcn", ("mean", "value")] == pytest.approx(0.7702)
    assert np.isnan(info.table.loc["fcn", ("mean", "low")])
    assert info.table.loc["fcn", ("3", "low")] == pytest.approx(0.763)
    assert list(info.table.columns.get_level_values(0).unique()) == ["0", "1", "2", "3", "4", "mean"]


def test_given_mean_is_kept():
    given = pd.DataFrame(
        [("fcn", "seed", 50, "mean", "f1", "macro", 0.9, 0.8, 0.95)], columns=list(SCORE_COLUMNS)
    )
    info = info_of(pd.concat([tidy(), given]))
    assert info.table.loc["fcn", "mean"].tolist() == [0.9, 0.8, 0.95]
    assert info.table.loc["nearest", ("mean", "value")] == pytest.approx(0.8712)


def test_mean_stays_unknown_where_a_scenario_is_missing():
    assert np.isnan(info_of(tidy().iloc[1:]).table.loc["fcn", ("mean", "value")])


def test_networks_come_first():
    assert list(info_of(tidy(), networks=["nearest"]).table.index) == ["nearest", "fcn"]


def test_mean_of_the_null_is_never_made_up():
    scores = tidy(null_high=0.7)
    scores.loc[scores["model"] == NULL_MODEL, "scenario"] = 0
    assert info_of(scores).nulls.index.get_level_values("scenario").tolist() == ["0"]


def test_scores_read_back_from_a_file_are_the_same(tmp_path):
    scores = tidy(null_high=0.7)
    scores.to_csv(tmp_path / "scores.csv", index=False)
    back = info_of(pd.read_csv(tmp_path / "scores.csv"))
    pd.testing.assert_frame_equal(back.table, info_of(scores).table)


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        (tidy().drop(columns="low"), {}, "lacks low"),
        (tidy(), {"protocol": "rupture"}, "no score of this protocol .*allowed: seed"),
        (tidy(), {"metric": "mcc"}, "no score of this metric .*allowed: f1"),
        (tidy(), {"metric": "brier"}, "no score of this metric .*allowed: f1"),
        (tidy().assign(model=np.nan), {}, "names no model .*not 'null'"),
        (tidy(), {"exclusion_km": 100.0}, "exclusion distance .*allowed: 50"),
        (tidy(), {"networks": ["mlp"]}, "a network has no score .*mlp.*fcn, nearest"),
        (pd.concat([tidy(), tidy()]), {}, "more than once .*fcn, 50.0, 0"),
    ],
)
def test_bad_scores_are_refused(scores, options, message):
    with pytest.raises(InputError, match=message):
        info_of(scores, **options)


def errors():
    return tidy(null_high=0.7).replace({"metric": {"f1": "mae"}, "class": {"macro": "all"}})


def test_errors_say_that_lower_is_better():
    worse = Verdict("fcn", "nearest", 0.1, 0.0, 0.2, metric="MAE", lower_is_better=True)
    info = info_of(errors(), metric="mae", score_class="all", verdict=worse)
    assert (info.label, info.range) == ("MAE", "units of Mw; lower is better")
    mean = plot_scenario_scores(info).axes[0]
    assert mean.get_xlabel() == "MAE (units of Mw; lower is better)"
    # The largest number and no more: an error has no end at 1.
    assert mean.get_xlim()[1] < 1.01


def test_a_verdict_about_another_score_is_refused():
    better = Verdict("fcn", "nearest", 0.1, 0.05, 0.2)
    with pytest.raises(InputError, match=r"another score \(given: macro-F1; allowed: MAE\)"):
        info_of(errors(), metric="mae", score_class="all", verdict=better)
    with pytest.raises(InputError, match="more is better"):
        exclusion_scores_info(errors(), networks=["fcn"], protocol="seed", metric="mae", score_class="all")


def test_exclusion_table_holds_means_in_order_of_distance():
    scores = pd.concat([tidy(distance=600.0, scale=0.5, null_high=0.6), tidy(null_high=0.7)])
    info = exclusion_scores_info(scores, networks=["fcn"], protocol="seed")
    assert info.table.index.tolist() == [("fcn", 50.0), ("fcn", 600.0), ("nearest", 50.0), ("nearest", 600.0)]
    np.testing.assert_allclose(info.table["value"], [0.7702, 0.3851, 0.8712, 0.4356])
    assert info.nulls.loc[NULL_MODEL, "high"].to_dict() == {50.0: 0.7, 600.0: 0.6}


LOST = Verdict("fcn", "nearest", -0.1, -0.2, 0.0, {"shifted labels": 0.2})


def test_figure_prints_the_verdict_and_every_model():
    figure = plot_scenario_scores(info_of(tidy(null_high=0.67), verdict=LOST))
    texts = [text.get_text().replace("\n", " ") for text in figure.findobj(Text)]
    assert any("The fcn is NOT SHOWN to beat the rival 'nearest'" in text for text in texts)
    assert any(
        "A single network of the fcn is NOT SHOWN to beat the null 'shifted labels': p = 0.2" in text
        for text in texts
    )
    assert {"fcn", "nearest", NULL_MODEL} <= set(texts)


def test_figure_without_a_verdict_says_so():
    figure = plot_scenario_scores(info_of(tidy()))
    assert any("Not judged" in text.get_text() for text in figure.findobj(Text))


def test_exclusion_figure_draws_one_line_per_model():
    scores = pd.concat([tidy(distance=600.0), tidy()])
    (axes,) = plot_exclusion_scores(exclusion_scores_info(scores, networks=["fcn"], protocol="seed")).axes
    lines = [line for line in axes.lines if len(line.get_ydata()) == 2 and np.ptp(line.get_xdata())]
    drawn = [line.get_ydata() for line in lines if line.get_linestyle() == "-"]
    np.testing.assert_allclose(drawn, [[0.7702, 0.7702], [0.8712, 0.8712]])


def two_nulls() -> pd.DataFrame:
    other = tidy(null_high=0.6)
    other = other[other["model"] == NULL_MODEL].assign(model="turned labels", value=0.55)
    return pd.concat([tidy(null_high=0.7), other])


def test_every_null_stands_below_its_own_model():
    info = info_of(two_nulls(), null={"turned labels": "nearest", NULL_MODEL: "fcn"})
    assert list(info.table.index) == ["fcn", "nearest"]
    mean, *others = plot_scenario_scores(info).axes
    names = [label.get_text() for label in mean.get_yticklabels()]
    assert names == ["fcn", f"↳ {NULL_MODEL}", "nearest", "↳ turned labels"]
    bars = {round(bar.get_y() + bar.get_height() / 2): bar for bar in mean.patches if bar.get_zorder() == 2}
    assert [(bars[row].get_x(), round(bars[row].get_width(), 3)) for row in (1, 3)] == [
        (0.4, 0.3),
        (0.4, 0.2),
    ]
    assert len(others) == 5
    table = info.to_frame()
    assert table.loc[table["kind"] == "null", ["name", "of"]].to_numpy().tolist() == [
        ["turned labels", "nearest"],
        [NULL_MODEL, "fcn"],
    ]


def test_intervals_of_two_models_never_meet():
    info = info_of(two_nulls(), null=[NULL_MODEL, "turned labels"])
    for axes in plot_scenario_scores(info).axes:
        lines = [line for each in axes.collections for line in each.get_segments() if line.size]
        rows = [line[0, 1] for line in lines]
        assert len(rows) == len(set(rows))
        assert np.diff(np.sort(rows)).min(initial=1.0) >= 1.0


def test_ruptures_are_counted_beside_segments():
    counts = pd.DataFrame({"segments": [113, 112], "ruptures": [31, 29]}, index=[0, 1])
    info = info_of(tidy(), counts=counts)
    titles = [axes.get_title(loc="left") for axes in plot_scenario_scores(info).axes]
    assert titles[1] == "scenario 0\n113 segments,\n31 ruptures"
    assert info.to_frame().query("scenario == '1'")["ruptures"].tolist() == [29, 29]
    with pytest.raises(InputError, match="lacks ruptures"):
        info_of(tidy(), counts=counts.drop(columns="ruptures"))


def test_all_nulls_are_drawn_against_the_distance():
    info = exclusion_scores_info(
        two_nulls(), networks=["fcn"], protocol="seed", null=[NULL_MODEL, "turned labels"]
    )
    (axes,) = plot_exclusion_scores(info).axes
    assert sorted(round(bar.get_height(), 3) for bar in axes.patches) == [0.2, 0.3]
    table = info.to_frame()
    assert table.loc[table["kind"] == "null", "value"].tolist() == [0.5, 0.55]
