"""Numbers as people and programs write them in text: read wholly, or not at all."""

from __future__ import annotations

import re

# 8.7168776e+20, 8.7168776D+20, 8.7168776 e+20, 8.7168776 x 10^20; a decimal comma in place of the point.
_NUMBER = re.compile(
    r"(?P<mantissa>[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+))"
    r"(?:\s*(?:[eEdD]|[x*×]\s*10\s*(?:\^|\*\*)?)\s*(?P<power>[-+]?\d+))?"
    r"\s*(?P<unit>[^\d\s].*)?"
)
# One comma before three digits may part thousands.
_AMBIGUOUS = re.compile(r"[-+]?\d{1,3},\d{3}")


def number_in(text: str, units: tuple[str, ...] = ()) -> float:
    """Return the number that a text is, with one of some units or none behind it; NaN for ``nan``.

    Raises
    ------
    ValueError
        If the text is anything else, or its decimal comma may be one of thousands.

    Examples
    --------
    >>> [number_in(text, ("Nm",)) for text in ("8.7D+20 Nm", "8,7 x10^20 Nm", "-.5")]
    [8.7e+20, 8.7e+20, -0.5]
    """
    stripped = text.strip()
    match = _NUMBER.fullmatch(stripped)
    if stripped.lower() == "nan":
        return float("nan")
    unit = (match["unit"] or "").strip() if match else ""
    if match is None or (unit and unit not in units) or _AMBIGUOUS.fullmatch(match["mantissa"]):
        allowed = f" in {' or '.join(units)}" if units else ""
        raise ValueError(f"{stripped!r} is no number{allowed} that can be read in one way only")
    return float(match["mantissa"].replace(",", ".") + (f"e{match['power']}" if match["power"] else ""))
