"""Classes that hold values do not change: one check of all of them, by their declarations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "src/megathrust"
# What is filled step by step, and what scikit-learn sets the parameters of.
MAY_CHANGE = {
    "explanation/_switches.py",
    "pipelines/build/_sources.py",
    "pipelines/predict/_predict.py",
    "sources/_grids.py",
    "sources/_srcmod.py",
    "training/_classifier.py",
    "training/_ensemble.py",
    "training/_multi_task.py",
    "training/_regressor.py",
}
ROOMS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())


def _options(decorator: ast.expr) -> dict[str, object]:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in keywords}


@pytest.mark.parametrize("room", ROOMS)
def test_classes_of_values_are_frozen(room):
    changing = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
                name = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(name).endswith("dataclass") and not _options(decorator).get("frozen"):
                    changing.add(str(path.relative_to(ROOT)))
    assert changing == {each for each in MAY_CHANGE if each.startswith(f"{room}/")}
