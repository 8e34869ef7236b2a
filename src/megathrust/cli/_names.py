"""Names that the shell completes: regions, presets, columns of the built-in table, released models."""

from __future__ import annotations

import json
from importlib import resources


def complete_region(incomplete: str) -> list[str]:
    """Return codes of regions that begin so."""
    from megathrust.core import REGION_NAMES

    return [code for code in REGION_NAMES if code.startswith(incomplete)]


def complete_preset(incomplete: str) -> list[str]:
    """Return presets that begin so."""
    folder = resources.files("megathrust") / "pipelines" / "settings" / "presets"
    names = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir())
    return [name for name in names if name.startswith(incomplete)]


def complete_column(incomplete: str) -> list[str]:
    """Return columns of the built-in table that begin so."""
    schema = resources.files("megathrust") / "table" / "data" / "segments.parquet.schema.json"
    columns = json.loads(schema.read_text("utf-8"))["columns"]
    names = [str(column["name"]) if isinstance(column, dict) else str(column) for column in columns]
    return [name for name in names if name.startswith(incomplete)]


def complete_model(incomplete: str) -> list[str]:
    """Return released models that begin so."""
    from megathrust.models import model_names

    return [name for name in model_names() if name.startswith(incomplete)]
