"""`python -m xdomain fetch weights` against servers of this machine, laid out as torch's and the hub's are."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.fetch_server import FileServer, serving

from xdomain.__main__ import main
from xdomain.models.zoo.libraries import load_torchvision

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = {"config.json": b"{}", "model.safetensors": b"some tensors", "mine.py": b"raise SystemExit", "README.md": b"#"}


def command(*words: str) -> Result:
    return CliRunner().invoke(main, ["fetch", "weights", *words])


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as server:
        yield server


def serve_as_torchvision(
    server: FileServer, content: bytes, digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Let the published weights of mc3_18 be at the server; returns the file that they are to become."""
    name = f"mc3_18-{digest[:8]}.pth"
    server.files[f"/{name}"] = content
    weights = load_torchvision().models.get_model_weights("mc3_18").KINETICS400_V1
    monkeypatch.setattr(weights.value, "url", f"{server.url}/{name}")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "hub/checkpoints" / name


def test_torchvisions_weights_come_once(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"some weights"
    digest = hashlib.sha256(content).hexdigest()
    file = serve_as_torchvision(server, content, digest, tmp_path, monkeypatch)
    for words in ("torchvision:mc3_18", "torchvision:mc3_18/KINETICS400_V1"):
        done = command(words)
        assert done.exit_code == 0, done.output
        assert f"SHA-256 {digest}" in done.output
        assert "--model torchvision:mc3_18 --weights KINETICS400_V1" in done.output
    assert file.read_bytes() == content
    assert len(server.asked) == 1


@pytest.mark.parametrize(("script", "expected"), [("good", "invalid hash value"), ("404", "HTTP Error 404")])
def test_a_file_of_another_hash_or_none_at_all_is_refused(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: str
) -> None:
    server.script = [script]
    file = serve_as_torchvision(server, b"some weights", "0" * 64, tmp_path, monkeypatch)
    done = command("torchvision:mc3_18")
    assert done.exit_code == 2
    assert f"{server.url}/{file.name} cannot be downloaded" in done.output
    assert expected in done.output
    assert not list(file.parent.iterdir()), "neither it nor a part of it"


class Hub(BaseHTTPRequestHandler):
    """The hub's answers on one model, me/tiny."""

    server: "HubServer"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if path.startswith("/api/models/me/tiny/tree/"):
            entries = [
                {"type": "file", "path": name, "oid": hashlib.sha1(content).hexdigest(), "size": len(content)}
                for name, content in self.server.files.items()
            ]
            body = json.dumps(entries).encode()
        elif path.startswith("/api/models/me/tiny"):
            siblings = [{"rfilename": name} for name in self.server.files]
            body = json.dumps({"id": "me/tiny", "sha": COMMIT, "siblings": siblings}).encode()
        elif path == f"/me/tiny/resolve/{COMMIT}/{name}" and name in self.server.files:
            self.server.asked.append(name)
            body = self.server.files[name]
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class HubServer(ThreadingHTTPServer):
    """`files` by name; `asked` has the names of those asked for."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Hub)
        self.files, self.asked = files, []
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_of_a_model_of_the_hub_configuration_and_weights_come_and_no_code(tmp_path: Path, weights: str) -> None:
    files = HUB | {"pytorch_model.bin": b"pickled"}
    if weights == "pytorch_model.bin":
        del files["model.safetensors"]
    server = HubServer(files)
    env = os.environ | {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(tmp_path)}
    env |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "HF_HUB_OFFLINE": "0"}
    words = [sys.executable, "-m", "xdomain", "fetch", "weights"]
    done = subprocess.run([*words, "transformers:me/tiny"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    parts = "".join(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in ("config.json", weights))
    assert f"SHA-256 {hashlib.sha256(parts.encode()).hexdigest()}" in done.stdout
    assert "--model transformers:me/tiny --weights me/tiny" in done.stdout
    assert set(server.asked) == {"config.json", weights}

    absent = subprocess.run([*words, "me/absent"], env=env, capture_output=True, text=True, check=False)
    assert absent.returncode == 2
    assert "me/absent cannot be fetched" in absent.stderr
    server.shutdown()
