from __future__ import annotations

import json

import numpy as np
import pytest

from megathrust.core import (
    InputError,
    MegathrustError,
    OutputError,
    check_choice,
    check_lonlat,
    check_range,
    check_same_length,
    magnitude_from_moment,
    moment_from_magnitude,
    replacing,
    sha256_of,
    wrap_longitude,
    write_json,
)


def test_message_says_what_given_allowed_and_what_to_do():
    error = InputError("the value is odd", given=3, allowed="even numbers", action="pass 2 or 4")
    assert str(error) == "the value is odd (given: 3; allowed: even numbers): pass 2 or 4."
    assert isinstance(error, MegathrustError)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, 11.0])
def test_range_refuses(value):
    with pytest.raises(InputError, match="dropout is out of range"):
        check_range("dropout", value, low=0.0, high=10.0)


def test_open_range_refuses_its_edge():
    with pytest.raises(InputError, match="> 0"):
        check_range("rate", 0.0, low=0.0, open_low=True)


def test_choice_refuses_and_lists():
    with pytest.raises(InputError, match=r"given: 'reluu'; allowed: relu, tanh"):
        check_choice("activation", "reluu", ["tanh", "relu"])


def test_lengths_are_named():
    with pytest.raises(InputError, match=r"lon 2, lat 3"):
        check_same_length(lon=[1, 2], lat=[1, 2, 3])


def test_latitude_out_of_range_hints_at_the_order():
    with pytest.raises(InputError, match=r"lon, lat"):
        check_lonlat([10.0], [170.0])
    with pytest.raises(InputError, match="shape"):
        check_lonlat([10.0], [[1.0]])


def test_wrapping_is_periodic():
    lon = np.linspace(-180, 179.9, 77)
    np.testing.assert_allclose(wrap_longitude(lon + 720.0), lon, atol=1e-9)


def test_moment_of_magnitude_nine():
    assert moment_from_magnitude(9.0) == pytest.approx(10**22.6)
    assert magnitude_from_moment(10**22.6) == pytest.approx(9.0)


def test_failing_block_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.json"
    write_json(target, {"b": 1})
    before = sha256_of(target)
    with pytest.raises(TypeError), replacing(target) as part:
        part.write_text(b"not text")  # type: ignore[arg-type]
    assert sha256_of(target) == before
    assert json.loads(target.read_text()) == {"b": 1}
    assert list(tmp_path.iterdir()) == [target]


def test_unwritable_place_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "file" / "a.txt"):
        pass
