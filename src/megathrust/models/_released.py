"""Where a model lies that the user only names."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from megathrust.core import ModelError, did_you_mean

#: Environment variable that names a folder of model folders.
MODELS_VARIABLE = "MEGATHRUST_MODELS"


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the folder of a model given by name or path.

    A path to an existing folder is that folder. A bare name is looked for as a folder with a ``model.json``,
    first in the folder that the environment variable ``MEGATHRUST_MODELS`` names, then among the released
    models: those of the installed package, or ``models/`` of the checkout that the package is run from.

    Parameters
    ----------
    name_or_path : str or path_like
        Such as ``RUN/model``, or the name of a released model.

    Raises
    ------
    ModelError
        If there is no such model; the sentence lists the names that exist.
    """
    path = Path(name_or_path)
    if (path / "model.json").is_file():
        return path
    for folder in _model_folders() if len(path.parts) == 1 else []:
        if (folder / path / "model.json").is_file():
            return folder / path
    if path.is_dir():
        # A damaged model: reading it tells what it lacks.
        return path
    raise ModelError(
        "there is no such model",
        given=name_or_path,
        allowed="a model folder or a released model: " + (", ".join(model_names()) or "none is installed"),
        action=did_you_mean(str(name_or_path), model_names()),
    )


def model_names() -> list[str]:
    """Return the names that `find_model` knows, sorted."""
    return sorted({path.parent.name for folder in _model_folders() for path in folder.glob("*/model.json")})


def _model_folders() -> list[Path]:
    named = os.environ.get(MODELS_VARIABLE)
    package = Path(str(resources.files("megathrust")))
    # The wheel carries models/ inside the package; in a checkout it stands beside src/.
    candidates = [Path(named)] if named else []
    candidates += [package / "released", package.parents[1] / "models"]
    return [folder for folder in candidates if folder.is_dir()]
