"""`fetch` from end to end: Diving48's layout, killed at any moment, and again."""

import dataclasses
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tarfile
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.fetch_server import FileServer, serving

from xdomain.commands.fetch import fetch
from xdomain.datasets.download import mnist, sources
from xdomain.datasets.download.sources import DIVING48
from xdomain.datasets.download.transfer import download as downloading

COMMAND = [sys.executable, "-c", "from xdomain.commands.fetch import fetch; fetch()"]
VIDEOS = {f"clip_{i:05}.mp4": np.random.default_rng(i).bytes(3000) for i in range(800)}
JSONS = {name: json.dumps([name]).encode() for name in DIVING48 if name.endswith(".json")}
ARCHIVE = DIVING48[-1]


@pytest.fixture(scope="module")
def tarred() -> bytes:
    """The archive, with the `rgb/` of the real one on top."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as tar:
        for name, data in VIDEOS.items():
            info = tarfile.TarInfo(f"rgb/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


@pytest.fixture
def server(tarred: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(downloading, "BACKOFF", 0.001)
    with serving() as started:
        started.files = {f"/{name}": data for name, data in (JSONS | {ARCHIVE: tarred}).items()}
        yield started


def call(*words: object):
    return CliRunner().invoke(fetch, [str(word) for word in words])


def whole(root: Path) -> bool:
    """Whether the data set is there to the last byte, and nothing else."""
    folder = root / "diving48"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    wanted = {f"rgb/{name}": data for name, data in VIDEOS.items()} | JSONS
    assert there == {*wanted, "fetched.json"}
    return all((folder / name).read_bytes() == data for name, data in wanted.items())


def of_archive(server: FileServer) -> list[str | None]:
    """The ranges of the archive that were asked for."""
    return [wanted for path, wanted in server.asked if path == f"/{ARCHIVE}"]


def kill_when(ready: Callable[[], bool], root: Path, server: FileServer) -> None:
    """Start a fetch, kill it with -9 as soon as `ready`."""
    process = subprocess.Popen(
        [*COMMAND, "diving48", "--mirror", server.url, "--out", root], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not ready():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_diving48_arrives_in_its_layout_and_is_left_alone_then(server, tmp_path):
    first = call("diving48", "--mirror", server.url, "--out", tmp_path)
    assert first.exit_code == 0, first.output
    assert whole(tmp_path)
    assert f"800 in {tmp_path}/diving48/rgb" in first.output
    assert "python -m xdomain index diving48" in first.output
    server.asked.clear()
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert "nothing was fetched" in call("diving48", "--mirror", server.url, "--out", tmp_path).output
    assert server.asked == []
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_what_went_missing_is_fetched_again(server, tmp_path):
    call("diving48", "--mirror", server.url, "--out", tmp_path)
    (tmp_path / "diving48/rgb/clip_00007.mp4").unlink()
    (tmp_path / "diving48/rgb/clip_00008.mp4").write_bytes(b"short")
    again = call("diving48", "--mirror", server.url, "--out", tmp_path)
    assert "2 files are missing or changed in size" in again.output
    assert whole(tmp_path)


def test_a_kill_while_downloading_costs_no_byte(server, tmp_path, tarred):
    server.script = ["good"] * 7 + ["slow"]  # sizes of four files, three JSONs, then the archive
    part = tmp_path / "diving48" / f".{ARCHIVE}.part"
    kill_when(lambda: part.exists() and part.stat().st_size > len(tarred) // 3, tmp_path, server)
    have = part.stat().st_size
    assert have < len(tarred)
    server.script, server.asked = ["good"], []
    assert call("diving48", "--mirror", server.url, "--out", tmp_path).exit_code == 0
    assert whole(tmp_path)
    assert of_archive(server) == [None, f"bytes={have}-"]  # None: asked for its size, nothing read
    assert not any(path.endswith("train.json") for path, _ in server.asked)


def test_a_kill_while_unpacking_costs_no_download(server, tmp_path):
    rgb = tmp_path / "diving48/rgb"
    kill_when(lambda: rgb.exists() and len(os.listdir(rgb)) > 100, tmp_path, server)
    first = sorted(rgb.glob("*.mp4"))[0]
    time_of_first = first.stat().st_mtime_ns
    assert len(os.listdir(rgb)) < len(VIDEOS)
    server.asked, server.sent = [], 0
    assert call("diving48", "--mirror", server.url, "--out", tmp_path).exit_code == 0
    assert whole(tmp_path)
    assert first.stat().st_mtime_ns == time_of_first
    assert server.asked == []
    assert server.sent == 0


def test_two_commands_at_once_fetch_once(server, tmp_path, tarred):
    server.script = ["slow"]
    command = [*COMMAND, "diving48", "--mirror", server.url, "--out", tmp_path]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("waiting for it" in errors for _, errors in said) == 1
    assert whole(tmp_path)
    assert len([path for path, _ in server.asked if path.endswith("train.json")]) == 2  # its size, then itself


def test_a_full_disk_keeps_what_is_there(server, tmp_path, tarred):
    limit = len(tarred) // 2
    full = subprocess.run(
        [*COMMAND, "diving48", "--mirror", server.url, "--out", tmp_path],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
    )
    assert full.returncode == 2
    assert "Error: No space left" in full.stderr
    server.asked = []
    assert call("diving48", "--mirror", server.url, "--out", tmp_path).exit_code == 0
    assert of_archive(server) == [None, f"bytes={limit}-"]
    assert whole(tmp_path)


def test_too_little_space_is_said_first(server, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, 3_000_000))  # the archive alone would fit
    failed = call("diving48", "--mirror", server.url, "--out", tmp_path)
    assert failed.exit_code == 2
    assert "3 MB free and 5 MB are needed" in failed.stderr
    assert list((tmp_path / "diving48").iterdir()) == []


def test_a_dry_run_says_all_and_writes_nothing(server, tmp_path):
    said = call("diving48", "--dry-run", "--mirror", server.url, "--out", tmp_path / "data")
    assert said.exit_code == 0, said.output
    assert f"{ARCHIVE}  from {server.url}/{ARCHIVE}  to {tmp_path}/data/diving48/ (unpacked)" in said.output
    assert "4 files to get, 0 are here" in said.output
    assert not (tmp_path / "data").exists()


def test_files_fetched_by_hand_are_used_and_stay(server, tmp_path, tarred):
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    for name, data in (JSONS | {ARCHIVE: tarred}).items():
        (by_hand / name).write_bytes(data)
    done = call("diving48", "--from", by_hand, "--out", tmp_path / "data")
    assert done.exit_code == 0, done.output
    assert whole(tmp_path / "data")
    assert len(list(by_hand.iterdir())) == 4
    assert server.asked == []


def test_archives_are_kept_on_request(server, tmp_path, tarred):
    call("diving48", "--keep-archives", "--mirror", server.url, "--out", tmp_path)
    assert (tmp_path / "diving48" / ARCHIVE).read_bytes() == tarred


def test_a_receipt_that_is_none(server, tmp_path):
    (tmp_path / "diving48").mkdir()
    (tmp_path / "diving48" / "fetched.json").write_text("[]")
    failed = call("diving48", "--mirror", server.url, "--out", tmp_path)
    assert failed.exit_code == 2
    assert "fetched.json is not a receipt of ours" in failed.stderr


def test_without_a_network_one_sentence_says_what_to_do(server, tmp_path):
    server.server_close()
    failed = call("diving48", "--mirror", server.url, "--out", tmp_path)
    assert failed.exit_code == 2
    for words in (f"{server.url}/{DIVING48[0]}", "no connection", "login node", "curl", "--from"):
        assert words in failed.stderr


def test_mnist_is_one_of_them(server, tmp_path, monkeypatch):
    content = {"train-images-idx3-ubyte.gz": b"train", "t10k-images-idx3-ubyte.gz": b"test"}
    sums = tuple(f"md5:{hashlib.md5(data).hexdigest()}" for data in content.values())
    monkeypatch.setitem(sources.SOURCES, "mnist", dataclasses.replace(sources.SOURCES["mnist"], checksums=sums))
    server.files = {f"/{name}": data for name, data in content.items()}
    done = call("mnist", "--mirror", server.url, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "digits").glob("*.gz")} == content
    assert mnist.fetch("test", tmp_path / "digits").read_bytes() == b"test"  # where the generator looks for it


def test_help_names_every_data_set():
    said = call("--help").output
    assert all(name in said for name in ("diving48", "diver-frames", "diving48-domains", "ts", "mnist", "--from"))
