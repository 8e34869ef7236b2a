"""``python -m megathrust``."""

from megathrust.cli import main

main()
