"""Files of regions that the registry does not know, found by their names in a data folder."""

from __future__ import annotations

import os
from pathlib import Path

from megathrust.sources._fetch import fetch, user_data_dir
from megathrust.sources._registry import list_sources


def find_incoming_plate(data_dir: str | os.PathLike[str] | None, region: str) -> Path | None:
    """Return the table of a region's incoming plate, registered or added to a data folder by the user.

    Parameters
    ----------
    data_dir : path_like or None
        Folder with a sub-folder ``seafloor``; none stands for ``MEGATHRUST_DATA``, and without that a
        registered file is fetched as by `fetch`.
    region : str
        Code of the region.

    Returns
    -------
    Path or None
        The file ``seafloor/<region>_BA_bath.csv``; none where the registry has no such file and the folder
        has none either.

    Raises
    ------
    SourceError
        If a registered file is missing, altered or cannot be downloaded.
    """
    key = f"seafloor/{region}_BA_bath.csv"
    if key in {source.key for source in list_sources(layer="incoming_plate")}:
        return fetch(key, data_dir=data_dir)
    folder = user_data_dir(data_dir)
    return folder / key if folder is not None and (folder / key).is_file() else None
