"""Which protocols stand side by side, and what they are called."""

from __future__ import annotations

import numpy as np

from megathrust.core import InputError
from megathrust.pipelines.settings import ProtocolConfig, changed
from megathrust.splits import SPLITTERS, SplitOptions


def protocol_name(protocol: ProtocolConfig) -> str:
    """Return the name of a protocol, with its exclusion distance where it has one.

    Examples
    --------
    >>> protocol_name(ProtocolConfig(kind="seed", exclusion_km=200.0))
    'seed 200 km'
    >>> protocol_name(ProtocolConfig(kind="leave-one-region-out"))
    'leave-one-region-out'
    """
    # Some kinds know no distance: they are the same at any.
    distances = {SPLITTERS[protocol.kind](SplitOptions(exclusion_km=km)).exclusion_km for km in (0.0, 1.0)}
    return f"{protocol.kind} {protocol.exclusion_km:g} km" if len(distances) > 1 else protocol.kind


def named_protocol(name: str, like: ProtocolConfig | None = None) -> ProtocolConfig:
    """Return the protocol of a name, such as ``"seed 200 km"`` or ``"kNNDM, new trench"``.

    Parameters
    ----------
    name : str
        A kind, and for those that have one the exclusion distance in km.
    like : ProtocolConfig, optional
        Gives all other settings.

    Raises
    ------
    InputError
        If there is no such kind, or the distance is no number.

    Examples
    --------
    >>> named_protocol("rupture-grouped 100 km").exclusion_km
    100.0
    """
    base = like or ProtocolConfig()
    if name in SPLITTERS:
        return changed(base, {"kind": name})
    words = name.removesuffix("km").strip()
    kind, _, distance = words.rpartition(" ")
    try:
        exclusion_km = float(distance)
    except ValueError:
        exclusion_km = np.nan
    if not np.isfinite(exclusion_km) or kind not in SPLITTERS:
        raise InputError(
            "there is no such protocol",
            given=name,
            allowed=f"{', '.join(SPLITTERS)}; a distance may follow, as in 'seed 200 km'",
        )
    return changed(base, {"kind": kind, "exclusion_km": exclusion_km})


#: From the leaky reference to regions that were left out whole.
PROTOCOLS = (
    "random",
    *(f"seed {km} km" for km in (0, 50, 100, 200, 400, 600)),
    "rupture-grouped 100 km",
    "kNNDM, this trench",
    "kNNDM, new trench",
    "leave-one-region-out",
)
