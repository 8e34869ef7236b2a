"""Registries: a file put into a package is enough to enter what it registers."""

from __future__ import annotations

import sys

import pytest

from megathrust.core import InputError, Registry


def test_files_that_fit_the_pattern_are_entered(tmp_path, monkeypatch):
    folder = tmp_path / "kitchen"
    folder.mkdir()
    (folder / "__init__.py").write_text("from megathrust.core import Registry\nTOOLS = Registry('tool')\n")
    for name in ("_spoon_tools", "_knife_tools", "_notes"):
        text = f"from kitchen import TOOLS\nTOOLS.register('{name}')(len)\n"
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("", "._spoon_tools", "._knife_tools", "._notes"):
        monkeypatch.delitem(sys.modules, f"kitchen{name}", raising=False)
    tools: Registry[object] = __import__("kitchen").TOOLS
    tools.fill("kitchen", "_*_tools")
    assert list(tools) == ["_knife_tools", "_spoon_tools"]
    tools.fill("kitchen", "_*_tools")
    with pytest.raises(InputError, match=r"unknown tool .*did you mean _spoon_tools"):
        tools["spoon_tools"]
