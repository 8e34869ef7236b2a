"""An answer as a folder: numbers and a figure."""

from __future__ import annotations

import os
from pathlib import Path

from megathrust.core import FolderKind, replacing_folder, write_csv, write_json
from megathrust.pipelines.association._answers import Associations
from megathrust.plots import associations_info, plot_associations, save_figure

_FOLDER = FolderKind("test", ("answer.json", "families.csv"), lambda folder: ("families.png",))


def write_associations(
    found: Associations, folder: str | os.PathLike[str], *, power: str | None = None, overwrite: bool = False
) -> None:
    """Write ``families.csv``, ``families.png`` and ``answer.json`` into a folder.

    Parameters
    ----------
    found : Associations
    folder : path_like
    power : str, optional
        What the table could have shown, from `Power.sentence`.
    overwrite : bool
        Whether a folder that already stands there is replaced.

    Raises
    ------
    OutputError
        If the folder exists already, or cannot be written.
    """
    info = associations_info(found.table, label=found.label, level=found.level)
    caption = " ".join([*found.sentences, *([power] if power else [])])
    with replacing_folder(folder, _FOLDER, overwrite=overwrite) as part:
        save_figure(plot_associations(info), Path(part, "families.png"), caption=caption)
        write_csv(Path(part, "families.csv"), found.table)
        write_json(Path(part, "answer.json"), content(found, power))


def content(found: Associations, power: str | None = None) -> dict[str, object]:
    """Return an answer as it stands in JSON."""
    return {
        "label": found.label,
        "rests_on": found.size,
        "level": found.level,
        "claims": found.claims,
        "sentences": list(found.sentences),
        "power": power,
        "families": found.table.to_dict(orient="records"),
    }
