"""The package as a whole: what it exports, how light it starts, what its docstrings hold."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import megathrust

ROOMS = [
    name
    for _, name, is_package in pkgutil.iter_modules(megathrust.__path__, "megathrust.")
    if is_package and name != "megathrust.cli"
]
HEAVY = ("torch", "matplotlib", "cartopy", "numpy", "pandas", "sklearn", "scipy")


def loaded_after(code):
    script = f"{code}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_import_loads_nothing_heavy():
    assert loaded_after("import megathrust") == "[]"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['megathrust', '--help']\nfrom megathrust.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_after(code) == "[]"


def test_every_exported_name_exists():
    # About fifty: what a user needs in the first hour.
    assert len(megathrust.__all__) <= 55
    for name in megathrust.__all__:
        assert getattr(megathrust, name) is not None


def test_every_name_of_the_package_has_an_example():
    things = {name: getattr(megathrust, name) for name in megathrust.__all__}
    documented = [
        name for name, thing in things.items() if inspect.isfunction(thing) or inspect.isclass(thing)
    ]
    assert [name for name in documented if ">>>" not in (inspect.getdoc(things[name]) or "")] == []


@pytest.mark.parametrize("room", ROOMS)
def test_export_lists_are_sorted_and_documented(room):
    module = importlib.import_module(room)
    names = getattr(module, "__all__", [])
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in names:
        thing = getattr(module, name)
        if inspect.isfunction(thing) or (
            inspect.isclass(thing) and thing.__module__.startswith("megathrust")
        ):
            assert inspect.getdoc(thing), f"{room}.{name} has no docstring"


@pytest.mark.parametrize("room", ROOMS)
def test_documented_parameters_exist(room):
    module = importlib.import_module(room)
    for name in getattr(module, "__all__", []):
        thing = getattr(module, name)
        if not inspect.isfunction(thing):
            continue
        documented = inspect.getdoc(thing) or ""
        if "Parameters\n----------" not in documented:
            continue
        block = documented.split("Parameters\n----------\n")[1].split("\n\n")[0]
        named = [
            part.strip().lstrip("*")
            for line in block.splitlines()
            if line and not line.startswith(" ")
            for part in line.split(" : ")[0].split(",")
        ]
        unknown = [one for one in named if one not in inspect.signature(thing).parameters]
        assert not unknown, f"{room}.{name} documents {unknown}"
