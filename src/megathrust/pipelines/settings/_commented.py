"""Every setting of a run as a YAML file that says what each means."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from megathrust.core import OutputError, replacing
from megathrust.evaluation import BASELINES, MAGNITUDE_BASELINES
from megathrust.explanation import ATTRIBUTIONS, NORMALISATIONS, RULES
from megathrust.pipelines.settings._config import load_config, preset_names
from megathrust.splits import SPLITTERS
from megathrust.worlds import NULLS

#: What settings mean that do not say it where they are declared, with units and what is allowed.
_MEANINGS: Mapping[str, str] = {
    "label": "column of the label; null: the table's first target",
    "thresholds": "magnitudes (Mw) between the classes, one or more, increasing",
    "max_missing_share": "a feature of which a larger share of values is missing is left out, 0 to 1",
    "seed": "of everything random: the same seed gives the same numbers",
    "protocol.kind": "who is held out: " + ", ".join(SPLITTERS),
    "protocol.exclusion_km": "training segments closer than this to a test segment are left out (km)",
    "protocol.chunks": "parts of each trench, each held out once",
    "protocol.half_open_end": "whether the last segment of a region is never tested, as in the seed study",
    "protocol.closed_regions": "regions for which it is tested all the same",
    "network.members": "networks per scenario",
    "baselines": "rivals: " + ", ".join(BASELINES),
    "magnitude.loss": "mse, huber, quantile, or censored",
    "magnitude.quantiles": "levels, with the losses quantile and censored",
    "magnitude.huber_delta": "where the loss huber turns from squares to absolute values (spreads)",
    "magnitude.baselines": "rivals: " + ", ".join(MAGNITUDE_BASELINES),
    "curve.exclusion_km": "distances of the curve of scores (km); [] for no curve",
    "curve.members": "networks per scenario and distance",
    "curve.baselines": "rivals on the curve",
    "nulls.surrogates": "worlds per kind; a p-value is 1 / (surrogates + 1) at best",
    "nulls.kinds": "how worlds without signal are made: " + ", ".join(NULLS),
    "relevance.attribution": ", ".join(ATTRIBUTIONS),
    "relevance.rule": "of layer-wise relevance propagation: " + ", ".join(RULES),
    "relevance.normalisation": "for comparison beside the ranking: "
    + ", ".join(NORMALISATIONS)
    + "; null: none",
    "applicability.weights": "none: all features count alike; relevance: by their mean absolute relevance",
    "class_sets.coverage": "share of segments whose set shall hold the observed class, 0 to 1",
    "class_sets.groups": "what counts as one observation: rupture, or region",
    "figures.formats": "png (always), svg, pdf",
    "bootstrap_replicates": "resamplings of ruptures behind every interval",
    "device": "cpu, or cuda",
}


def write_commented(out: str | os.PathLike[str], preset: str = "quick", *, overwrite: bool = False) -> Path:
    """Write the settings of a preset with a comment at each.

    Parameters
    ----------
    out : path_like
        YAML file, for `load_config` and ``megathrust run --config``.
    preset : str
        One of `preset_names`.
    overwrite : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    InputError
        If there is no such preset.
    OutputError
        If the file exists already or cannot be written.
    """
    config = load_config(preset)
    path = Path(out)
    if path.exists() and not overwrite:
        raise OutputError(
            "the file exists already", given=path, action="name another file or pass --overwrite"
        )
    others = ", ".join(name for name in preset_names() if name != preset)
    head = [
        f"# Every setting of a run, as the preset {preset} has them (others: {others}).",
        "# Change what you like; what is left out keeps the preset's value. Units stand in brackets.",
        "",
    ]
    with replacing(path) as part:
        part.write_text("\n".join([*head, *_lines(config, "", "")]) + "\n", encoding="utf-8")
    return path


def _lines(section: Any, prefix: str, indent: str) -> Iterator[str]:
    for name, meaning, value in _entries(section):
        told = _MEANINGS.get(prefix + name) or meaning
        if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
            first = (type(value).__doc__ or "").strip().splitlines()[0]
            yield from ("", f"{indent}# {first}", f"{indent}{name}:")
            yield from _lines(value, f"{prefix}{name}.", indent + "  ")
        else:
            comment = f"  # {told}" if told else ""
            yield f"{indent}{name}: {_plain(value)}{comment}"


def _entries(section: Any) -> Iterator[tuple[str, str, Any]]:
    """Return name, meaning and value of every setting of a section."""
    if isinstance(section, BaseModel):
        for name, info in type(section).model_fields.items():
            yield name, info.description or "", getattr(section, name)
    else:
        for field in dataclasses.fields(section):
            yield field.name, str(field.metadata.get("meaning", "")), getattr(section, field.name)


def _plain(value: Any) -> str:
    """Write one value on one line of YAML."""
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=10_000).removesuffix("...\n").strip()
