from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from megathrust.core import (
    FolderKind,
    InputError,
    OutputError,
    checked_target,
    locked,
    refuse_same,
    replacing,
    replacing_folder,
)

NOTE = FolderKind("note", ("note.txt",), lambda folder: ("more.txt",))


def write(folder, text, *, overwrite=False):
    with replacing_folder(folder, NOTE, overwrite=overwrite) as part:
        (part / "note.txt").write_text(text)


def test_failing_block_leaves_no_folder(tmp_path):
    with pytest.raises(TypeError), replacing_folder(tmp_path / "out", NOTE) as part:
        (part / "note.txt").write_text(b"not text")
    assert list(tmp_path.iterdir()) == []


def test_folder_of_the_kind_is_replaced_only_when_told(tmp_path):
    write(tmp_path / "out", "old")
    with pytest.raises(OutputError, match="--overwrite"):
        write(tmp_path / "out", "new")
    assert (tmp_path / "out" / "note.txt").read_text() == "old"
    write(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / "note.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["thesis.tex", "note.txt/../thesis.tex", ".hidden", "deep/er/data.csv"])
def test_a_strangers_folder_is_never_replaced(tmp_path, name):
    out = tmp_path / "out"
    theirs = out / Path(os.path.normpath(name))
    theirs.parent.mkdir(parents=True)
    theirs.write_text("years of work")
    for ours in (None, "note.txt"):
        if ours:
            (out / ours).write_text("ours")
        with pytest.raises(OutputError, match="no note of megathrust"):
            write(out, "new", overwrite=True)
        assert theirs.read_text() == "years of work"


def test_a_file_where_the_folder_shall_be_is_kept(tmp_path):
    (tmp_path / "out").write_text("a file")
    for overwrite in (False, True):
        with pytest.raises(OutputError):
            write(tmp_path / "out", "new", overwrite=overwrite)
    assert (tmp_path / "out").read_text() == "a file"


def test_a_failing_rename_loses_nothing(tmp_path, monkeypatch):
    write(tmp_path / "out", "old")
    rename = Path.rename

    def failing(self, target):
        if Path(target).name == "out" and self.name.endswith(".part"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="Input/output error"):
        write(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / "note.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_kill_set_aside_is_put_back(tmp_path):
    write(tmp_path / "out", "old")
    (tmp_path / "out").rename(tmp_path / ".out.4711.old")
    with pytest.raises(OutputError, match="exists already"):
        write(tmp_path / "out", "new")
    assert (tmp_path / "out" / "note.txt").read_text() == "old"
    (tmp_path / ".out.4711.old").mkdir()
    write(tmp_path / "out", "new", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_two_writers_of_one_folder_never_meet(tmp_path):
    target = tmp_path / "out"
    with replacing_folder(target, NOTE) as part:
        (part / "note.txt").write_text("first")
        with pytest.raises(OutputError, match="another process"):
            write(target, "second", overwrite=True)
    assert (target / "note.txt").read_text() == "first"
    with locked(target), pytest.raises(OutputError, match="another process"):
        write(target, "second", overwrite=True)
    write(target, "second", overwrite=True)


@pytest.mark.parametrize("place", [".", "..", "here/.."])
def test_the_folder_one_stands_in_is_no_output(tmp_path, monkeypatch, place):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="that you are in"):
        checked_target(place)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with replacing(tmp_path / "link.txt") as part:
        part.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    (tmp_path / "there").mkdir()
    (tmp_path / "out").symlink_to("there")
    write(tmp_path / "out", "new")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "there" / "note.txt").read_text() == "new"


def test_parts_of_a_killed_process_are_removed_and_those_of_a_live_one_stay(tmp_path):
    started = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from megathrust.core import *\n"
            "with replacing(sys.argv[1]) as part: print('there', flush=True); time.sleep(60)",
            str(tmp_path / "a.txt"),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert started.stdout.readline() == b"there\n"
        code = "import sys; from megathrust.core import *\nwith replacing(sys.argv[1]) as part: pass"
        again = [sys.executable, "-c", code, str(tmp_path / "b.txt")]
        subprocess.run(again, check=True)
        assert len(list(tmp_path.glob(".a.*"))) == 1
    finally:
        started.kill()
        started.wait()
        started.stdout.close()
    subprocess.run(again, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_an_output_that_is_an_input_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    table = tmp_path / "run" / "table.csv"
    table.write_text("")
    (tmp_path / "link").symlink_to(table)
    for out in (table, tmp_path / "run", tmp_path / "run" / ".." / "run" / "table.csv", tmp_path / "link"):
        with pytest.raises(InputError, match="would replace an input"):
            refuse_same(out, None, table)
    refuse_same(tmp_path / "other.csv", table, tmp_path / "absent")
