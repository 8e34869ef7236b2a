"""A small run whose table is full of hostile names, and a browser without a network to look at its page."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from megathrust.features import ColumnDefinition
from megathrust.pipelines.run import FIGURES, run
from megathrust.pipelines.settings import load_config
from megathrust.table import FeatureTable
from megathrust.testing import synthetic_table

HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=2">',
    "\u0645\u0631\u062d\u0628\u0627 missing",
    "=cmd|' /C calc'!A0 " + "x" * 200,
)
# Tables refuse names that are longer or not printable; what events are called is anybody's.
SOURCE = HOSTILE[1] + "\u202egnissim" + "x" * 10_000
TINY = {
    "network": {"members": 2, "hidden": [6], "epochs": 3, "batch_size": 16},
    "baselines": ["region prior"],
    "curve": {"exclusion_km": []},
    "nulls": {"surrogates": 3, "planted": 1, "per_model": 2},
    "claims": {"worlds": 4},
    "relevance": {"methods": ["relative-lrp"]},
    "explaining": {"encodings": ["none"], "members": 1, "randomised": 0},
    "known_truth": {"worlds": 0},
    "bootstrap_replicates": 20,
    "thresholds": [8.0],
    "missing_values": "leave_out",
}


def hostile_table(seed: int = 0) -> FeatureTable:
    """A table of three trenches, one across the antimeridian, whose texts are all hostile."""
    plain = synthetic_table(seed=seed, regions={"alu": 20, "kur": 15, "sam": 25})
    names = dict(zip(("F2", "F3", "F4", "F5"), HOSTILE, strict=True))
    frame = plain.frame.rename(columns=names)
    for region, lon, lat in (
        ("alu", (170, 200), (52, 54)),
        ("kur", (155, 142), (49, 36)),
        ("sam", (-80, -73), (0, -40)),
    ):
        here = frame["region"] == region
        frame.loc[here, "lon"] = (np.linspace(*lon, here.sum()) + 180) % 360 - 180
        frame.loc[here, "lat"] = np.linspace(*lat, here.sum())
    # Short ruptures side by side, longer names than brackets.
    ruptures = [f"{HOSTILE[0]}{row // 2}" for row in range(len(frame))]
    frame["MW_rupture"] = np.where(frame["MW"] >= 8.0, ruptures, "")
    frame["MW_date"] = np.where(frame["MW"] >= 8.0, "1960-05-22", "")
    frame["MW_source"] = np.where(frame["MW"] >= 8.0, SOURCE, "")
    frame["MW_quality"] = np.where(frame["MW"] >= 8.0, "A", "")
    frame.loc[3, HOSTILE[0]] = np.nan
    columns = {}
    for name, column in plain.columns.items():
        new = names.get(name, name)
        words = f"{column.long_name} {new}" if new != name else column.long_name
        columns[new] = ColumnDefinition(
            new, words, new if new != name else column.unit, column.role, family=column.family
        )
    for end in ("rupture", "date", "source", "quality"):
        columns[f"MW_{end}"] = ColumnDefinition(f"MW_{end}", end, "1", "rupture")
    return FeatureTable(frame, columns)


@pytest.fixture(scope="session")
def hostile():
    """Texts that stand in the table of the run."""
    return HOSTILE


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The run on the hostile table; a few figures only."""
    everything = dict(FIGURES)
    FIGURES._entries = {"scores by scenario": everything["scores by scenario"]}
    try:
        return run(
            hostile_table(), load_config(None, None, **TINY), tmp_path_factory.mktemp("browser") / "run"
        )
    finally:
        FIGURES._entries = everything


@pytest.fixture(scope="session")
def chromium():
    """Debian's chromium, driven by Playwright; tests are skipped where either is absent."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium (apt-get install chromium)")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page that notes every complaint of the console and every request beyond the file itself."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(offline=True, accept_downloads=True, **options)
        self.context.set_default_timeout(8000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request):
        if request.url.startswith(("http", "ws", "ftp")) or request.resource_type not in (
            "document",
            "image",
        ):
            self.complaints.append(f"request: {request.url[:100]}")

    def open(self, path: Path, link: str = ""):
        self.page.goto(path.as_uri() + link)
        return self.page

    def open_plain(self, path: Path):
        self.page.goto(path.as_uri())
        return self.page


@pytest.fixture
def watched(chromium):
    """Open pages of a given size; whatever they complain of fails the test at its end."""
    opened = []

    def start(**options):
        opened.append(Watched(chromium, **({"viewport": {"width": 1200, "height": 900}} | options)))
        return opened[-1]

    yield start
    complaints = [complaint for each in opened for complaint in each.complaints]
    for each in opened:
        each.context.close()
    assert complaints == []
