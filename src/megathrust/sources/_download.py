"""Download of one file: resumed where the server can, proved by hash, whole or absent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from megathrust.core import ProgressCallback, SourceError, git_blob_of

CHUNK_BYTES = 1 << 16
TIMEOUT_S = 30.0
#: A server that sends less is given up: a drop at a time would keep a command for days.
SLOWEST_BYTES_PER_S = 1_000.0
#: A file of unknown size is given up beyond this.
LARGEST_BYTES = 4 * 1024**3
#: Set to 1, it allows addresses without encryption.
INSECURE_VARIABLE = "MEGATHRUST_INSECURE"


def download(
    url: str,
    target: Path,
    *,
    sha256: str = "",
    git_blob: str = "",
    size: int = LARGEST_BYTES,
    attempts: int = 4,
    wait_s: float = 1.0,
    progress: ProgressCallback | None = None,
) -> Path:
    """Download ``url`` to ``target`` through pooch: temporary file, hash, move.

    Parameters
    ----------
    url : str
        Address of the file.
    target : Path
        Final name; the folder is made if needed.
    sha256, git_blob : str
        Hash that the file must have: either is enough.
    size : int
        Size in bytes, beyond which nothing is read; a limit where it is not known.
    attempts : int
        How often a lost connection is taken up again.
    wait_s : float
        Pause before the second attempt, doubled before each further one.
    progress : callable, optional
        Called with (bytes so far, bytes in all).

    Raises
    ------
    SourceError
        If the file cannot be had, or is not the file that the registry knows, or the address is not
        encrypted.
    """
    import pooch

    _check_address(url)
    fetcher = _downloader(size=size, attempts=attempts, wait_s=wait_s, progress=progress)
    if git_blob:
        fetcher = _proving(fetcher, git_blob)
    # pooch announces each download; here the progress callback does.
    pooch.get_logger().setLevel("ERROR")
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{sha256}" if sha256 else None,
            fname=target.name,
            path=target.parent,
            downloader=fetcher,
        )
    except ValueError as error:
        # pooch reports a wrong hash as a ValueError, after it has removed the temporary file.
        raise _another_file(url, "SHA-256") from error
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(
            "the download cannot be stored",
            given=f"{target}, {error.strerror or error}",
            action="name another cache folder in MEGATHRUST_CACHE",
        ) from error
    return target


def _check_address(url: str) -> None:
    """Refuse an address that others on the way can read and change, but on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return
    if parts.scheme != "http" or os.environ.get(INSECURE_VARIABLE) != "1":
        raise SourceError(
            "the address is not encrypted",
            given=url,
            allowed="https",
            action=f"set {INSECURE_VARIABLE}=1 if you know this server and the way to it",
        )


def _proving(fetch_file: Callable[[str, Any, Any], None], git_blob: str) -> Callable[[str, Any, Any], None]:
    """Return a downloader that also proves what it fetched, before anything is moved to its place."""

    def fetch_and_prove(url: str, output_file: Any, pooch_object: Any) -> None:
        fetch_file(url, output_file, pooch_object)
        if git_blob_of(output_file) != git_blob:
            raise _another_file(url, "git blob id")

    return fetch_and_prove


def _another_file(url: str, proof: str) -> SourceError:
    return SourceError(
        f"the downloaded file is not the one that is known, its {proof} differs",
        given=url,
        action="try again, and report it if it stays so",
    )


def _downloader(
    *, size: int, attempts: int, wait_s: float, progress: ProgressCallback | None
) -> Callable[[str, Any, Any], None]:
    """Return a pooch downloader that takes up a lost connection where it broke."""

    def fetch_file(url: str, output_file: Any, pooch_object: Any) -> None:
        import requests

        part = Path(output_file)
        part.write_bytes(b"")
        for attempt in range(attempts):
            if attempt:
                time.sleep(wait_s * 2.0 ** (attempt - 1))
            try:
                _continue_download(url, part, size=size, progress=progress)
            except requests.HTTPError as error:
                answer = error.response
                # Only an overloaded or broken server may answer otherwise a little later.
                if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                    why = f"the server answers {answer.status_code} {answer.reason}"
                    raise _unreachable(url, why) from error
                failure: Exception = error
            except requests.RequestException as error:
                failure = error
            else:
                return
        raise _unreachable(url, f"{attempts} attempts ended in {type(failure).__name__}") from failure

    return fetch_file


def _continue_download(url: str, part: Path, *, size: int, progress: ProgressCallback | None) -> None:
    """Append what is missing to ``part``, or start again where the server knows no ranges."""
    import requests

    have = part.stat().st_size
    begun = time.monotonic()
    # Without compression on the way, bytes on the disk count as bytes of the range.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            part.write_bytes(b"")
            raise requests.ConnectionError("the server refuses to continue")
        response.raise_for_status()
        resumed = response.status_code == requests.codes.partial_content
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as stream:
            for chunk in response.iter_content(CHUNK_BYTES):
                stream.write(chunk)
                have += len(chunk)
                if have > size:
                    raise _unreachable(url, f"the server sends more than the {size} bytes that it should")
                seconds = time.monotonic() - begun
                if seconds > TIMEOUT_S and have / seconds < SLOWEST_BYTES_PER_S:
                    raise requests.Timeout("the server is too slow")
                if progress is not None:
                    progress(have, max(size, have))


def _unreachable(url: str, why: str) -> SourceError:
    return SourceError(
        "the file cannot be downloaded",
        given=f"{url}, {why}",
        action="check the network, or name a folder that holds the files with --data-dir or MEGATHRUST_DATA",
    )
