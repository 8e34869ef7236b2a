"""Mutation testing of some rooms: one small fault at a time, and whether the tests of its room see it.

``python tools/mutate.py --mutants 30 --seed 0 evaluation splits geometry core features`` copies the
tree, puts one fault into one file of a room (an operator, a comparison, a constant, a sign, a truth
value), runs the examples of that file and those tests of that room that run the statement, until the first
failure, and prints what survived. Survivors are a list to read: some change nothing that can be seen.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import copy
import importlib
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]
# Imported once, for the tests of every mutant.
LIBRARIES = (
    *(
        "torch",
        "pandas",
        "xarray",
        "pyarrow.parquet",
        "h5py",
        "pydantic",
        "yaml",
        "typer",
        "pyproj",
    ),
    *(f"scipy.{name}" for name in ("stats", "optimize", "interpolate", "spatial", "ndimage", "fft")),
    *(f"sklearn.{name}" for name in ("ensemble", "linear_model", "neighbors", "cluster", "gaussian_process")),
)
_REWRITTEN = "pytest.PytestAssertRewriteWarning"
# More numbers than this, assigned in a module, are data.
_TABLE = 20
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


def _numbers(node: ast.AST) -> int:
    return sum(
        isinstance(each, ast.Constant) and isinstance(each.value, int | float) for each in ast.walk(node)
    )


def faults(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Give nodes, what happens to them in words, and what takes their place."""
    # What an error says is for people; of a table of published numbers a test would be a second copy.
    left_out = [each for each in ast.walk(tree) if isinstance(each, ast.Raise)]
    left_out += [each for each in tree.body if isinstance(each, ast.Assign) and _numbers(each) > _TABLE]
    skipped = {id(node) for each in left_out for node in ast.walk(each)}
    for node in ast.walk(tree):
        if id(node) in skipped:
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
                everything.append(
                    (room, path, number, f"{path.name}:{node.lineno}:{node.col_offset} {words}")
                )  # type: ignore[attr-defined]
    return random.Random(seed).sample(everything, min(count, len(everything)))


def tests_of(place: Path, room: str, tree: ast.Module) -> list[Path]:
    """Return the unit tests of a room, and those of properties and contracts that name what a file defines.

    Files that name most of it come first.
    """
    defined = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    tests = place / "tests"
    own = [*(tests / "unit" / room).glob("test_*.py"), tests / "contract/test_classes.py"]
    others = {*tests.glob("properties/test_*.py"), *tests.glob("contract/test_*.py")}.difference(own)
    named = {file: len(defined & set(re.findall(r"\w+", file.read_text()))) for file in (*own, *others)}
    chosen = own + [file for file in others if named[file]]
    return sorted(chosen, key=lambda file: (-named[file], file))


def run(place: Path, parts: list[list[str]], cpu_seconds: int = 3600) -> tuple[int, float]:
    """Run pytest on each part until one fails: exit status, and processor seconds.

    It runs in a child, which has what tests import of others.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = multiprocessing.get_context("fork").Process(target=_run, args=(place, parts, cpu_seconds))
    child.start()
    child.join(10 * cpu_seconds)
    if child.is_alive() and child.pid is not None:
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return child.exitcode or 0, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(place: Path, parts: list[list[str]], cpu_seconds: int) -> None:
    os.setsid()
    os.chdir(place)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    sys.path.insert(0, str(place / "src"))
    os.environ |= {"PYTHONPATH": str(place / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    # Plugins that a part before has imported cannot be rewritten again, and need not.
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", f"ignore::{_REWRITTEN}"]
    for part in parts:
        status = int(pytest.main([*options, *part]))
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            os._exit(status)
    os._exit(0)


@dataclass(frozen=True)
class Room:
    """What the tests of a room do where there is no fault: how long they take, and who runs which line."""

    cpu_seconds: float
    tests_of_lines: dict[Path, dict[int, set[str]]]

    def tests(self, path: Path, lines: range) -> set[str]:
        """Return the tests that run some of these lines of a file; none if they run when it is imported."""
        of_lines = self.tests_of_lines.get(path, {})
        return set().union(*(of_lines.get(line, set()) for line in lines))


def look(place: Path, room: str, tests: list[Path]) -> Room:
    """Run the tests of a room without a fault; the end of everything if they fail."""
    covered = place / f".coverage.{room}"
    os.environ["COVERAGE_FILE"] = str(covered)
    folder = place / "src/megathrust" / room
    options = [f"--cov={folder}", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
    status, seconds = run(place, [[*options, *map(str, tests)]])
    if status:
        sys.exit(f"the tests of {room} fail without a fault, with status {status}")
    data = coverage.CoverageData(str(covered))
    data.read()
    return Room(
        seconds,
        {
            Path(file): {
                line: {context.rsplit("|", 1)[0] for context in contexts if context}
                for line, contexts in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        },
    )


def lines_of(tree: ast.Module, node: ast.AST) -> range:
    """Return the lines of the innermost statement that holds a node, without the statements in it.

    What stands in the head of a function, as defaults do, takes its first statement for itself.
    """
    holding = [each for each in ast.walk(tree) if isinstance(each, ast.stmt) and node in set(ast.walk(each))]
    # A walk goes from the outer to the inner ones.
    statement = holding[-1]
    body = getattr(statement, "body", None)
    if isinstance(statement, ast.FunctionDef):
        return range(statement.body[0].lineno, (statement.end_lineno or 0) + 1)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def survives(place: Path, room: Room, files: list[Path], path: Path, number: int) -> bool:
    """Put a fault into the copy of the tree, and ask the tests that run its statement, or all of its room."""
    tree = ast.parse(path.read_text())
    node, _, other = list(faults(tree))[number]
    target = place / path.relative_to(ROOT)
    running = room.tests(target, lines_of(tree, node))
    by_file = {
        file: sorted(test for test in running if place / test.split("::")[0] == file) for file in files
    }
    parts = [[str(target)], *(tests for tests in by_file.values() if tests)]
    whole = [[str(target)], *([str(file)] for file in files)]
    limit = int(30 + 2 * room.cpu_seconds)
    before = target.read_text()
    target.write_text(ast.unparse(ast.fix_missing_locations(_Put(node, other).visit(tree))))
    try:
        status, _ = run(place, parts if running else whole, limit)
        if status == pytest.ExitCode.USAGE_ERROR:
            # A test cannot be named where its file cannot be imported.
            status, _ = run(place, whole, limit)
    finally:
        target.write_text(before)
    return status == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="+")
    parser.add_argument("--mutants", type=int, default=30, help="how many, for each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    asked = parser.parse_args()
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = Path(folder, ROOT.name)
        shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".git", "__pycache__", "_build"))
        # By content: a fault may leave size and second of a file as they were.
        compileall.compile_dir(place / "src", quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        drawn = {seed: mutants(asked.rooms, asked.mutants, seed) for seed in asked.seed}
        tests = {
            (room, path): tests_of(place, room, ast.parse(path.read_text()))
            for chosen in drawn.values()
            for room, path, _, _ in chosen
        }
        rooms = {
            name: look(
                place, name, sorted({test for (room, _), of in tests.items() if room == name for test in of})
            )
            for name in asked.rooms
            if any(room == name for room, _ in tests)
        }
        for seed, chosen in drawn.items():
            killed = 0
            for room, path, number, words in chosen:
                alive = survives(place, rooms[room], tests[room, path], path, number)
                killed += not alive
                print(f"{'SURVIVED' if alive else 'killed':<9} {room:<11} {words}", flush=True)
            print(f"{killed} of {len(chosen)} killed, seed {seed}", flush=True)


if __name__ == "__main__":
    main()
