"""The download, from a local server that cuts off, refuses and lies."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from xdomain.datasets import mnist
from xdomain.errors import UserError

NAME = "train-images-idx3-ubyte.gz"
HALF = 2 * mnist.PIECE
WHOLE = np.random.default_rng(1).bytes(2 * HALF)


class Mirror(ThreadingHTTPServer):
    """Answers each request by the next word of `script`; the last one holds for all further requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.script: list[str] = ["good"]
        self.ranges: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}/some/folder"


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        mirror = self.server
        wanted = self.headers["Range"]
        mirror.ranges.append(wanted)
        word = mirror.script.pop(0) if len(mirror.script) > 1 else mirror.script[0]
        if word == "refuse" or self.path != f"/some/folder/{NAME}":
            self.send_error(503)
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and word != "no ranges" else 0
        if first >= len(WHOLE):
            self.send_error(416)
            return
        body = WHOLE[first:]
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(WHOLE) - 1}/{len(WHOLE)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if word == "cut":
            body = body[:HALF]
        if word == "lie":
            body = bytes(len(body))
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.delenv("XDOMAIN_MNIST_MIRROR", raising=False)
    digest = hashlib.md5(WHOLE).hexdigest()
    monkeypatch.setitem(mnist.FILES, "train", mnist.RemoteFile(NAME.removesuffix(".gz"), digest))
    server = Mirror()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_whole_and_made_once(mirror, tmp_path):
    for _ in range(2):
        file = mnist.fetch("train", tmp_path / "digits", (mirror.url,))
        assert file.read_bytes() == WHOLE
    assert names(tmp_path / "digits") == [NAME]
    assert mirror.ranges == [None]


def test_a_cut_download_goes_on_where_it_broke_off(mirror, tmp_path):
    mirror.script = ["cut", "good"]
    assert mnist.fetch("train", tmp_path, (mirror.url,)).read_bytes() == WHOLE
    assert mirror.ranges == [None, f"bytes={HALF}-"]


def test_a_later_command_goes_on_too(mirror, tmp_path):
    mirror.script = ["cut", "refuse"]
    with pytest.raises(UserError, match="503"):
        mnist.fetch("train", tmp_path, (mirror.url,))
    assert names(tmp_path) == [f".{NAME}.part"]
    mirror.script, mirror.ranges = ["good"], []
    assert mnist.fetch("train", tmp_path, (mirror.url,)).read_bytes() == WHOLE
    assert mirror.ranges == [f"bytes={HALF}-"]
    assert names(tmp_path) == [NAME]


def test_a_server_without_ranges_starts_over(mirror, tmp_path):
    mirror.script = ["cut", "no ranges"]
    assert mnist.fetch("train", tmp_path, (mirror.url,)).read_bytes() == WHOLE
    assert len(mirror.ranges) == 2


def test_wrong_leftovers_are_thrown_away(mirror, tmp_path):
    (tmp_path / f".{NAME}.part").write_bytes(bytes(len(WHOLE)))
    assert mnist.fetch("train", tmp_path, (mirror.url,)).read_bytes() == WHOLE


def test_a_lie_is_never_kept(mirror, tmp_path):
    mirror.script = ["lie"]
    with pytest.raises(UserError, match="MD5"):
        mnist.fetch("train", tmp_path, (mirror.url,))
    assert names(tmp_path) == []


def test_the_next_mirror_is_asked(mirror, tmp_path):
    elsewhere = mirror.url + "/nowhere"
    assert mnist.fetch("train", tmp_path, (elsewhere, mirror.url)).read_bytes() == WHOLE


def test_the_environment_names_a_mirror(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("XDOMAIN_MNIST_MIRROR", mirror.url + "/")
    assert mnist.fetch("train", tmp_path).read_bytes() == WHOLE


def test_without_a_network_the_error_says_what_to_do(mirror, tmp_path):
    mirror.server_close()
    with pytest.raises(UserError, match="--digits uci") as error:
        mnist.fetch("train", tmp_path, (mirror.url,))
    assert mirror.url in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert names(tmp_path) == []
