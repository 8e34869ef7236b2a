"""Pages of the API reference, written from the export lists: one per public name, one per room."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import megathrust

FOLDER = "api/generated"
#: Characters from which a signature is shortened, and from which a default is.
LONG_SIGNATURE, LONG_DEFAULT = 500, 60

#: The names of the package itself, as a reader looks for them.
GROUPS = {
    "Run, predict, explain": (
        "run open_run Run search test predict explain load_model save_model SavedModel load_config RunConfig"
    ),
    "Tables": (
        "load_builtin_table read_table write_table open_table complete FeatureTable ColumnDefinition "
        "build_table add_layer fetch_data"
    ),
    "Trenches and grids": "load_trench_line TrenchLine make_segments locate sample_grid",
    "Networks": (
        "FCNClassifier FCNRegressor FCNMultiTask fit_classifier Member TrainingOptions Network "
        "FCNArchitecture FCNStack import_networks relevance"
    ),
    "Who is held out, and scores": (
        "ChunkSplitter RegionSplitter Fold Prediction classification_scores score_table paired_difference "
        "rupture_weights"
    ),
    "Magnitudes": "magnitude_from_moment moment_from_magnitude",
    "Errors": "MegathrustError InputError TableError ModelError SourceError OutputError",
}


@dataclass(frozen=True)
class Documented:
    """A public name and where it is documented: the first face that exports it."""

    module: str
    name: str
    thing: Any

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def page(self) -> str:
        return f"{FOLDER}/{self.full_name if self.module == 'megathrust' else self.module}"

    @property
    def summary(self) -> str:
        if isinstance(self.thing, ModuleType) or inspect.isclass(self.thing) or callable(self.thing):
            text = inspect.getdoc(self.thing) or ""
        else:
            text = _comment_of(self.module, self.name)
        return text.strip().split("\n\n")[0].replace("\n", " ")

    @property
    def directive(self) -> str:
        """How Sphinx is to document it."""
        if inspect.isclass(self.thing):
            kind = "autoexception" if issubclass(self.thing, BaseException) else "autoclass"
            return f".. {kind}:: {self.full_name}\n   :members:\n"
        if inspect.isfunction(inspect.unwrap(self.thing)):
            return f".. autofunction:: {self.full_name}\n"
        if isinstance(self.thing, ModuleType):
            return f"Figures: see `{self.thing.__name__}`.\n"
        return f".. py:data:: {self.name}\n\n   {self.summary or _value(self.thing)}\n"


def _value(thing: Any) -> str:
    text = repr(thing) if isinstance(thing, str | float | int | tuple) else type(thing).__name__
    return f"``{text}``" if len(text) < 90 else f"``{text[:80]} ...``"


@cache
def rooms() -> tuple[str, ...]:
    """Return the rooms that export something, in alphabetical order."""
    found = pkgutil.walk_packages(megathrust.__path__, "megathrust.")
    names = (name for _, name, is_package in found if is_package and name != "megathrust.cli")
    return tuple(name for name in names if getattr(importlib.import_module(name), "__all__", ()))


@cache
def documented() -> tuple[Documented, ...]:
    """Return every public name once; what the package itself exports is documented there."""
    top = [Documented("megathrust", name, getattr(megathrust, name)) for name in sorted(megathrust.__all__)]
    result, seen = list(top), {id(each.thing) for each in top}
    for room in rooms():
        module = importlib.import_module(room)
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)) or id(thing) not in seen:
                result.append(Documented(room, name, thing))
                if inspect.isclass(thing) or inspect.isfunction(thing):
                    seen.add(id(thing))
    return tuple(result)


def _of_room(room: str) -> list[Documented]:
    """Return where each name of a room's export list is documented."""
    module = importlib.import_module(room)
    by_thing = {id(each.thing): each for each in documented() if callable(each.thing)}
    own = {each.full_name: each for each in documented()}
    names = [(name, getattr(module, name)) for name in module.__all__]
    return [own.get(f"{room}.{name}") or by_thing[id(thing)] for name, thing in names]


def _comment_of(module: str, name: str) -> str:
    """Return the ``#:`` comment above a constant, wherever in its room it is defined."""
    folder = Path(importlib.import_module(module).__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if line.split(":")[0].split("=")[0].strip() == name and not line.startswith(" "):
                above = []
                while number and lines[number - 1].startswith("#:"):
                    number -= 1
                    above.insert(0, lines[number][2:].strip())
                if above:
                    return " ".join(above)
    return ""


def _heading(text: str, mark: str = "=") -> str:
    return f"{text}\n{mark * len(text)}\n\n"


def _table(entries: list[Documented]) -> str:
    lines = [".. list-table::", "   :widths: 30 70", "", ""]
    for each in entries:
        lines += [f"   * - `{each.name} <{each.full_name}>`", f"     - {each.summary or _value(each.thing)}"]
    return "\n".join(lines) + "\n\n"


def _room_page(room: str) -> str:
    module = importlib.import_module(room)
    entries = _of_room(room)
    own = [each for each in entries if each.module == room]
    text = _heading(room) + f".. py:module:: {room}\n\n{inspect.getdoc(module)}\n\n" + _table(entries)
    return text + "\n".join(each.directive for each in own)


def _top(names: dict[str, Documented]) -> str:
    """Return the tables of the package's own names, group by group, and their contents."""
    grouped = [name for group in GROUPS.values() for name in group.split()]
    expected = {name for name, each in names.items() if not isinstance(each.thing, ModuleType)}
    if differing := expected.symmetric_difference(grouped):
        raise ValueError(f"docs/_ext/api_pages.py: no group for, or no longer there: {sorted(differing)}")
    text = ".. py:module:: megathrust\n\n"
    for title, group in GROUPS.items():
        text += _heading(title, "-") + _table([names[name] for name in group.split()])
    contents = "\n".join(f"   {name} <generated/megathrust.{name}>" for name in grouped)
    return text + f".. toctree::\n   :hidden:\n   :caption: megathrust\n\n{contents}\n"


def _rooms_table() -> str:
    """Return the table of the rooms, and their contents."""
    lines = [".. list-table::", "   :widths: 30 70", "", ""]
    for room in rooms():
        summary = (inspect.getdoc(importlib.import_module(room)) or "").split("\n\n")[0].replace("\n", " ")
        lines += [f"   * - :py:mod:`{room}`", f"     - {summary}"]
    contents = "\n".join(f"   {room.removeprefix('megathrust.')} <generated/{room}>" for room in rooms())
    return "\n".join(lines) + f"\n\n.. toctree::\n   :hidden:\n   :caption: Rooms\n\n{contents}\n"


def _write(path: Path, text: str) -> None:
    """Write a page only where it changed, so that Sphinx reads only what is new."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_pages(app: Sphinx) -> None:
    """Write every page of the reference; pages of names that are gone disappear."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{room}.rst": _room_page(room) for room in rooms()}
    top = {each.name: each for each in documented() if each.module == "megathrust"}
    pages |= {
        f"{each.full_name}.rst": _heading(name) + each.directive
        for name, each in top.items()
        if not isinstance(each.thing, ModuleType)
    }
    pages |= {"top.txt": _top(top), "rooms.txt": _rooms_table()}
    for path in folder.iterdir():
        if path.name not in pages:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, text in pages.items():
        _write(folder / name, text)


def resolve(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Find a public name that a docstring gives alone, or by a face other than the documenting one."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].lstrip("~.")
    *path, last = target.split(".")
    objects = env.get_domain("py").objects
    for owner in _candidates(".".join(path), last):
        if owner in objects:
            entry = objects[owner]
            refuri = app.builder.get_relative_uri(node["refdoc"], entry.docname) + "#" + entry.node_id
            return nodes.reference("", "", contnode, internal=True, refuri=refuri, reftitle=owner)
    return None


def _candidates(path: str, last: str) -> list[str]:
    by_name: dict[str, str] = {}
    for each in documented():
        by_name.setdefault(each.name, each.full_name)
    if not path or path.startswith("megathrust"):
        return [by_name[last]] if last in by_name else []
    owner = by_name.get(path.split(".")[-1])
    if owner is None:
        return []
    thing = next(each.thing for each in documented() if each.full_name == owner)
    # Attributes that the text of their class describes have no place of their own.
    is_attribute = last in getattr(thing, "__dataclass_fields__", {}) or hasattr(thing, last)
    return [f"{owner}.{last}", owner] if is_attribute else [f"{owner}.{last}"]


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out what classes have from pydantic and scikit-learn without saying anything of their own."""
    foreign = name == "model_config" or (name.startswith("set_") and name.endswith("_request"))
    return True if foreign else None


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Write three dots for defaults that are long, such as whole tables of declarations."""
    if not signature or len(signature) < LONG_SIGNATURE:
        return None
    parameters = [
        each.replace(
            default=_DOTS if len(repr(each.default)) > LONG_DEFAULT else each.default, annotation=each.empty
        )
        for each in inspect.signature(obj).parameters.values()
    ]
    return str(inspect.Signature(parameters)), returns


class _Dots:
    def __repr__(self) -> str:
        return "..."


_DOTS = _Dots()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writer of pages and the finder of names."""
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-signature", shorten)
    app.connect("builder-inited", write_pages)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
