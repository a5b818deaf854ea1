"""Weights from the web: who serves them does not decide what they are."""

import hashlib
import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from support.fetch_server import FileServer, serving
from support.hostile_support import Canary, attempted

from segment.network.weights import fetch, read


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with serving() as started:
        made = io.BytesIO()
        torch.save({"a.weight": torch.ones(3)}, made)
        started.files["/net.pth"] = made.getvalue()
        yield started


def test_without_encryption_and_without_hash(server):
    attempted(lambda: fetch(f"{server.url}/net.pth")).assert_refused("is not encrypted")


def test_another_file_than_the_hash_says(server, tmp_path: Path):
    wanted = hashlib.sha256(server.files["/net.pth"]).hexdigest()
    source = f"{server.url}/net.pth#sha256={wanted}"
    assert torch.equal(read(fetch(source))["a.weight"], torch.ones(3))
    server.files["/net.pth"] = b"another"
    other = f"{server.url}/net.pth#sha256={'0' * 64}"
    attempted(lambda: fetch(other)).assert_refused("cannot be downloaded")
    assert read(fetch(source))  # the first one, of the same name, is still there


def test_a_cached_file_that_was_changed(server):
    source = f"{server.url}/net.pth#sha256={hashlib.sha256(server.files['/net.pth']).hexdigest()}"
    fetch(source).write_bytes(b"changed")
    attempted(lambda: fetch(source)).assert_refused("it was changed here")


@pytest.mark.parametrize("fragment", ["sha256=abc", "md5=" + "0" * 32, "sha256=" + "g" * 64])
def test_a_hash_that_is_none(server, fragment):
    attempted(lambda: fetch(f"{server.url}/net.pth#{fragment}")).assert_refused("64 hexadecimal digits")


class Planted:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple:
        return Path.write_text, (self.target, "owned")


def test_weights_that_are_a_program(tmp_path: Path, canary: Canary):
    path = tmp_path / "net.pth"
    path.write_bytes(pickle.dumps(Planted(canary.folder / "README.md")))
    attempted(lambda: read(path)).assert_refused("cannot be read as plain weights")
    torch.save({"a": Planted(canary.folder / "README.md")}, path)
    attempted(lambda: read(path)).assert_refused("cannot be read as plain weights")
    canary.assert_untouched()
