"""Predictions and relevance of a table file, block by block."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

from megathrust.core import InputError, OutputError
from megathrust.models import FCNArchitecture, FCNStack, SavedModel, save_model
from megathrust.pipelines.predict import explain, explain_file, predict, predict_file
from megathrust.pipelines.work import writing_netcdf
from megathrust.table import write_table
from megathrust.testing import synthetic_table

WHOLE = synthetic_table(regions={"alu": 40, "sam": 30, "kur": 35})
GAPS = WHOLE.frame.assign(F2=WHOLE.frame["F2"].where(np.arange(105) % 11 != 4))
TABLE = dataclasses.replace(WHOLE, frame=GAPS)


@pytest.fixture
def place(tmp_path):
    stack = FCNStack(FCNArchitecture(6, 2, (4,)), np.zeros((2, 6)), np.ones((2, 6)))
    stack.draw([1, 2])
    members = tuple({"fold": "0", "seed": seed} for seed in (1, 2))
    names = tuple(TABLE.feature_names)
    model = SavedModel(stack.eval(), names, ("1",) * 6, (8.0,), members, {"0": ("alu:1", "sam:7")})
    save_model(model, tmp_path / "model")
    for suffix in ("csv", "parquet"):
        write_table(TABLE, tmp_path / f"t.{suffix}")
    return tmp_path


@pytest.fixture
def few_rows(monkeypatch):
    """Let blocks be of nine rows."""
    for module in ("predict._predict", "work._netcdf"):
        monkeypatch.setattr(f"megathrust.pipelines.{module}.BLOCK_ROWS", 9)
    from megathrust.pipelines.build import _open
    from megathrust.table import iter_table

    monkeypatch.setattr(_open, "iter_table", lambda path, **more: iter_table(path, rows_per_block=9, **more))


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojson", "nc"])
@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_a_file_in_blocks_gives_the_bytes_of_its_table(place, few_rows, suffix, source):
    count = predict_file(place / "model", place / f"t.{source}", place / f"file.{suffix}")
    frame = predict(place / "model", TABLE, place / f"table.{suffix}")
    assert (place / f"file.{suffix}").read_bytes() == (place / f"table.{suffix}").read_bytes()
    assert count.segments == len(frame) == len(TABLE)
    assert count.without == int(frame["predicted_class"].isna().sum()) > 0


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojson", "nc"])
def test_blocks_say_what_one_piece_says(place, few_rows, monkeypatch, suffix):
    from megathrust.pipelines.predict._read import read_predictions

    predict_file(place / "model", place / "t.csv", place / f"blocks.{suffix}")
    monkeypatch.setattr("megathrust.pipelines.predict._predict.BLOCK_ROWS", 10_000)
    predict(place / "model", TABLE, place / f"piece.{suffix}")
    blocks, piece = (read_predictions(place / f"{name}.{suffix}") for name in ("blocks", "piece"))
    assert list(blocks) == list(piece)
    for name in blocks:
        if blocks[name].dtype.kind == "f":
            np.testing.assert_allclose(blocks[name], piece[name], rtol=0, atol=1e-6)
        else:
            assert blocks[name].astype(str).tolist() == piece[name].astype(str).tolist()


def test_predictions_of_one_block_with_nothing_to_predict(place, few_rows):
    frame = TABLE.frame.copy()
    frame.loc[9:17, "F0"] = np.nan
    frame.to_csv(place / "gap.csv", index=False)
    count = predict_file(place / "model", place / "gap.csv", place / "p.nc")
    assert count.without >= 9
    with xr.open_dataset(place / "p.nc", engine="h5netcdf") as data:
        assert data.sizes["segment"] == len(frame)
        assert data["probability"][9:18].isnull().all()


def test_the_table_is_no_output(place):
    before = (place / "t.csv").read_bytes()
    for out in (place / "t.csv", place / "model" / ".." / "t.csv"):
        with pytest.raises(InputError, match="would replace an input"):
            predict_file(place / "model", place / "t.csv", out)
    assert (place / "t.csv").read_bytes() == before


def test_relevance_in_blocks_is_that_of_the_table(place, few_rows):
    whole = explain(place / "model", TABLE)
    explain_file(place / "model", place / "t.csv", place / "r.nc")
    explain_file(place / "model", place / "t.csv", place / "mean.nc", every_member=False)
    with (
        xr.open_dataset(place / "r.nc", engine="h5netcdf") as blocks,
        xr.open_dataset(place / "mean.nc", engine="h5netcdf") as mean,
    ):
        assert blocks["relevance"].dims == whole["relevance"].dims
        np.testing.assert_allclose(blocks["relevance"], whole["relevance"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(mean["relevance"], whole["relevance"].mean("member"), rtol=0, atol=1e-6)
        np.testing.assert_allclose(
            mean["relevance_spread"], whole["relevance"].std("member"), rtol=0, atol=1e-6
        )
        assert blocks["region"].to_numpy().tolist() == whole["region"].to_numpy().tolist()


@pytest.mark.parametrize("room", [0, 700, 3000, 9000, 20_000])
def test_netcdf_on_a_full_disk_is_one_sentence(tmp_path, monkeypatch, room):
    from megathrust.pipelines.work import _netcdf

    write = _netcdf._Sink.__init__

    class Full:
        """A file that has room for some bytes."""

        def __init__(self, file):
            self._file, self._left = file, room

        def write(self, content):
            if self._left <= 0:
                raise OSError(28, "No space left on device")
            part = memoryview(content)[: self._left]
            self._left -= len(part)
            return self._file.write(part)

        def __getattr__(self, name):
            return getattr(self._file, name)

    def small(self, path):
        write(self, path)
        self._file = Full(self._file)

    monkeypatch.setattr(_netcdf._Sink, "__init__", small)
    data = xr.Dataset({"x": ("segment", np.arange(4000.0)), "name": ("segment", ["a"] * 4000)})

    def thrice():
        with writing_netcdf(tmp_path / "a.nc") as append:
            for _ in range(3):
                append(data)

    with pytest.raises(OutputError, match="No space left"):
        thrice()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet", "geojson", "nc"])
def test_where_their_about_finds_no_room_predictions_stay_as_they_were(place, monkeypatch, suffix):
    def full(path, content):
        raise OutputError("the output cannot be written", given=path)

    out = place / f"said.{suffix}"
    out.write_text("before")
    there = sorted(path.name for path in place.iterdir())
    monkeypatch.setattr("megathrust.pipelines.predict._about.write_json", full)
    with pytest.raises(OutputError, match=r"about\.json"):
        predict_file(place / "model", place / "t.csv", out)
    assert out.read_text() == "before"
    assert sorted(path.name for path in place.iterdir()) == there
