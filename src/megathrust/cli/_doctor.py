"""``megathrust doctor``."""

from __future__ import annotations

import typer

from megathrust.cli._options import JSON, QUIET, answer, begin, examples

EXAMPLES = examples("megathrust doctor", "megathrust doctor --json")


def command(as_json: bool = JSON, quiet: bool = QUIET) -> None:
    """Check versions, data, cache, device, and a small run; exit code 1 if something does not work."""
    begin("looking at the installation", quiet=quiet, as_json=as_json)
    from megathrust.pipelines.run import check_installation

    checks = check_installation()
    sound = all(check.status != "fault" for check in checks)
    lines = [f"{check.status:<6} {check.name:<10} {check.detail}" for check in checks]
    content = {"ok": sound, "checks": [vars(check) for check in checks]}
    answer(lines, content, as_json=as_json)
    if not sound:
        raise typer.Exit(1)
