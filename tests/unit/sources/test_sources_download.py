"""Downloads from a local server that misbehaves in every way a server can."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from megathrust import sources
from megathrust.cli._main import app
from megathrust.core import InputError, SourceError
from megathrust.sources import _fetch
from megathrust.sources._download import download

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

CONTENT = bytes(range(256)) * 1200
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What the server does, and what it was asked."""

    url: str = ""
    content: bytes = CONTENT
    drops: int = 0
    after_drop: bytes | None = None
    ranges: bool = True
    status: int = 200
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            if state.status != 200:
                self.send_error(state.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            if start > len(state.content):
                self.send_error(416)
                return
            body = state.content[start:]
            self.send_response(206 if start else 200)
            if start:
                total = len(state.content)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.drops:
                state.drops -= 1
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self.connection.close()
                state.content = state.after_drop or state.content
                return
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # A dropped connection is what the test wants, not an error of the server.
    httpd.handle_error = lambda request, address: None  # type: ignore[method-assign]
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}/file.bin"
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def fetch_file(server: Server, target: Path, **options: object) -> Path:
    return download(server.url, target, sha256=SHA256, size=len(CONTENT), wait_s=0.0, **options)  # type: ignore[arg-type]


def assert_nothing_left(target: Path) -> None:
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


def test_whole_file_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch_file(server, tmp_path / "new" / "file.bin", progress=lambda *state: seen.append(state))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("ranges", [True, False])
def test_dropped_connection_is_taken_up(server: Server, tmp_path: Path, ranges: bool) -> None:
    server.drops, server.ranges = 2, ranges
    assert fetch_file(server, tmp_path / "a" / "file.bin").read_bytes() == CONTENT
    first, second = (int(str(wanted).removeprefix("bytes=").rstrip("-")) for wanted in server.asked[1:])
    assert 0 < first <= len(CONTENT) // 2
    assert second > first if ranges else second == first


def test_file_that_shrinks_on_the_server_is_started_again(server: Server, tmp_path: Path) -> None:
    server.drops, server.after_drop = 1, CONTENT[:10]
    with pytest.raises(SourceError, match="not the one that is known"):
        fetch_file(server, tmp_path / "a" / "file.bin")
    assert server.asked[0] is None
    assert server.asked[2] is None
    assert_nothing_left(tmp_path / "a" / "file.bin")


def test_server_that_always_drops_leaves_nothing_and_next_run_recovers(
    server: Server, tmp_path: Path
) -> None:
    target = tmp_path / "a" / "file.bin"
    server.drops, server.ranges = 99, False
    with pytest.raises(SourceError, match=r"cannot be downloaded .*4 attempts"):
        fetch_file(server, target)
    assert len(server.asked) == 4
    assert_nothing_left(target)
    server.drops = 0
    assert fetch_file(server, target).read_bytes() == CONTENT


def test_wrong_content_is_refused_and_next_run_recovers(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "a" / "file.bin"
    for wrong in (CONTENT[:-1], CONTENT[:-1] + b"x", b"version https://git-lfs.github.com/spec/v1"):
        server.content = wrong
        with pytest.raises(SourceError, match="not the one that is known"):
            fetch_file(server, target)
        assert_nothing_left(target)
    server.content = CONTENT
    assert fetch_file(server, target).read_bytes() == CONTENT


def test_altered_cache_is_downloaded_again(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file.bin"
    target.write_bytes(CONTENT[:1000])
    assert fetch_file(server, target).read_bytes() == CONTENT


def test_not_found_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(SourceError, match="the server answers 404 Not Found"):
        fetch_file(server, tmp_path / "a" / "file.bin")
    assert len(server.asked) == 1
    assert_nothing_left(tmp_path / "a" / "file.bin")


def test_overloaded_server_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.status = 503
    with pytest.raises(SourceError, match="4 attempts ended in HTTPError"):
        fetch_file(server, tmp_path / "a" / "file.bin")
    assert len(server.asked) == 4


def test_no_network(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ConnectionError.*check the network"):
        download("http://127.0.0.1:9/x", tmp_path / "a" / "x", sha256=SHA256, size=1, attempts=2, wait_s=0.0)
    assert_nothing_left(tmp_path / "a" / "x")


def test_unwritable_place(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")
    with pytest.raises(SourceError, match="cannot be stored"):
        fetch_file(server, tmp_path / "a" / "file.bin")


def test_fetch_through_mirror_and_cache(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sources.DataSource(
        key="topic/file.bin", layer="x", title="x", version="1", citation="x", doi="", licence="x",
        redistributable=True, derived_may_ship=True, share_alike=False, repository="a/b", commit="c",
        path="file.bin", bytes=len(CONTENT), sha256=SHA256, reader="grid",
    )  # fmt: skip
    monkeypatch.delenv("MEGATHRUST_DATA", raising=False)
    monkeypatch.setenv("MEGATHRUST_CACHE", str(tmp_path))
    monkeypatch.setattr(_fetch, "find_source", lambda key: source)
    mirror = server.url.removesuffix("/file.bin")
    for _ in range(2):
        assert sources.fetch("topic/file.bin", mirror=mirror).read_bytes() == CONTENT
    assert len(server.asked) == 1


BLOB = hashlib.sha1(f"blob {len(CONTENT)}".encode() + bytes(1) + CONTENT, usedforsecurity=False).hexdigest()


class TestPinned:
    key = "slab2/own.grd"

    @pytest.mark.parametrize(
        "proof", [{"sha256": SHA256}, {"git_blob": BLOB}, {"sha256": SHA256, "git_blob": BLOB}]
    )
    def test_any_address_is_proved_and_stands_in_its_place(
        self, server: Server, tmp_path: Path, proof
    ) -> None:
        place = sources.fetch_pinned(server.url, self.key, data_dir=tmp_path, **proof)
        assert place == tmp_path / self.key
        assert place.read_bytes() == CONTENT
        asked = len(server.asked)
        assert sources.fetch_pinned(server.url, self.key, data_dir=tmp_path, **proof) == place
        assert len(server.asked) == asked

    @pytest.mark.parametrize("proof", [{"sha256": "0" * 64}, {"git_blob": "0" * 40}])
    def test_another_file_is_refused_and_leaves_nothing(self, server: Server, tmp_path: Path, proof) -> None:
        with pytest.raises(SourceError, match="not the one that is known"):
            sources.fetch_pinned(server.url, self.key, data_dir=tmp_path, **proof)
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_what_stands_in_its_place_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "slab2").mkdir()
        (tmp_path / self.key).write_bytes(b"mine")
        with pytest.raises(SourceError, match="another file stands in the place"):
            sources.fetch_pinned("http://127.0.0.1:1/x", self.key, git_blob=BLOB, data_dir=tmp_path)
        assert (tmp_path / self.key).read_bytes() == b"mine"

    @pytest.mark.parametrize(
        ("key", "proof", "words"),
        [
            (key, {}, "without a hash"),
            (key, {"sha256": "abc"}, "no SHA-256"),
            (key, {"git_blob": SHA256}, "no git blob id"),
            ("../x/y", {"git_blob": BLOB}, "no place in the folder"),
            ("y", {"git_blob": BLOB}, "no place in the folder"),
            ("seafloor/sedmap.grd", {"git_blob": BLOB}, "the registry holds this file"),
        ],
    )
    def test_refuses_in_one_sentence(self, tmp_path: Path, key, proof, words) -> None:
        with pytest.raises(InputError, match=words):
            sources.fetch_pinned("http://127.0.0.1:1/x", key, data_dir=tmp_path, **proof)

    def test_through_the_command_line(self, server: Server, tmp_path: Path) -> None:
        words = [
            "data",
            "fetch",
            self.key,
            "--url",
            server.url,
            "--git-blob",
            BLOB,
            "--data-dir",
            str(tmp_path),
        ]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert (tmp_path / self.key).read_bytes() == CONTENT
        without = CliRunner().invoke(app, [*words[:2], *words[3:]])
        assert without.exit_code != 0
        assert "one file has one place" in str(without.exception)
