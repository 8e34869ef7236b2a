"""What tests of whole commands share; runs draw a few figures only, unless a test asks for every one."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from megathrust.cli import main
from megathrust.pipelines.run import FIGURES
from megathrust.table import write_table
from megathrust.testing import synthetic_table

FEW = ("scores by scenario", "magnitudes")


@pytest.fixture(scope="module", autouse=True)
def all_figures():
    """All that draw figures, by name; meanwhile only a few of them do."""
    everything = dict(FIGURES)
    FIGURES._entries = {name: everything[name] for name in FEW}
    yield everything
    FIGURES._entries = everything


@pytest.fixture
def every_figure(all_figures, monkeypatch):
    """Let runs of this test draw every figure."""
    monkeypatch.setattr(FIGURES, "_entries", dict(all_figures))


TINY = {
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16},
    "baselines": ["region prior", "logistic regression"],
    "curve": {"exclusion_km": [0, 50], "members": 1, "baselines": ["nearest segment"]},
    "nulls": {"surrogates": 3, "planted": 2, "per_model": 4, "exceedances": 2},
    "claims": {"worlds": 2},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"members": 1, "randomised": 1},
    "known_truth": {"worlds": 0},
    "bootstrap_replicates": 20,
}


@pytest.fixture(scope="session")
def in_a_fresh_process():
    """Start the program in a process of its own."""

    def start(*words):
        return subprocess.run(
            [sys.executable, "-m", "megathrust", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
        )

    return start


@pytest.fixture
def megathrust(monkeypatch, capsys):
    """Start the program in this process, which spares loading torch again."""

    def start(*words):
        monkeypatch.setattr("sys.argv", ["megathrust", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=stopped.value.code or 0, stdout=said.out, stderr=said.err)

    return start


@pytest.fixture(scope="session")
def world(tmp_path_factory, in_a_fresh_process):
    """A folder with a table, a tiny configuration and one finished run."""
    folder = tmp_path_factory.mktemp("world")
    write_table(synthetic_table(), folder / "table.parquet")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    done = in_a_fresh_process(
        "run", "--table", folder / "table.parquet", "--config", folder / "tiny.yaml", "--out", folder / "run"
    )
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    (folder / "log.txt").write_text(done.stderr)
    return folder


@pytest.fixture
def undrawn(monkeypatch):
    """Spare a run its figures; they are looked at elsewhere."""
    monkeypatch.setattr("megathrust.pipelines.run._figures.FIGURES", {})


@pytest.fixture
def assert_refused():
    """Check that a command ended with one sentence and left nothing."""

    def check(done, sentence, out=None):
        assert done.returncode == 2, (done.stdout, done.stderr)
        # A line with the time before it tells that the work began.
        lines = [line for line in done.stderr.strip().splitlines() if not line.startswith("[ ")]
        assert len(lines) == 1, done.stderr
        assert sentence in lines[0]
        if out is not None:
            assert not out.exists()
            assert not list(out.parent.glob(f".{out.name}*"))

    return check
