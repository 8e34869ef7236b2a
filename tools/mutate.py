"""Mutation testing of some rooms: one small fault at a time, and whether the tests of its room see it.

``python tools/mutate.py --mutants 30 --seed 0 evaluation splits geometry core features`` copies the
tree, puts one fault into one file of a room (an operator, a comparison, a constant, a sign, a truth
value), runs the unit tests of that room until the first failure, and prints what survived. Survivors are
a list to read: some change nothing that can be seen.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def faults(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Give nodes, what happens to them in words, and what takes their place."""
    skipped = {id(node) for each in ast.walk(tree) if isinstance(each, ast.Raise) for node in ast.walk(each)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            # What an error says is for people.
            continue
        if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
            other = copy.deepcopy(node)
            other.op = BINARY[type(node.op)]()
            yield node, f"{type(node.op).__name__} -> {type(other.op).__name__}", other
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            other = copy.deepcopy(node)
            other.ops[0] = COMPARED[type(node.ops[0])]()
            yield node, f"{type(node.ops[0]).__name__} -> {type(other.ops[0]).__name__}", other
        elif isinstance(node, ast.BoolOp):
            other = copy.deepcopy(node)
            other.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield node, "and <-> or", other
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
            yield node, f"{type(node.op).__name__} left out", node.operand
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, f"{node.value} -> {not node.value}", ast.Constant(not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield node, f"{node.value} -> {node.value + 1}", ast.Constant(node.value + 1)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self._new, node) if node is self._old else self.generic_visit(node)


def mutants(rooms: list[str], count: int, seed: int) -> list[tuple[str, Path, int, str]]:
    """Draw faults: room, file, number of the fault in it, and what it does."""
    everything = []
    for room in rooms:
        for path in sorted((ROOT / "src/megathrust" / room).glob("_*.py")):
            if path.name == "__init__.py":
                continue
            for number, (node, words, _) in enumerate(faults(ast.parse(path.read_text()))):
                everything.append((room, path, number, f"{path.name}:{node.lineno} {words}"))  # type: ignore[attr-defined]
    return random.Random(seed).sample(everything, min(count, len(everything)))


def survives(place: Path, room: str, path: Path, number: int) -> bool:
    """Put a fault into the copy of the tree, and ask the tests of its room."""
    tree = ast.parse(path.read_text())
    node, _, other = list(faults(tree))[number]
    target = place / path.relative_to(ROOT)
    before = target.read_text()
    target.write_text(ast.unparse(ast.fix_missing_locations(_Put(node, other).visit(tree))))
    try:
        tests = [str(place / "tests/unit" / room)]
        tests += [str(each) for each in (place / "tests/properties").glob(f"*{room}*.py")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(place / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=900,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        target.write_text(before)
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="+")
    parser.add_argument("--mutants", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    killed = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = Path(folder, ROOT.name)
        shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".git", "__pycache__", "_build"))
        chosen = mutants(asked.rooms, asked.mutants, asked.seed)
        for room, path, number, words in chosen:
            alive = survives(place, room, path, number)
            killed += not alive
            print(f"{'SURVIVED' if alive else 'killed':<9} {room:<11} {words}", flush=True)
    print(f"{killed} of {len(chosen)} killed")


if __name__ == "__main__":
    main()
