from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.text import Text

from megathrust.core import InputError
from megathrust.plots import associations_info, plot_associations


def families():
    rows = [
        ("gravity", "FRE_UP_AVE", -0.1, -0.3, 0.1, 0.2, 0.6),
        ("age", "AGE", 0.3, 0.1, 0.5, 0.0004, 0.004),
    ]
    return pd.DataFrame(rows, columns=["family", "feature", "effect", "low", "high", "p", "corrected_p"])


def test_the_strongest_evidence_comes_first_and_numbers_say_what_was_asked():
    info = associations_info(families(), label="Mw >= 8", level=0.05)
    assert info.table["family"].tolist() == ["age", "gravity"]
    assert info.to_frame()["label"].tolist() == ["Mw >= 8"] * 2


def test_claims_alone_are_filled_and_every_p_is_written():
    axes = plot_associations(associations_info(families(), label="Mw >= 8", level=0.05)).axes[0]
    filled = [line.get_markerfacecolor() != "white" for line in axes.lines if line.get_marker() in ("D", "o")]
    assert filled == [True, False]
    texts = [text.get_text() for text in axes.findobj(Text)]
    assert "p < 0.001, corrected 0.004" in texts
    assert "gravity (FRE_UP_AVE)" in texts


def test_missing_columns_and_no_family_are_refused():
    with pytest.raises(InputError, match="effect"):
        associations_info(families().drop(columns="effect"), label="", level=0.05)
    with pytest.raises(InputError, match="no family"):
        associations_info(families().iloc[:0], label="", level=0.05)
