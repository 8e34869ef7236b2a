"""Kills at random moments of every command: nothing is lost, and the same command then gives the same bytes.

``python tests/faults/kill_campaign.py --kills 10`` prints a line per command; see ``--help``.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from fault_commands import COMMANDS, bytes_of, copied, killed, left_over, load, make_world, run


@dataclass
class Outcome:
    """What kills of one command came to."""

    command: str
    seconds: float = 0.0
    kills: int = 0
    in_time: int = 0
    faults: list[str] = field(default_factory=list)


def campaign(world: Path, place: Path, name: str, kills: int, rng: random.Random) -> Outcome:
    """Kill one command again and again, each time in a fresh copy of the world."""
    words, written = COMMANDS[name]
    outcome = Outcome(name)
    folder = copied(world, place / "whole")
    before = bytes_of(folder / written)
    begun = time.perf_counter()
    done = run(folder, *words)
    outcome.seconds = time.perf_counter() - begun
    assert done.code == 0, done.err
    after = bytes_of(folder / written)
    for _ in range(kills):
        copied(world, folder)
        number = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        done = killed(folder, rng.uniform(0.0, 1.1 * outcome.seconds), words, number)
        outcome.kills += 1
        outcome.in_time += done.code != 0
        fault = judged(done, number, bytes_of(folder / written), before, after)
        again = run(folder, *words)
        finished = done.code == 0 and again.code == 2 and "exists already" in again.err
        if again.code != 0 and not finished:
            fault = fault or f"the same command again ends with {again.code}: {again.err[-200:]}"
        found = bytes_of(folder / written)
        if found != after:
            differing = sorted(name for name in {*found, *after} if found.get(name) != after.get(name))
            fault = fault or f"the same command again gives other bytes: {differing[:4]}"
        if left_over(folder):
            fault = fault or f"left over: {left_over(folder)[:3]}"
        if fault:
            outcome.faults.append(fault)
    return outcome


# What grows, or holds a lock, under a name of its own.
_HIDDEN = re.compile(r"\.stages/|\.part\b|\.lock$|\.old/")


def judged(done, number, now, before, after) -> str | None:
    """Return what is wrong after a kill: each file is the old one, the new one, or a hidden part of it."""
    strange = [
        name
        for name, sha256 in now.items()
        if sha256 not in (before.get(name), after.get(name)) and not _HIDDEN.search(name)
    ]
    if strange:
        return f"neither old nor new: {strange[:3]}"
    lost = [name for name in before if name not in now and not any(".old/" in other for other in now)]
    if lost and set(now) != set(after):
        return f"lost: {lost[:3]}"
    if number in (signal.SIGTERM, signal.SIGINT) and done.code not in (0, 128 + number):
        # Before the command set its own handlers, the signal ends it as any program.
        if done.code != -number:
            return f"{signal.Signals(number).name} ends with {done.code}: {done.err[-200:]}"
    elif done.code == 128 + number and "interrupted" not in done.err:
        return f"{signal.Signals(number).name} without a word: {done.err[-200:]}"
    if "Traceback" in done.err:
        return f"traceback: {done.err.strip().splitlines()[-1]}"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of every command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--command", action="append", choices=list(COMMANDS))
    asked = parser.parse_args()
    load()
    failed = total = 0
    print(f"{'command':<18} {'seconds':>8} {'kills':>6} {'in time':>8} {'lost':>5}")
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        world = Path(place, "world")
        make_world(world)
        for name in asked.command or COMMANDS:
            outcome = campaign(world, Path(place), name, asked.kills, random.Random(f"{asked.seed} {name}"))
            print(
                f"{name:<18} {outcome.seconds:>8.1f} {outcome.kills:>6} {outcome.in_time:>8} "
                f"{len(outcome.faults):>5}",
                flush=True,
            )
            for fault in outcome.faults:
                print(f"    {fault}", flush=True)
            total, failed = total + outcome.kills, failed + len(outcome.faults)
    print(f"{total} kills, {failed} faults")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
