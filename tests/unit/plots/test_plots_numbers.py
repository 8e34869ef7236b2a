"""Confusion, relevance, calibration, training curves, saving: numbers and refusals."""

from __future__ import annotations

from dataclasses import is_dataclass

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from megathrust import plots
from megathrust.core import InputError, OutputError
from megathrust.evaluation import rupture_weights
from megathrust.plots import (
    confusion_info,
    dissimilarity_info,
    magnitude_info,
    plot_confusion,
    plot_dissimilarity,
    plot_magnitudes,
    plot_relevance,
    plot_reliability,
    plot_training_curves,
    relevance_by_segment,
    relevance_info,
    reliability_info,
    save_figure,
    strongest_relevance,
    training_curve_info,
)

CLASSES = ["Mw < 8.0", "Mw ≥ 8.0"]


def test_confusion_counts_and_row_percent():
    info = confusion_info([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], model="fcn", class_names=[*CLASSES, "never"])
    assert info.counts.tolist() == [[2, 1, 0], [0, 2, 0], [0, 0, 0]]
    np.testing.assert_allclose(info.row_percent[:2], [[200 / 3, 100 / 3, 0.0], [0.0, 100.0, 0.0]])
    assert np.isnan(info.row_percent[2]).all()
    texts = [text.get_text() for axes in plot_confusion([info]).axes for text in axes.texts]
    assert texts == ["2\n67 %", "1\n33 %", "0\n0 %", "0\n0 %", "2\n100 %", "0\n0 %", *["0\n–"] * 3]


@pytest.mark.parametrize(
    ("observed", "predicted", "message"),
    [([0, 1], [0], "differ in length"), ([0, 2], [0, 1], "no name"), ([0, np.nan], [0, 1], "no name")],
)
def test_bad_classes_are_refused(observed, predicted, message):
    with pytest.raises(InputError, match=message):
        confusion_info(observed, predicted, model="fcn", class_names=CLASSES)


def test_no_confusion_matrix_is_refused():
    with pytest.raises(InputError, match="at least one"):
        plot_confusion([])


def test_relevance_mean_spread_and_rank_by_hand():
    relevance = np.zeros((2, 2, 2, 3))
    relevance[0, 0] = [[1.0, -4.0, 0.0], [3.0, -4.0, 0.0]]
    relevance[1, 0] = [[4.0, -6.0, 0.0], [4.0, np.nan, 0.0]]
    info = relevance_info(relevance, features=["a", "b", "c"], class_names=CLASSES)
    np.testing.assert_allclose(info.mean[:, 0], [3.0, -5.0, 0.0])
    np.testing.assert_allclose(info.spread[:, 0], [np.sqrt(2.0), np.sqrt(2.0), 0.0])
    assert info.rank[:, 0].tolist() == [2, 1, 3]
    assert info.rank[:, 1].tolist() == [1, 1, 1]
    assert info.uncertain[:, 0].tolist() == [False, False, False]
    relevance[1, 0, :, 0] = 20.0
    again = relevance_info(relevance, features=["a", "b", "c"], class_names=CLASSES)
    assert again.uncertain[:, 0].tolist() == [True, False, False]


def test_groups_are_summed_within_each_member():
    rng = np.random.default_rng(5)
    relevance = rng.normal(size=(6, 2, 9, 4))
    groups = {"a": "one", "b": "two", "c": "one", "d": "one"}
    info = relevance_info(relevance, features=list("abcd"), class_names=CLASSES, groups=groups)
    summed = relevance[..., [0, 2, 3]].sum(axis=-1).mean(axis=2)
    assert info.names == ("one", "two")
    np.testing.assert_allclose(info.mean[0], summed.mean(axis=0))
    np.testing.assert_allclose(info.spread[0], summed.std(axis=0, ddof=1))


def test_members_without_relevance_do_not_count_and_one_member_is_never_certain():
    relevance = np.ones((3, 2, 4, 1))
    relevance[1:] = np.nan
    info = relevance_info(relevance, features=["a"], class_names=CLASSES)
    assert info.members == 1
    assert info.mean.tolist() == [[1.0, 1.0]]
    assert info.uncertain.all()


def test_strongest_keeps_ranks_among_all():
    relevance = np.broadcast_to(np.array([1.0, -5.0, 3.0]), (2, 2, 4, 3))
    info = strongest_relevance(relevance_info(relevance, features=list("abc"), class_names=CLASSES), 2)
    assert info.names == ("b", "c")
    assert info.rank[:, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("relevance", "options", "message"),
    [
        (np.ones((2, 2, 4, 3)), {}, "does not fit the names"),
        (np.ones((2, 4, 2)), {}, "does not fit the names"),
        (np.full((2, 2, 4, 2), np.nan), {}, "no member has relevance"),
        (np.ones((2, 2, 4, 2)), {"groups": {"a": "one"}}, "no group .*b"),
    ],
)
def test_bad_relevance_is_refused(relevance, options, message):
    with pytest.raises(InputError, match=message):
        relevance_info(relevance, features=["a", "b"], class_names=CLASSES, **options)


def test_watermark_is_printed_under_and_inside_each_panel():
    info = relevance_info(np.ones((2, 2, 4, 2)), features=["a", "b"], class_names=CLASSES)
    warning = "does not beat its rival"

    def printed(figure: Figure) -> int:
        return sum(text.get_text().replace("\n", " ") == warning for text in figure.findobj(Text))

    assert printed(plot_relevance(info, watermark=warning)) == 1 + len(CLASSES)
    assert printed(plot_relevance(info)) == 0


def test_reliability_by_hand():
    info = reliability_info([0.0, 0.1, 0.5, 0.9, 1.0, 1.0], [0, 1, 0, 1, 1, 1], bins=2)
    assert info.count.tolist() == [2, 4]
    np.testing.assert_allclose(info.predicted, [0.05, 0.85])
    np.testing.assert_allclose(info.observed, [0.5, 0.75])
    assert info.brier == pytest.approx((0.81 + 0.25 + 0.01) / 6)
    assert info.reference == pytest.approx(2 / 9)
    assert info.skill == pytest.approx(1.0 - info.brier / info.reference)
    # Wilson (1927) by hand for 3 of 4.
    z2, p, n = 1.959963984540054**2, 0.75, 4
    centre, half = (
        (p + z2 / (2 * n)) / (1 + z2 / n),
        np.sqrt(p * (1 - p) / n * z2 + (z2 / (2 * n)) ** 2) / (1 + z2 / n),
    )
    np.testing.assert_allclose([info.low[1], info.high[1]], [centre - half, centre + half])


def test_reliability_with_empty_bins_and_one_class():
    info = reliability_info([0.95, 0.96], [1, 1])
    assert np.isnan(info.observed[:-1]).all()
    assert np.isnan(info.skill)
    assert len(plot_reliability(info, model="fcn").axes) == 2


def test_reliability_bands_resample_whole_ruptures():
    ruptures = np.repeat(np.arange(12), 10)
    observed = (ruptures % 3 == 0).astype(int)
    chance = np.full(120, 0.35)
    weights = rupture_weights(ruptures, replicates=2000, seed=1)
    info = reliability_info(chance, observed, weights=weights, bins=2)
    alone = reliability_info(chance, observed, bins=2)
    assert info.observed[0] == alone.observed[0] == pytest.approx(1 / 3)
    # Twelve ruptures, not a hundred and twenty segments: the band of a share among twelve.
    half = 1.96 * np.sqrt(1 / 3 * 2 / 3 / 12)
    np.testing.assert_allclose([info.low[0], info.high[0]], [1 / 3 - half, 1 / 3 + half], atol=0.05)
    assert info.high[0] - info.low[0] > 2.5 * (alone.high[0] - alone.low[0])
    notes = [plot_reliability(each, model="fcn").get_supxlabel() for each in (info, alone)]
    assert "bootstrap over ruptures" in notes[0]
    assert "as if segments" in notes[1]


def test_a_bin_of_one_kind_has_a_band_of_its_number_of_ruptures():
    ruptures = np.repeat(np.arange(4), 25)
    weights = rupture_weights(ruptures, replicates=200, seed=1)
    info = reliability_info(np.full(100, 0.1), np.zeros(100), weights=weights, bins=1)
    z2 = 1.959963984540054**2
    assert info.low[0] == 0.0
    assert info.high[0] == pytest.approx(z2 / (4 + z2))
    with pytest.raises(InputError, match="weights"):
        reliability_info([0.5, 0.5], [0, 1], weights=weights)


@pytest.mark.parametrize(
    ("probability", "observed"), [([], []), ([1.2], [1]), ([np.nan], [1]), ([0.5], [2]), ([0.5], [np.nan])]
)
def test_bad_probabilities_are_refused(probability, observed):
    with pytest.raises(InputError, match="without gaps"):
        reliability_info(probability, observed)


def test_training_curve_quantiles_over_running_members():
    values = np.array([[1.0, 2.0, np.nan], [2.0, np.nan, np.nan], [6.0, 4.0, np.nan]])
    curve = training_curve_info([0, 1, 2], values)
    np.testing.assert_allclose(curve.median, [2.0, 3.0, np.nan])
    np.testing.assert_allclose(curve.low[:2], [1.2, 2.2])
    np.testing.assert_allclose(curve.high[:2], [5.2, 3.8])
    assert curve.members == 3


def test_bad_training_curves_are_refused():
    with pytest.raises(InputError, match="do not fit their steps"):
        training_curve_info([0, 1], np.ones((3, 3)))
    with pytest.raises(InputError, match="1 to 4"):
        plot_training_curves({})


def simple_figure() -> Figure:
    return plot_training_curves({"training": training_curve_info([0, 1], [[1.0, 0.5], [1.2, 0.4]])})


@pytest.mark.parametrize("file_format", ["png", "pdf", "svg"])
def test_saved_bytes_repeat(tmp_path, file_format):
    first, second = (
        save_figure(simple_figure(), tmp_path / name, formats=[file_format])[0].read_bytes() for name in "ab"
    )
    assert first == second
    assert b"Date" not in first
    assert b"atplotlib" not in first[:2000] or file_format == "svg"


def test_saving_is_whole_or_absent(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        save_figure(simple_figure(), tmp_path / "file" / "figure.png")
    with pytest.raises(InputError, match="figure format"):
        save_figure(simple_figure(), tmp_path / "figure.png", formats=["png", "gif"])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_figures_do_not_depend_on_the_users_settings(tmp_path):
    plain = save_figure(simple_figure(), tmp_path / "plain")[0].read_bytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.bbox": "tight"}):
        assert save_figure(simple_figure(), tmp_path / "loud")[0].read_bytes() == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_magnitudes_leave_out_segments_without_an_event():
    quantiles = np.array([[7.8, 8.2], [7.0, 7.4], [8.6, 9.0]])
    info = magnitude_info(
        [8.1, np.nan, 8.5], [8.0, 7.2, 8.8], model="FCN", quantiles=quantiles, levels=(0.1, 0.9)
    )
    assert (info.without_event, info.share) == (1, pytest.approx(0.8))
    assert info.error == pytest.approx(0.2)
    assert info.inside == pytest.approx(0.5)
    assert np.isnan(magnitude_info([8.0], [8.0], model="FCN").inside)
    with pytest.raises(InputError, match=r"no segment had an event \(given: 2 segments\)"):
        magnitude_info([np.nan, np.nan], [8.0, 8.0], model="FCN")
    with pytest.raises(InputError, match="observed"):
        magnitude_info([8.0], [8.0, 8.1], model="FCN")


def test_calibrated_ranges_and_ruptures_are_counted():
    ranges = np.array([[7.8, 8.6], [7.0, 7.4], [8.0, 9.0]])
    info = magnitude_info(
        [8.1, np.nan, 9.5],
        [8.0, 7.2, 8.8],
        model="FCN",
        ranges=ranges,
        coverage=0.8,
        ruptures=["a", "b", "a"],
    )
    assert (info.calibrated_inside, info.ruptures) == (0.5, 1)
    np.testing.assert_array_equal(info.to_frame()["calibrated_high"], [8.6, 9.0])
    assert "low" not in info.to_frame()
    scatter, below = plot_magnitudes([info]).axes
    assert scatter.get_xlim() == scatter.get_ylim()
    assert scatter.get_box_aspect() == 1.0
    assert below.get_title(loc="left") == "FCN: 50% in the calibrated range (goal 80%)"
    with pytest.raises(InputError, match="at least one"):
        plot_magnitudes([])


def test_numbers_are_written_beside_the_figure(tmp_path):
    curve = training_curve_info([0, 1], [[1.0, 0.5], [1.2, 0.4]])
    paths = save_figure(simple_figure(), tmp_path / "curve.png", formats=["png", "svg"], numbers=curve)
    assert [path.name for path in paths] == ["curve.png", "curve.svg", "curve.csv"]
    text = paths[-1].read_text(encoding="utf-8")
    assert text == "step,median,low,high,members\n0,1.1,1.02,1.18,2\n1,0.45,0.41,0.49,2\n"
    named = {"one": curve, "two": curve.to_frame()}
    table = pd.read_csv(save_figure(simple_figure(), tmp_path / "named", numbers=named)[-1])
    assert table["name"].tolist() == ["one", "one", "two", "two"]
    both = pd.read_csv(save_figure(simple_figure(), tmp_path / "both", numbers=[curve, curve])[-1])
    assert len(both) == 4


def test_caption_stands_under_the_figure_and_leaves_it_as_it_was(tmp_path):
    figure = simple_figure()
    plain = save_figure(figure, tmp_path / "plain", formats=["png", "svg"])
    words = "Training loss of all members. " * 6
    with_caption = save_figure(figure, tmp_path / "caption", formats=["png", "svg"], caption=words)
    first, second = (matplotlib.image.imread(paths[0]) for paths in (plain, with_caption))
    assert second.shape[1] == first.shape[1]
    assert second.shape[0] > first.shape[0] + 40
    # The edge of the larger picture may fall between two pixels.
    np.testing.assert_allclose(second[: len(first) - 2], first[: len(first) - 2], atol=0.05)
    assert (second[len(first) + 5 :, :, :3].min(axis=(0, 2)) < 0.5).sum() > 100
    assert words.strip() not in {text.get_text().replace("\n", " ") for text in figure.texts}


RECORDS = (
    confusion_info([0, 1], [0, 1], model="fcn", class_names=CLASSES),
    reliability_info([0.1, 0.9], [0, 1]),
    relevance_info(np.ones((2, 2, 4, 2)), features=["a", "b"], class_names=CLASSES),
    magnitude_info([8.0], [8.1], model="FCN"),
)


@pytest.mark.parametrize("info", RECORDS, ids=lambda info: type(info).__name__)
def test_records_become_tables_of_plain_columns(info):
    table = info.to_frame()
    assert len(table) > 0
    assert table.columns.is_unique
    assert isinstance(table.index, pd.RangeIndex)
    assert not table.columns.isna().any()


def test_tables_hold_the_numbers_drawn():
    confusion, reliability, relevance, _ = RECORDS
    table = confusion.to_frame().set_index(["observed", "predicted"])
    assert table.loc[("Mw ≥ 8.0", "Mw ≥ 8.0"), ["segments", "percent"]].tolist() == [1, 100.0]
    assert reliability.to_frame()["segments"].sum() == 2
    assert relevance.to_frame()["mean"].tolist() == [1.0] * 4


def test_relevance_by_segment_is_the_contrast_of_the_highest_class():
    rng = np.random.default_rng(8)
    relevance = rng.normal(size=(5, 3, 4, 3))
    relevance[0, :, 1] = np.nan
    relevance[:, :, 2] = np.nan
    table = relevance_by_segment(relevance, features=list("abc"), groups={"a": "x", "b": "y", "c": "x"})
    contrast = relevance[:, 2] - (relevance[:, 0] + relevance[:, 1]) / 2.0
    np.testing.assert_allclose(table["x"][0], (contrast[:, 0, 0] + contrast[:, 0, 2]).mean())
    np.testing.assert_allclose(table["y"][1], contrast[1:, 1, 1].mean())
    assert table.loc[2].isna().all()
    with pytest.raises(InputError, match="two or more classes"):
        relevance_by_segment(relevance[:, :1], features=list("abc"))
    with pytest.raises(InputError, match=r"no group .*c"):
        relevance_by_segment(relevance, features=list("abc"), groups={"a": "x", "b": "y"})


def test_every_record_of_numbers_can_be_written_as_a_table():
    records = [
        each
        for name in plots.__all__
        if is_dataclass(each := getattr(plots, name))
        and name not in ("MapLayers", "RegionPanel", "ValueStyle")
    ]
    assert len(records) > 10
    assert all(callable(getattr(record, "to_frame", None)) for record in records)


def test_error_by_dissimilarity_by_hand():
    index, ruptures, outside = np.linspace(0.1, 1.2, 60), np.arange(60) // 6, np.arange(60) >= 54
    errors = {"FCN": 0.5 * index, "region prior": np.full(60, 0.4)}
    weights = rupture_weights(ruptures, replicates=500, seed=1)
    info = dissimilarity_info(index, errors, outside=outside, weights=weights, threshold=1.0, bins=4)
    own = info.table[info.table["model"] == "FCN"]
    bins = own[own["where"] == "bin"]
    near, beyond = index <= 1.0, index > 1.0
    assert bins["segments"].iloc[-1] == beyond.sum()
    np.testing.assert_allclose(bins["segments"].iloc[:-1], near.sum() / 4.0, atol=1.0)
    np.testing.assert_allclose(bins["error"], 0.5 * bins["dissimilarity"])
    assert bins["dissimilarity"].iloc[-1] == pytest.approx(index[beyond].mean())
    assert bins["from"].iloc[-1] > 1.0 >= bins["to"].iloc[-2]
    told = own.set_index("where")
    assert told.loc["inside", "error"] == pytest.approx(0.5 * index[~outside].mean())
    assert told.loc["outside", "error"] == pytest.approx(0.5 * index[outside].mean())
    # The six segments outside are of one rupture: no band.
    assert np.isnan(told.loc["outside", ["low", "high"]].astype(float)).all()
    assert "(one rupture)" in plot_dissimilarity(info).get_suptitle()
    told = own[np.isfinite(own["low"])]
    assert ((told["low"] <= told["error"]) & (told["error"] <= told["high"])).all()
    constant = info.table[(info.table["model"] == "region prior") & np.isfinite(info.table["low"])]
    np.testing.assert_allclose(constant[["error", "low", "high"]], 0.4)


def test_bands_of_error_by_dissimilarity_resample_whole_ruptures():
    ruptures, random = np.repeat(np.arange(10), 12), np.random.default_rng(0)
    error = random.normal(size=10)[ruptures]
    given = {"outside": np.zeros(120, bool), "threshold": 1.0, "bins": 1}
    index = random.uniform(size=120)
    weights = rupture_weights(ruptures, replicates=4000, seed=1)
    info = dissimilarity_info(index, {"FCN": error}, weights=weights, **given)
    half = 1.96 * np.std(error) / np.sqrt(10)
    row = info.table.iloc[0]
    np.testing.assert_allclose([row["low"], row["high"]], error.mean() + np.array([-half, half]), atol=0.12)


def test_error_by_dissimilarity_with_ties_and_nothing_outside():
    given = {"outside": np.zeros(9, bool), "weights": np.ones((5, 9)), "threshold": 0.5}
    info = dissimilarity_info(np.full(9, 0.2), {"FCN": np.ones(9)}, **given)
    assert info.table["where"].tolist() == ["bin", "inside", "outside"]
    assert info.table["segments"].tolist() == [9, 9, 0]
    assert np.isnan(info.table["error"].iloc[2])
    assert "outside" not in plot_dissimilarity(info).get_suptitle().split("\n")[1]
    with pytest.raises(InputError, match="without gaps"):
        dissimilarity_info(np.full(9, np.nan), {"FCN": np.ones(9)}, **given)
    with pytest.raises(InputError, match="weights"):
        dissimilarity_info(np.full(8, 0.2), {"FCN": np.ones(8)}, **(given | {"outside": np.zeros(8, bool)}))
