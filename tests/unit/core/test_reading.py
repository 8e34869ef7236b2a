from __future__ import annotations

import os
import time

import pytest

from megathrust.core import (
    InputError,
    SourceError,
    TableError,
    _look as look,
    quoted,
    read_json,
    read_yaml,
    reading,
)
from megathrust.core._limits import CONFIGURATION_BYTES, QUOTED


@pytest.mark.parametrize(
    "raised", [KeyError("x"), RecursionError("deep"), MemoryError(), ArithmeticError("y")]
)
def test_whatever_a_reader_raises_becomes_one_sentence(tmp_path, raised):
    (tmp_path / "a").write_text("x")
    with (
        pytest.raises(TableError, match="cannot be read as a thing") as caught,
        reading(tmp_path / "a", "a thing", error=TableError),
    ):
        raise raised
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, sentence in (
        ("pipe", "no file"),
        (".", "no file"),
        ("absent", "does not exist"),
        ("a\0b", "exist"),
    ):
        with pytest.raises(SourceError, match=sentence), reading(tmp_path / name, "a thing"):
            pytest.fail("it was opened")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    (tmp_path / "big.yaml").write_bytes(b"#" * (CONFIGURATION_BYTES + 1))
    with pytest.raises(InputError, match="too large"):
        read_yaml(tmp_path / "big.yaml", "YAML")


def bomb(levels=9):
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "content",
    [bomb(), "a: &a [*a]", "[" * 3000, "a: " * 3000, "!!python/object/apply:os.system [id]", "\0", "a: 1\na"],
    ids=["bomb", "endless", "deep list", "deep", "object", "zero", "damaged"],
)
def test_documents_that_are_no_configuration(tmp_path, content):
    (tmp_path / "c.yaml").write_text(content)
    begun = time.process_time()
    with pytest.raises(InputError):
        read_yaml(tmp_path / "c.yaml", "YAML")
    assert time.process_time() - begun < 5.0


def test_aliases_of_a_usual_size_are_read(tmp_path):
    (tmp_path / "c.yaml").write_text("a: &a [1, 2]\nb: [*a, *a]\n")
    assert read_yaml(tmp_path / "c.yaml", "YAML") == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 5000, "{", '{"a": nul}'])
def test_documents_that_are_no_json(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(SourceError, match="cannot be read as a thing"):
        read_json(tmp_path / "a.json", "a thing")


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, "a\nb\r\x1b[31m", 10**6000, [["x"] * 1000] * 1000, {"a": 10**5000}, b"\xff" * 999],
    ids=range(6),
)
def test_what_is_quoted_is_one_short_line(value):
    line = quoted(value)
    assert len(line) <= QUOTED
    assert line.isprintable()


def test_a_sentence_stays_short_whatever_is_given():
    error = InputError("it is wrong", given="x" * 1000, allowed="y" * 1000, action="do it again")
    assert len(str(error)) <= 300


def pause(path, kind):
    time.sleep(60)


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + b"\0" * 500, b"", b"x" * 1000])
def test_a_look_ends_in_a_word(tmp_path, content):
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"\w"):
        look.look_through(path, "hdf5")


def test_looks_share_one_process_until_it_ends():
    first = look._looker()
    assert look._looker() is first
    first.close()
    assert look._looker() is not first


def test_a_look_that_takes_too_long_or_dies_is_ended(tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    path.write_bytes(b"x")
    slow = tmp_path / "_look_process.py"
    source = (look.Path(look.__file__).with_name("_look_process.py")).read_text()
    for body, sentence in (
        ("while True: pass", "not read after"),
        ("os.kill(os.getpid(), 11)", "ends the process"),
    ):
        slow.write_text(source.replace('    h5py: Any = import_module("h5py")', f"    {body}"))
        monkeypatch.setattr(look, "__file__", str(tmp_path / "_look.py"))
        monkeypatch.setattr(look, "_found", [])
        monkeypatch.setattr(look, "LOOK_SECONDS", 0.5)
        look._look_once.cache_clear()
        with pytest.raises(ValueError, match=sentence):
            look.look_through(path, "hdf5")
        look._found[0].close()
