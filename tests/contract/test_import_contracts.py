"""The import contracts hold, and each of them notices what it forbids."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder):
    """Check the contracts of a copy of the package."""
    words = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])",
    ]
    return subprocess.run(
        words,
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/_typing.py", "import megathrust.geometry", "rooms are stacked"),
        ("splits/_fold.py", "import megathrust.explanation", "rooms are stacked"),
        ("pipelines/tasks/_task.py", "import megathrust.pipelines.run", "sub-rooms of pipelines are stacked"),
        ("evaluation/_scores.py", "import megathrust.evaluation._paired", "imports in a circle"),
        ("table/_schema.py", "import torch", "torch only where networks are"),
        ("models/_stack.py", "import matplotlib", "figures are drawn in plots and report only"),
        ("table/_files.py", "import requests", "the network is touched in sources only"),
    ],
)
def test_what_a_contract_forbids_breaks_it(tmp_path, file, line, contract):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "src" / "megathrust" / file
    path.write_text(path.read_text().replace("from __future__ import annotations\n", f"{line}\n", 1))
    done = lint(tmp_path)
    broken = [row.rsplit(" ", 1)[0] for row in done.stdout.splitlines() if row.endswith(" BROKEN")]
    assert any(contract in name for name in broken), done.stdout + done.stderr
