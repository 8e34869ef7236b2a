"""Ruptures: every part of an outline, and numbers that are read wholly or refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from megathrust import sources
from megathrust.core import SourceError
from megathrust.sources._numbers import number_in
from megathrust.sources._ruptures import read_rupture_outline
from megathrust.sources._srcmod import read_slip_model

SIGNS, POWERS = st.sampled_from(["", "+", "-"]), st.integers(-30, 30)


@given(
    whole=st.integers(0, 999), parts=st.text("0123456789", min_size=1, max_size=8), sign=SIGNS, power=POWERS
)
def test_every_way_of_writing_a_number_gives_it(whole: int, parts: str, sign: str, power: int) -> None:
    true = float(f"{sign}{whole}.{parts}e{power}")
    for point in (".", ","):
        mantissa = f"{sign}{whole}{point}{parts}"
        ambiguous = point == "," and len(parts) == 3
        for exponent in (
            f"e{power}", f"E{power:+d}", f"D{power:+03d}", f"d{power}", f" e{power:+d}", f"x10^{power}",
            f" x 10^{power}", f"*10**{power}", f" × 10^{power:+d}",
        ):  # fmt: skip
            for unit in ("", " Nm", "Nm"):
                text = mantissa + exponent + unit
                if ambiguous:
                    with pytest.raises(ValueError, match="in one way only"):
                        number_in(text, ("Nm",))
                else:
                    assert number_in(text, ("Nm",)) == true


@given(st.text("0123456789.,eEdDx^+- Nmkg*", max_size=14))
def test_a_text_is_a_number_as_python_reads_it_or_is_refused(text: str) -> None:
    try:
        ours = number_in(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"could not convert|invalid"):
            float(text if "," not in text else "no")
        return
    plain = re.sub(r"\s*(?:[dDeE]|[x*]\s*10\s*(?:\^|\*\*)?)\s*", "e", text.replace(",", ".").strip(), count=1)
    np.testing.assert_equal(ours, float(plain))


@pytest.mark.parametrize(
    "text", ["", "unknown", "8.7 dyne-cm", "1.2.3", "1,234", "1,234,567.8", "12 34", "1e", "0x1F"]
)
def test_texts_that_are_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="in one way only"):
        number_in(text, ("Nm",))


FSP = """\
% Event : Nowhere 05/22/1960 [Somebody (1999)]
% EventTAG: s1960TEST
% Loc  : LAT  = -38.0 \tLON = 286.0 \tDEP = 25.0
% Size : LEN  = 40.0 km \tWID =  20.0 km \tMw = 7.88 \tMo = 8.7168776e+20 Nm
% Mech : STRK = 10.0 \tDIP = 15.0 \tRAKE = 999.0 \tHtop = 5.0 km
% Invs :  Nx  =  1 \tNz  = 1 \tFmin = 0 Hz
%   Nsbfs =  1 subfaults
%    LAT     LON     X==EW     Y==NS     Z     SLIP
-38.1 286.0 3.0 1.0 5.0 2.5
"""


def read(tmp_path: Path, old: str = "", new: str = "") -> sources.SlipModel:
    assert old in FSP
    path = tmp_path / "a.fsp"
    path.write_text(FSP.replace(old, new) if old else FSP)
    return read_slip_model(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7.88", "7,88"),
        ("8.7168776e+20 Nm", "8.7168776D+20 Nm"),
        ("8.7168776e+20 Nm", "8.7168776 e+20 Nm"),
        ("8.7168776e+20 Nm", "8,7168776 x 10^20 N-m"),
        ("-38.1 286.0 3.0 1.0 5.0 2.5", "-38,1 2.86D+02 3 1 5 2.5d0"),
    ],
)
def test_dialects_of_slip_models(tmp_path: Path, old: str, new: str) -> None:
    plain, other = read(tmp_path), read(tmp_path, old, new)
    assert (other.magnitude, other.moment_n_m) == (plain.magnitude, plain.moment_n_m) == (7.88, 8.7168776e20)
    np.testing.assert_array_equal(other.subfaults, plain.subfaults)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("8.7168776e+20 Nm", "8.7168776e+27 dyne-cm", r"Mo = '8.7168776e\+27 dyne-cm' is no number in Nm"),
        ("8.7168776e+20 Nm", "8.7168776(20) Nm", r"Mo = '8.7168776\(20\) Nm' is no number"),
        ("40.0 km", "40000.0 m", "LEN = '40000.0 m' is no number in km"),
        ("40.0 km", "40,000 km", "LEN = '40,000 km' is no number in km"),
        ("7.88", "about 8", "Mw = 'about 8' is no number"),
        ("5.0 2.5", "5.0 2.5.1", "'2.5.1' is no number"),
    ],
)
def test_numbers_of_slip_models_that_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, old, new)
    assert "\n" not in str(caught.value)


def test_a_moment_that_does_not_fit_is_withheld_and_told(tmp_path: Path) -> None:
    model = read(tmp_path, "8.7168776e+20", "8.7168776e+19")
    assert np.isnan(model.moment_n_m)
    assert model.magnitude == 7.88
    record = sources.row_record(model)
    assert (record.unit, record.used) == ("subfaults", 1)
    assert dict(record.withheld) == {"moment off its Mw by more than 0.3": 1}


def square(west: float, depth: float = 10.0) -> list[list[float]]:
    return [[west + x, y, depth] for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]


def outline(tmp_path: Path, *geometries: dict | None) -> sources.RuptureOutline:
    about = {"lon": 190.0, "lat": 1.0, "depth": 5.0, "mag": 7.0, "time": "2001-01-01T00:00:00Z", "id": "x"}
    features = [{"properties": {}, "geometry": geometry} for geometry in geometries]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"metadata": about, "features": features}))
    return read_rupture_outline(path)


@given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=3))
def test_every_part_of_an_outline_is_there(
    tmp_path_factory: pytest.TempPathFactory, layout: list[list[int]]
) -> None:
    count = iter(range(100))
    geometries = [
        {
            "type": "MultiPolygon",
            "coordinates": [[square(2 * next(count)) for _ in range(n)] for n in feature],
        }
        for feature in layout
    ]
    geometries.append({"type": "GeometryCollection", "geometries": geometries[:1]})
    found = outline(tmp_path_factory.mktemp("a"), *geometries, None, {"type": "Point", "coordinates": [0, 0]})
    assert len(found.polygons) == sum(map(sum, layout)) + sum(layout[0])
    west = [ring[:, 0].min() for ring in found.polygons[: sum(map(sum, layout))]]
    assert west == [2.0 * n for n in range(len(west))]
    assert sources.row_record(found).used == len(found.polygons)


@pytest.mark.parametrize(
    ("ring", "message"),
    [
        (square(0)[:-1], "not closed"),
        (square(0)[:1] + square(0)[:1], "not closed"),
        (square(0, 20_000.0), "depth of the rupture outline is out of range .*20000 km"),
    ],
)
def test_outlines_that_are_refused(tmp_path: Path, ring: list, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        outline(tmp_path, {"type": "Polygon", "coordinates": [ring]})


def test_both_planes_of_illapel_2015(data_dir: Path) -> None:
    key = "ruptures/outlines/20150916_M8.3_Illapel__rupture_USGS.json"
    planes = sources.read_source(key, data_dir=data_dir).polygons
    assert len(planes) == 2
    assert min(ring[:, 1].min() for ring in planes) == pytest.approx(-32.547, abs=1e-3)
