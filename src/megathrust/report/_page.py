"""One page: style, script and data inside it, so that it opens anywhere with the network off."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import jinja2
from markupsafe import Markup

from megathrust.report._downloads import PageFile, packed
from megathrust.report._explorer import Explorer, explorer_content
from megathrust.report._world import world_content

#: Kept libraries of the page, in the order of loading; see vendor/provenance.json.
_LIBRARIES = ("d3-array", "d3-geo")


def page_data(explorer: Explorer | None, files: tuple[PageFile, ...]) -> str:
    """Return what the script of a page reads, and files to be saved from it; empty for no script."""
    if explorer is None:
        return ""
    own = {"world": world_content(), "files": packed({file.name: file for file in files})}
    return as_json({**explorer_content(explorer), **own})


def render(template: str, data: str = "", **given: Any) -> str:
    """Return a page as text.

    Parameters
    ----------
    template : str
        Name of a file in ``templates``.
    data : str
        From `page_data`; without it the page has no script.
    **given
        What the template names.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("megathrust.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The texts are the package's own, or JSON in which no sign of markup is left.
    script = Markup(page_script() if data else "")  # nosec B704
    digest = f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
    style = Markup(_own("page").joinpath("page.css").read_text("utf-8").strip())  # nosec B704
    safe = Markup(data)  # nosec B704
    return environment.get_template(template).render(
        **given, style=style, data=safe, script=script, script_hash=digest if data else "'none'"
    )


def as_json(content: Any) -> str:
    r"""Return content as JSON that can stand inside a page: no sign of it can end the element around it.

    Examples
    --------
    >>> as_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@lru_cache(maxsize=1)
def page_script() -> str:
    """Return the script of every page: the kept libraries with their licences, then our own."""
    vendor, own = _own("vendor"), _own("page")
    parts = []
    for name in _LIBRARIES:
        licence = vendor.joinpath(f"{name}-LICENSE.txt").read_text("utf-8").strip()
        parts += [f"/* {name}\n{licence}\n*/", vendor.joinpath(f"{name}.min.js").read_text("utf-8").strip()]
    names = sorted(entry.name for entry in own.iterdir() if entry.name.endswith(".js"))
    inside = "\n".join(own.joinpath(name).read_text("utf-8").strip() for name in names)
    return "\n".join([*parts, f'(() => {{\n"use strict";\n{inside}\n}})();\n'])


def _own(folder: str) -> Traversable:
    return resources.files("megathrust.report") / folder
