"""Make the ruptures that the package ships: python tools/make_ruptures.py DATA_DIR."""

from __future__ import annotations

import sys
from pathlib import Path

from megathrust.pipelines.build import build_ruptures, write_ruptures

HOME = Path(__file__).parents[1] / "src" / "megathrust" / "table" / "data" / "ruptures.parquet"

if __name__ == "__main__":
    write_ruptures(build_ruptures(sys.argv[1]), HOME)
