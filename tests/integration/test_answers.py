"""What every command says: help with examples, JSON by its schema, the nearest name to a mistyped one."""

from __future__ import annotations

import json
import re
import shutil
import sys
from importlib import resources

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from megathrust.cli._main import app
from megathrust.pipelines.run import open_run
from megathrust.pipelines.settings import load_config, preset_names
from megathrust.pipelines.work import ProgressBars
from megathrust.table import read_table

jsonschema = pytest.importorskip("jsonschema")


def commands():
    """Every command as words, with its callback."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield (name,), command
        else:
            yield from (((name, sub), each) for sub, each in inner.items())


COMMANDS = dict(commands())


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_examples_and_every_option_says_what_it_is(words):
    long, short = invoke(*words, "--help"), invoke(*words, "-h")
    assert long.exit_code == short.exit_code == 0
    assert long.output == short.output
    assert "Examples:" in long.output
    assert f"megathrust {' '.join(words)}" in " ".join(long.output.split())
    options = {opt for parameter in COMMANDS[words].params for opt in parameter.opts}
    assert {"--json", "--quiet", "-q"} <= options
    undocumented = [p.name for p in COMMANDS[words].params if not getattr(p, "help", "x")]
    assert undocumented == []


def test_root_help_tells_exit_codes_and_completion():
    text = " ".join(invoke("-h").output.split())
    assert "Exit codes: 0 done; 1 a check found a fault" in text
    assert "--install-completion" in text


def schema_of(name):
    whole = json.loads((resources.files("megathrust.cli") / "answers.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(whole)
    return {"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]}


def test_every_command_has_a_schema():
    whole = json.loads((resources.files("megathrust.cli") / "answers.schema.json").read_text("utf-8"))
    assert set(whole["$defs"]) == {" ".join(words) for words in COMMANDS}


CASES = {
    "report": "report {run}",
    "compare": "compare {run} {run} --out {new}/compared.html",
    "predict": "predict --model {run}/model --table {world}/table.parquet --out {new}/p.csv",
    "map": "map {world}/table.parquet --out {new}/map.html",
    "test": "test --table {world}/table.parquet --no-power",
    "evaluate": "evaluate --table {world}/table.parquet --config {world}/tiny.yaml --protocol random"
    " --out {new}/scores",
    "power": "power --table {world}/table.parquet --worlds 2",
    "families": "families --table {world}/table.parquet --worlds 2 --exceedances 1 --out {new}/families",
    "cite": "cite {run}",
    "init": "init {new}/my.yaml --preset seed",
    "doctor": "doctor",
    "data list": "data list --topic slab2",
    "data path": "data path seafloor/GlobSed.nc",
    "data verify": "data verify --data-dir {new}",
}


@pytest.mark.parametrize("name", CASES)
def test_json_is_as_its_schema_says_and_nothing_else(world, tmp_path, megathrust, name):
    run = tmp_path / "run"
    shutil.copytree(world / "run", run)
    words = CASES[name].format(run=run, world=world, new=tmp_path).split()
    done = megathrust(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema_of(name))
    if name == "predict":
        assert answer["predicted"] == len(pd.read_csv(tmp_path / "p.csv")) == 130
    if name == "report":
        sentences = json.loads((run / "record.json").read_text())["verdicts"]["classes"]["sentences"]
        assert answer["predictands"][0]["sentences"] == sentences
    if name == "init":
        assert load_config(None, tmp_path / "my.yaml") == load_config("seed")


def test_json_of_commands_that_work_long(world, megathrust, monkeypatch, tmp_path):
    # Their work is tested elsewhere; here only what they say of it.
    finished, table = open_run(world / "run"), read_table(world / "table.parquet")
    monkeypatch.setattr("megathrust.pipelines.run.run", lambda *given, **options: finished)
    monkeypatch.setattr("megathrust.pipelines.run.again", lambda *given, **options: finished)
    monkeypatch.setattr("megathrust.pipelines.search.search", lambda *given, **options: finished)
    monkeypatch.setattr("megathrust.pipelines.build.build_table", lambda *given, **options: table)
    monkeypatch.setattr(
        "megathrust.pipelines.build.write_built_table", lambda *given: tmp_path / "sources.md"
    )
    monkeypatch.setattr("megathrust.pipelines.build.build_lines", lambda table: ["a remark"])
    monkeypatch.setattr(
        "megathrust.pipelines.build.fetch_data", lambda *given, **options: [tmp_path / "file"]
    )
    for words in (
        "run --out x",
        "evaluate x",
        "explain x",
        "figures x",
        "search --out x",
        "build --out x.csv",
        "data fetch",
    ):
        done = megathrust(*words.split(), "--json")
        assert (done.returncode, done.stderr) == (0, ""), words
        name = words.split(" x")[0].split(" --")[0]
        jsonschema.validate(json.loads(done.stdout), schema_of(name))


@pytest.mark.parametrize("name", ["report", "predict", "map", "init"])
def test_quiet_prints_nothing(world, tmp_path, megathrust, name):
    run = tmp_path / "run"
    shutil.copytree(world / "run", run)
    done = megathrust(*CASES[name].format(run=run, world=world, new=tmp_path).split(), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_piped_run_begins_at_once_logs_its_stages_and_ends_with_what_to_do(world):
    log, said = ((world / name).read_text().splitlines() for name in ("log.txt", "said.txt"))
    assert re.match(r"\[ 0:00\] run of .*table\.parquet, preset quick", log[0])
    stages = [line for line in log if re.match(r"\[ ?\d+:\d\d\] ", line)]
    assert any("training" in line for line in stages)
    assert any("figures" in line for line in stages)
    assert log[-1].startswith("Next: open ")
    assert said[-1] == f"Report: {world / 'run' / 'report.html'}"


def test_the_first_line_comes_before_anything_heavy():
    import subprocess

    script = (
        "import sys\nfrom megathrust.cli._options import begin\nbegin('x', quiet=False, as_json=False)\n"
        "print([n for n in ('torch', 'pandas', 'numpy', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[ 0:00] x\n"
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("rum", "Did you mean 'run'"),
        ("run --outt x", "--out"),
        ("data lst", "Did you mean 'list'"),
        ("run --preset qiuck --out {new}/x", "did you mean quick"),
        ("init {new}/x --preset sed", "did you mean seed"),
        ("data list --region saam", "did you mean sam"),
        ("data list --topic slab", "did you mean slab2"),
        ("build --regions samm --out {new}/x.parquet", "did you mean sam"),
        ("map {world}/table.parquet --value F11 --out {new}/x.png", "did you mean F1"),
        ("map {world}/table.parquet --region saam --out {new}/x.html", "did you mean sam"),
        (
            "predict --model great-region --table {world}/table.parquet --out {new}/x.csv",
            "did you mean great-regions",
        ),
        ("test --table {world}/table.parquet --column F11 --no-power", "did you mean F1"),
        ("run --table {world}/table.parquet --label MWW --out {new}/x", "did you mean MW"),
        ("run --table {world}/table.parquet --task clases --out {new}/x", "did you mean classes"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest(world, tmp_path, megathrust, words, hint):
    done = megathrust(*words.format(world=world, new=tmp_path).split())
    assert done.returncode == 2, done.stdout
    assert hint in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_prediction_without_a_usable_row_is_an_error(world, tmp_path, megathrust):
    frame = pd.read_parquet(world / "table.parquet").drop(columns="MW")
    for name in [column for column in frame if column.startswith("F")]:
        frame[name] = float("nan")
    frame.to_csv(tmp_path / "empty.csv", index=False)
    model, table, out = world / "run" / "model", tmp_path / "empty.csv", tmp_path / "p.csv"
    done = megathrust("predict", "--model", model, "--table", table, "--out", out)
    assert done.returncode == 2
    assert not (tmp_path / "p.csv").exists()


def test_doctor_finds_a_fault(monkeypatch, tmp_path, megathrust):
    monkeypatch.setenv("MEGATHRUST_DATA", str(tmp_path / "absent"))
    done = megathrust("doctor", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["ok"] is False
    assert [check["name"] for check in answer["checks"] if check["status"] == "fault"] == ["data"]


def test_settings_written_out_are_those_of_the_preset_with_a_word_on_each(tmp_path, megathrust):
    for preset in preset_names():
        path = tmp_path / f"{preset}.yaml"
        assert megathrust("init", path, "--preset", preset).returncode == 0
        assert load_config(None, path) == load_config(preset)
        lines = [line for line in path.read_text().splitlines() if re.match(r" *\w+: \S", line)]
        assert [line for line in lines if "#" not in line] == []
    refused = megathrust("init", path)
    assert refused.returncode == 2
    assert "pass --overwrite" in refused.stderr


def test_names_are_completed():
    from megathrust.cli._names import complete_column, complete_model, complete_preset, complete_region

    assert complete_region("sa") == ["sam"]
    assert complete_preset("seed") == ["seed", "seed-fault"]
    assert "SED_AVE" in complete_column("SED")
    assert "great-regions" in complete_model("great")


def test_lines_of_a_log_tell_time_and_share_of_a_long_stage(capsys):
    seconds = iter([0.0, 5.0, 5.0, 20.0, 40.0, 40.0, 40.0, 75.0])
    with ProgressBars(clock=lambda: next(seconds)) as bars:
        advance = bars.stage("networks")
        advance(1, 4)
        advance(2, 4)
    assert capsys.readouterr().err.splitlines() == ["[ 0:05] networks", "[ 0:40] networks: 50%"]
