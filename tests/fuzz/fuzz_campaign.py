"""A mutation fuzzer over every reader: only our errors may come out, short, in time, in little memory.

``python tests/fuzz/fuzz_campaign.py --executions 5000`` prints a line per reader; see ``--help``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_readers import Reader, all_readers, finished_run

from megathrust.core import MegathrustError

SECONDS, CHARACTERS, MEGABYTES = 5.0, 300, 1024

_NUMBERS = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
# fmt: off
_ODD = [
    b"", b"nan", b"NaN", b"inf", b"-1", b"0", b"1e308", b"1e400", b"-1e30", b"9.96921e36", b"9" * 400,
    b"9" * 5000, b"1e-320", b"null", b"true", b"[]", b"{}", b'""', b"0x1f", b"\xff\xfe", b"\0", b"\r",
    b"\n\n", b",,,,", b'"', b"2147483648", b"4294967295", b"18446744073709551616", b"-9223372036854775809",
    b"9999-99-99", b"\xc3\x28", b"[" * 3000, b'{"a":' * 3000, b"*a", b"&a [*a,*a]", b"a" * 70000,
    b"!!python/object:os.system", b"../../../etc/passwd", b"<!ENTITY a 'b'>", b"%s%n", b"$\\frac",
    "\u202e".encode(), b"=cmd|'/c'!A1",
]
# fmt: on


@dataclass
class Result:
    """What a campaign against one reader came to."""

    reader: str
    executions: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    longest: int = 0
    megabytes: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """Return a damaged copy of a file."""
    data = bytearray(raw)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            data = bytearray(rng.choice(_ODD) or b"0")
        place = rng.randrange(len(data))
        other = rng.randrange(len(data))
        low, high = min(place, other), min(max(place, other), min(place, other) + 4096)
        kind = rng.randrange(10)
        if kind == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, 0x2C, 0x0A))
        elif kind == 2:
            del data[low:high]
        elif kind == 3:
            data[place:place] = data[low:high]
        elif kind == 4:
            data[place:place] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 5:
            del data[place:]
        elif kind == 6:
            data[place:place] = rng.choice(_ODD)
        elif kind == 7:
            width = rng.choice((2, 4, 8))
            value = rng.choice((0, 1, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, 10**5, 10**9))
            data[place : place + width] = (value % 256**width).to_bytes(width, rng.choice(("little", "big")))
        else:
            # Most of what texts hold are numbers.
            around = list(_NUMBERS.finditer(data, low, high))[:200]
            if around:
                match = rng.choice(around)
                data[match.start() : match.end()] = rng.choice(_ODD)
    return bytes(data)


class _TooSlow(BaseException):
    pass


def _alarm(number, frame):
    raise _TooSlow


def campaign(reader: Reader, executions: int, seed: int, keep: Path | None = None) -> Result:
    """Damage the file of a reader again and again, in this process."""
    rng = random.Random(f"{seed} {reader.name}")
    result = Result(reader.name)
    signal.signal(signal.SIGALRM, _alarm)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        whole = Path(place, "whole")
        whole.mkdir()
        reader.make(whole)
        raw = (whole / reader.file).read_bytes()
        folder = Path(place, "damaged")
        shutil.copytree(whole, folder)
        # The whole file must be read, or every damaged one is refused for nothing.
        reader.read(folder / reader.file)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for number in range(executions):
            if not number % 500 or not (folder / reader.file).is_file():
                shutil.rmtree(folder)
                shutil.copytree(whole, folder)
            damaged = mutated(raw, rng)
            (folder / reader.file).write_bytes(damaged)
            if keep is not None:
                # Still there if the process dies.
                keep.mkdir(parents=True, exist_ok=True)
                (keep / "last").write_bytes(damaged)
            failure = _one(reader, folder / reader.file, result)
            if failure is not None and failure.startswith(("slow", "endless")):
                # Another process may have had the core meanwhile: slow is what is slow again.
                failure = _one(reader, folder / reader.file, result)
            if failure is not None:
                result.failures[failure] += 1
                if keep is not None and result.failures[failure] <= 3:
                    name = f"{reader.name.replace('/', '-')}-{number}{Path(reader.file).suffix}"
                    (keep / name).write_bytes(damaged)
        result.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    if result.megabytes > MEGABYTES:
        result.failures[f"more than {MEGABYTES} MB"] += 1
    return result


def _one(reader: Reader, path: Path, result: Result) -> str | None:
    """Read one damaged file; return what is wrong about it, if anything."""
    result.executions += 1
    start = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, 4 * SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.read(path)
        result.read += 1
        failure = None
    except MegathrustError as error:
        result.refused += 1
        said = str(error)
        # The name of the folder is none of the reader's.
        length = len(said.replace(str(path.parent), ""))
        result.longest = max(result.longest, length)
        failure = None
        if "\n" in said:
            failure = f"several lines: {said[:80]!r}"
        elif length > CHARACTERS:
            failure = f"{length // 100}00 characters: {said[:60]!r}"
    except _TooSlow:
        failure = "endless"
    except BaseException as error:
        trace, frame = error.__traceback__, ""
        while trace is not None:
            if "megathrust" in trace.tb_frame.f_code.co_filename:
                frame = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
            trace = trace.tb_next
        failure = f"{type(error).__name__} at {frame}: {str(error)[:60]!r}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    seconds = time.perf_counter() - start
    result.slowest = max(result.slowest, seconds)
    return failure or (f"slow: {seconds:.0f} s" if seconds > SECONDS else None)


def in_a_child(reader: Reader, executions: int, seed: int, keep: Path | None = None) -> Result:
    """Run a campaign in a forked process, so that a crash of a library is a result as well."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        code = 1
        try:
            found = campaign(reader, executions, seed, keep)
            os.write(theirs, json.dumps({**vars(found), "failures": dict(found.failures)}).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    if not said:
        ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "an exit"
        return Result(reader.name, failures=Counter({f"the process ended by {ended}": 1}))
    content = json.loads(said)
    return Result(**{**content, "failures": Counter(content["failures"])})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", action="append")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    failed = total = 0
    readers = [each for each in all_readers(asked.data_dir) if not asked.reader or each.name in asked.reader]
    if any(each.name.startswith("run/") for each in readers):
        # Before the first child, or each of them makes its own.
        finished_run()
    print(f"{'reader':<32} {'tries':>6} {'read':>6} {'refused':>7} {'slowest':>8} {'longest':>7} {'MB':>6}")
    for reader in readers:
        result = in_a_child(reader, asked.executions, asked.seed, asked.keep)
        total += result.executions
        print(
            f"{result.reader:<32} {result.executions:>6} {result.read:>6} {result.refused:>7} "
            f"{result.slowest:>6.2f} s {result.longest:>7} {result.megabytes:>6.0f}",
            flush=True,
        )
        for failure, count in result.failures.most_common(12):
            failed += count
            print(f"    {count:>5} x {failure}", flush=True)
    print(f"{len(readers)} readers, {total} executions, {failed} failures")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
