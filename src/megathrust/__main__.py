"""The program ``megathrust``, also as ``python -m megathrust``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program; an interruption while it starts says so, too."""
    try:
        from megathrust.cli import main as program

        program()
    except KeyboardInterrupt:
        sys.stderr.write("megathrust: interrupted before anything was begun.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
