"""Faults of the machine: each ends with one sentence, an exit code and nothing half-written."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_commands import COMMANDS, PREDICT, RUN, bytes_of, left_over, run

import megathrust

NOBODY = 65534
QUICK = ("predict .csv", "predict .nc", "test")
#: Commands that write; those that take seconds are tried where there is time.
WRITERS = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
    for name in COMMANDS
    if name not in ("figures", "report", "explain", "evaluate")
]


def limited(kind, amount):
    return lambda: resource.setrlimit(kind, (amount, amount))


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def without(*names, **given):
    def change():
        for name in names:
            os.environ.pop(name, None)
        os.environ.update(given)

    return change


def closed(*handles):
    def change():
        # As Python starts where a shell has closed them.
        for handle, name in zip(handles, ("stdin", "stdout", "stderr")[3 - len(handles) :], strict=True):
            os.close(handle)
            setattr(sys, name if len(handles) > 1 else ("stdin", "stdout", "stderr")[handle], None)

    return change


def output_to(path):
    return lambda: os.dup2(os.open(path, os.O_WRONLY), 1)


def assert_refused(done, place, before):
    assert done.refused, done
    assert bytes_of(place) == before
    # What a run or a search has computed whole waits for the next one.
    assert [name for name in left_over(place) if not any((place / name).glob("*.stage"))] == []


@pytest.mark.parametrize("name", WRITERS)
def test_no_room_for_a_file(place, name):
    """As a full disk: no file may grow beyond 512 bytes."""
    words, _ = COMMANDS[name]
    done = run(place, *words, before=limited(resource.RLIMIT_FSIZE, 512))
    assert_refused(done, place, bytes_of(place))


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 4, 12, 20, 28, 36, 60, 200])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(world, tmp_path, name, room):
    """On a file system of so many kB beside the world, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"size={room + 4}k"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", disk], capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        place = tmp_path / "world"
        shutil.copytree(world, place)
        words = [str(word).replace("out/", f"{disk}/") for word in COMMANDS[name][0]]
        words = [f"{disk}/run" if word == "base" else word for word in words]
        done = run(place, *words)
        assert done.refused or done.code == 0, done
        left = [path.relative_to(disk) for path in disk.rglob("*")]
        # What a run or a search has computed whole waits for the next one.
        left = [path for path in left if not path.parts[0].endswith(".stages") or ".part" in path.name]
        assert done.code == 0 or left == []
    finally:
        subprocess.run(["umount", disk], check=True)


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user, which root alone may")


def environment_is_shared():
    places = [Path(place) for place in (sys.prefix, sys.base_prefix, megathrust.__path__[0])]
    return all(
        folder.stat().st_mode & 0o005 == 0o005 for place in places for folder in (place, *place.parents)
    )


@needs_root
@pytest.mark.parametrize("name", WRITERS)
def test_a_place_that_belongs_to_others(world, tmp_path, name):
    if name not in ("predict .csv", "predict .nc") and not environment_is_shared():
        pytest.skip("loads modules while it works, from an environment that another user may not read")
    place = tmp_path / "world"
    shutil.copytree(world, place)
    for folder in (place, *place.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o555)
    before = bytes_of(place)
    done = run(place, *COMMANDS[name][0], before=as_nobody)
    assert_refused(done, place, before)


@needs_root
def test_a_table_that_may_not_be_read(world, tmp_path):
    place = tmp_path / "world"
    shutil.copytree(world, place)
    for folder in (place, *place.parents):
        if folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o555)
    place.chmod(0o777)
    (place / "table.csv").chmod(0)
    done = run(place, *PREDICT, "--out", "p.csv", before=as_nobody)
    assert done.code == 2, done
    assert "not readable" in done.err
    assert not (place / "p.csv").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((*RUN, "--out", "."), "that you are in|replace an input"),
        ((*RUN, "--out", ".."), "that you are in|replace an input"),
        ((*RUN, "--out", "table.csv"), "would replace an input|exists already"),
        ((*RUN, "--out", "table.csv/run"), "cannot be written"),
        ((*RUN, "--out", "x" * 300), "cannot be written|refuses"),
        ((*RUN, "--out", "loop/run"), "cannot be written|refuses"),
        ((*RUN, "--out", "theirs", "--overwrite"), "no run of megathrust"),
        ((*RUN, "--out", "out/run", "--device", "cuda:7"), "cuda"),
        (("run", "--table", "base/table.parquet", "--out", "base", "--overwrite"), "would replace an input"),
        (
            ("predict", "--model", "base/model", "--table", "table.csv", "--out", "table.csv"),
            "replace an input",
        ),
        (("predict", "--model", "base/model", "--table", "pipe.csv", "--out", "p.csv"), "this is no file"),
        (("predict", "--model", "base/model", "--table", "zero.csv", "--out", "p.csv"), "this is no file"),
        (("predict", "--model", "base/model", "--table", "nowhere.csv", "--out", "p.csv"), "no such table"),
        (("predict", "--model", "theirs", "--table", "table.csv", "--out", "p.csv"), "no such model"),
        (("map", "table.csv", "--out", "table.png"), "would replace an input"),
        (("figures", "theirs"), "no run"),
    ],
)
def test_places_that_cannot_be(place, words, sentence):
    import re

    (place / "loop").symlink_to("loop")
    (place / "nowhere.csv").symlink_to("absent")
    (place / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(place / "pipe.csv")
    (place / "theirs").mkdir()
    (place / "theirs" / "thesis.tex").write_text("years of work")
    before = bytes_of(place)
    done = run(place, *words)
    assert done.refused, done
    assert re.search(sentence, done.err), done.err
    assert bytes_of(place) == before
    assert left_over(place) == []


@pytest.mark.parametrize(
    "before",
    [
        without("HOME"),
        without("HOME", "TMPDIR", MPLCONFIGDIR="/nowhere", XDG_CACHE_HOME="/nowhere"),
        without(TMPDIR="/nowhere"),
        closed(1),
        closed(2),
        closed(0, 1, 2),
        limited(resource.RLIMIT_CORE, 0),
    ],
    ids=["no home", "no places", "no TMPDIR", "stdout closed", "stderr closed", "all closed", "no core"],
)
def test_a_machine_that_lacks_what_is_not_needed(place, before):
    done = run(place, *PREDICT, "--out", "p.csv", before=before)
    assert done.code == 0, done
    assert (place / "p.csv").is_file()


@pytest.mark.slow
def test_a_map_needs_no_place_of_its_own(place):
    before = without("HOME", "TMPDIR", MPLCONFIGDIR="/nowhere", XDG_CACHE_HOME="/nowhere")
    done = run(place, *COMMANDS["map"][0], before=before)
    assert done.code == 0, done


def test_output_that_is_full_is_said(place):
    done = run(place, "test", "--table", "table.csv", "--no-power", before=output_to("/dev/full"))
    assert done.code != 0
    assert "Traceback" not in done.err


def test_few_files_may_be_open(place):
    done = run(place, *PREDICT, "--out", "p.nc", before=limited(resource.RLIMIT_NOFILE, 5))
    assert done.refused, done
    assert left_over(place) == []


def test_a_working_folder_that_is_gone(place):
    def leave():
        gone = place / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()

    table, model, out = place / "table.csv", place / "base" / "model", place / "p.csv"
    done = run(place, "predict", "--model", model, "--table", table, "--out", out, before=leave)
    assert done.code == 0 or done.refused, done
