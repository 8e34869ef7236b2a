"""The primary test and one stated hypothesis: on tables of known drivers, on files, on the command line."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.core import InputError
from megathrust.features import ColumnDefinition
from megathrust.pipelines.association import (
    EXTENT_ERRORS,
    LEVEL,
    Power,
    associate,
    association_power,
    label_uncertainty,
    make_question,
    record_length,
    specification_curve,
    write_associations,
)
from megathrust.pipelines.association._label_worlds import label_errors
from megathrust.table import write_table
from megathrust.testing import synthetic_table
from megathrust.worlds import world_labels

TABLE = synthetic_table(noise=0.1)


def with_column(table, name, values, family=""):
    columns = {**table.columns, name: ColumnDefinition(name, name, "1", family=family)}
    return dataclasses.replace(table, frame=table.frame.assign(**{name: values}), columns=columns)


@pytest.mark.parametrize("threshold", [8.0, 8.3, None])
def test_the_driving_family_is_claimed_and_noise_is_not(threshold):
    found = associate(TABLE, threshold=threshold)
    assert found.claims == ["driver"]
    best = found.table.iloc[0]
    assert best["feature"] in ("F0", "F1")
    assert best["low"] > 0.0
    assert found.table["features"].sum() == 6
    assert "driver goes with MW" in found.sentences[0]
    assert "or what goes with it" in found.sentences[0]


def test_nothing_is_claimed_of_noise_and_the_sentence_says_what_was_asked():
    noise = TABLE.drop_columns(["F0", "F1"], "drivers")
    found = associate(noise)
    assert found.claims == []
    assert found.sentences[0].startswith("No family of features is shown to go with MW >= 8")
    assert "3 of 3 trenches" in found.sentences[0]


def test_the_same_seed_gives_the_same_numbers():
    pd.testing.assert_frame_equal(associate(TABLE, seed=4).table, associate(TABLE, seed=4).table)


def test_columns_of_label_events_take_no_part():
    table = with_column(TABLE, "SEIS_COUNT", TABLE.frame["MW"], "seismicity")
    assert "seismicity" not in set(associate(table).table["family"])
    with pytest.raises(InputError, match="depend on the label"):
        make_question(table, column="SEIS_COUNT")


def test_a_feature_without_a_family_is_its_own():
    table = with_column(TABLE, "LONE", np.arange(len(TABLE)))
    assert "LONE" in set(associate(table).table["family"])


def test_one_hypothesis_needs_its_own_feature_only_and_costs_no_correction():
    sparse = np.where(np.arange(len(TABLE)) % 2 == 0, np.nan, 1.0)
    table = with_column(TABLE, "SPARSE", sparse)
    assert len(make_question(table).trenches.region) == len(TABLE)
    one = associate(table, column="F0", expect="positive").table.iloc[0]
    assert one["p"] == one["corrected_p"] <= LEVEL
    assert associate(table, column="F0", expect="negative").table["p"].item() > 0.5
    family = associate(table, family="driver").table
    assert family["family"].tolist() == ["driver"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"family": "sediment"}, "there is no such family"),
        ({"column": "F9"}, "the column cannot be tested"),
        ({"family": "driver", "column": "F0"}, "at once"),
        ({"family": "driver", "expect": "positive"}, "a sign is expected of several features"),
        ({"column": "F0", "expect": "up"}, "unknown expected sign"),
        ({"threshold": 11.0}, "the threshold is out of range"),
        ({"threshold": 9.9}, "no trench holds two different labels"),
    ],
)
def test_bad_questions_are_refused_in_a_sentence(options, sentence):
    with pytest.raises(InputError, match=sentence):
        associate(TABLE, **options)


def test_power_grows_with_the_slope_and_is_the_level_without_one():
    power = association_power(TABLE, slopes=[0.0, 2.0, 12.0], worlds=60)
    found = power.table["found"].tolist()
    assert found[0] <= 0.1
    assert found[2] > 0.5 > found[0]
    assert power.table["claimed"].iloc[0] < 0.2
    assert (power.table["found_low"] <= power.table["found"]).all()


def test_a_stated_sign_has_more_power_than_all_families():
    every, one = (
        association_power(TABLE, slopes=[2.0], worlds=60, **options).table["found"].item()
        for options in ({}, {"column": "F0", "expect": "negative"})
    )
    assert one > every


def test_the_slope_found_is_interpolated_or_said_to_be_beyond():
    table = pd.DataFrame({"slope": [0.0, 2.0, 4.0], "found": [0.05, 0.7, 0.9]})
    power = Power(table, "Mw >= 8", "9 ruptures")
    assert power.slope_found == pytest.approx(3.0)
    assert "would have shown a slope of 3.0" in power.sentence
    weak = Power(table.assign(found=[0.05, 0.3, 0.2]), "Mw >= 8", "9 ruptures")
    assert "would not have shown any slope up to 4" in weak.sentence
    assert Power(table.assign(found=0.9), "", "").slope_found == 0.0


def test_an_answer_is_written_whole(tmp_path):
    found = associate(TABLE)
    write_associations(found, tmp_path / "answer", power="It could.")
    assert sorted(file.name for file in (tmp_path / "answer").iterdir()) == [
        "answer.json",
        "families.csv",
        "families.png",
    ]
    back = pd.read_csv(tmp_path / "answer" / "families.csv")
    pd.testing.assert_frame_equal(back, found.table, check_exact=False, rtol=1e-8)
    answer = json.loads((tmp_path / "answer" / "answer.json").read_text())
    assert answer["claims"] == ["driver"]
    assert answer["power"] == "It could."


def test_commands_answer_as_text_json_and_folder(tmp_path):
    write_table(TABLE, tmp_path / "table.csv")
    table = ["--table", str(tmp_path / "table.csv")]
    run = CliRunner().invoke
    plain = run(app, ["test", *table, "--no-power", "--out", str(tmp_path / "out")])
    assert plain.exit_code == 0
    assert "driver goes with MW >= 8" in plain.output
    assert (tmp_path / "out" / "families.png").is_file()
    one = run(
        app, ["test", *table, "--column", "F0", "--expect", "positive", "--magnitude", "--no-power", "--json"]
    )
    assert [row["feature"] for row in json.loads(one.stdout)["families"]] == ["F0"]
    power = run(app, ["power", *table, "--column", "F0", "--worlds", "5", "--json"])
    assert len(json.loads(power.stdout)["slopes"]) == 8


def test_redrawn_labels_say_how_often_the_answer_stands():
    found = label_uncertainty(TABLE, worlds=40)
    assert found.table["family"].iloc[0] == "driver"
    assert found.any_claim > 0.7
    assert "redrawn within their errors 40 times, some family is claimed" in found.sentence
    noise = label_uncertainty(TABLE.drop_columns(["F0", "F1"], "drivers"), worlds=40)
    assert noise.any_claim < 0.5
    never = dataclasses.replace(noise, any_claim=0.0)
    assert never.sentence.endswith("no family is claimed to go with MW >= 8 in any world.")


def test_errors_of_labels_follow_date_and_quality():
    frame = TABLE.frame.assign(
        MW_quality=np.resize(["A", "D", None], len(TABLE)),
        MW_date=np.resize(["2004-12-26", "1946-04-01", "1737-10-17"], len(TABLE)),
        MW_rupture=TABLE.ruptures().astype(str),
    )
    columns = {**TABLE.columns}
    for name in ("quality", "date", "rupture"):
        columns[f"MW_{name}"] = ColumnDefinition(f"MW_{name}", name, "1", "rupture")
    question = make_question(dataclasses.replace(TABLE, frame=frame, columns=columns))
    magnitude, length, shift = label_errors(question)
    assert magnitude[:3].tolist() == [0.1, 0.2, 0.4]
    assert length[:3].tolist() == [EXTENT_ERRORS[q][0] for q in "ADC"]
    assert shift[1] > shift[0]
    unsaid = label_errors(make_question(TABLE))
    assert set(unsaid[0]) == {0.2}
    assert set(unsaid[1]) == {EXTENT_ERRORS["B"][0]}


def test_all_cuts_at_once_find_the_driver_and_no_noise():
    curve = specification_curve(TABLE, cuts=(7.8, 8.0, 8.2, None, 12.0), worlds=39)
    assert curve.joint["family"].iloc[0] == "driver"
    assert curve.joint["corrected_p"].iloc[0] <= LEVEL
    assert set(curve.table["threshold"].dropna()) == {7.8, 8.0, 8.2}
    assert "Over 4 cuts of MW at once, driver goes with it" in curve.sentence
    noise = specification_curve(TABLE.drop_columns(["F0", "F1"], "drivers"), cuts=(8.0, 8.2), worlds=39)
    assert noise.joint["corrected_p"].min() > LEVEL
    assert "noise is not shown to go with it" in noise.sentence
    with pytest.raises(InputError, match="no cut of the magnitude"):
        specification_curve(TABLE, cuts=(12.0,))


def test_all_cuts_at_once_are_calibrated_without_a_signal():
    question = make_question(TABLE, threshold=None)
    drawn = world_labels("independent", question.trenches, worlds=60, seed=5)
    p = []
    for labels in drawn.labels:
        table = dataclasses.replace(TABLE, frame=TABLE.frame.assign(MW=np.round(labels, 1)))
        p.append(specification_curve(table, cuts=(7.8, 8.2), worlds=19).joint["corrected_p"].min())
    # Uniform but for chance: 60 worlds.
    assert 0.35 < np.mean(p) < 0.65
    assert np.mean(np.array(p) <= 0.05) <= 0.15


def test_a_longer_record_is_said_in_words():
    longer = record_length(TABLE, slope=3.0, factors=(1.0, 2.0), worlds=20)
    assert longer.table["ruptures"].is_monotonic_increasing
    assert longer.sentence.startswith("To show a slope of 3 for MW >= 8")
    never = dataclasses.replace(longer, table=longer.table.assign(found=0.1))
    assert "a record 2 times as long as ours would not do: it finds it with 10%" in never.sentence
    enough = dataclasses.replace(longer, table=longer.table.assign(found=[0.5, 0.9]))
    assert "with 80% probability, a record 2 times as long would do" in enough.sentence
