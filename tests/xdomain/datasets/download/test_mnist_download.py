"""MNIST from its mirrors; what a single download survives is in test_fetch_download.py."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from support.fetch_server import FileServer, serving

from xdomain.core.errors import UserError
from xdomain.datasets.download import mnist
from xdomain.datasets.download.transfer import download as downloading

NAME = "train-images-idx3-ubyte.gz"
WHOLE = np.random.default_rng(1).bytes(1 << 18)
HALF = len(WHOLE) // 2


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.delenv("XDOMAIN_MNIST_MIRROR", raising=False)
    monkeypatch.setattr(downloading, "BACKOFF", 0.001)
    digest = hashlib.md5(WHOLE).hexdigest()
    monkeypatch.setitem(mnist.FILES, "train", mnist.IdxFile(NAME.removesuffix(".gz"), digest))
    with serving() as started:
        started.files[f"/some/folder/{NAME}"] = WHOLE
        yield started


@pytest.fixture
def mirror(server: FileServer) -> str:
    return f"{server.url}/some/folder"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def ranges(server: FileServer) -> list[str | None]:
    return [wanted for _, wanted in server.asked]


def test_a_download_is_complete_and_made_once(server, mirror, tmp_path):
    for _ in range(2):
        file = mnist.fetch("train", tmp_path / "digits", (mirror,))
        assert file.read_bytes() == WHOLE
    assert names(tmp_path / "digits") == [NAME]
    assert ranges(server) == [None]


def test_a_later_command_goes_on_where_the_first_was_cut_off(server, mirror, tmp_path):
    server.script = ["cut", "503"]
    with pytest.raises(UserError, match="503"):
        mnist.fetch("train", tmp_path, (mirror,))
    assert names(tmp_path) == [f".{NAME}.part", f".{NAME}.part.json"]
    server.script, server.asked = ["good"], []
    assert mnist.fetch("train", tmp_path, (mirror,)).read_bytes() == WHOLE
    assert ranges(server) == [f"bytes={HALF}-"]
    assert names(tmp_path) == [NAME]


def test_wrong_leftovers_are_thrown_away(mirror, tmp_path):
    (tmp_path / f".{NAME}.part").write_bytes(bytes(len(WHOLE)))
    assert mnist.fetch("train", tmp_path, (mirror,)).read_bytes() == WHOLE


def test_other_bytes_than_mnists_are_never_kept(server, mirror, tmp_path):
    server.script = ["wrong"]
    with pytest.raises(UserError, match="MD5"):
        mnist.fetch("train", tmp_path, (mirror,))
    assert NAME not in names(tmp_path)


def test_the_next_mirror_is_asked(mirror, tmp_path):
    elsewhere = mirror + "/nowhere"
    assert mnist.fetch("train", tmp_path, (elsewhere, mirror)).read_bytes() == WHOLE


def test_the_environment_names_a_mirror(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("XDOMAIN_MNIST_MIRROR", mirror + "/")
    assert mnist.fetch("train", tmp_path).read_bytes() == WHOLE


def test_without_a_network_the_error_says_what_to_do(server, mirror, tmp_path):
    server.server_close()
    with pytest.raises(UserError, match="--digits uci") as error:
        mnist.fetch("train", tmp_path, (mirror,))
    assert mirror in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert names(tmp_path) == []
