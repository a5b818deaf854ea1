"""What a server, or a listing of one, may send: without end, in disguise, another file than before."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fetch_server import FileServer, serving
from support.hostile_support import Canary, invoked

from xdomain.commands.fetch import fetch
from xdomain.datasets.download import sources
from xdomain.datasets.download.sources import DIVING48, SOURCES
from xdomain.datasets.download.transfer import dataverse, web
from xdomain.datasets.download.transfer import download as downloading

ARCHIVE = DIVING48[-1]
LISTING = f"/api/datasets/:persistentId/?persistentId={SOURCES['diver-frames'].doi}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(downloading, "BACKOFF", 0.001)
    monkeypatch.setattr(dataverse, "PAUSES", (0,))
    with serving() as started:
        yield started


def listed(server: FileServer, *entries: dict) -> None:
    body = {"status": "OK", "data": {"latestVersion": {"files": list(entries)}}}
    server.files[LISTING] = json.dumps(body).encode()


def entry(name: str, folder: str = "images") -> dict:
    return {"label": name, "directoryLabel": folder, "dataFile": {"id": 1, "filesize": 3, "md5": "0" * 32}}


def test_a_listing_in_a_gzip_bomb(server, canary: Canary):
    server.files[LISTING] = gzip.compress(bytes(300 << 20))  # 300 kB on its way
    server.script = ["as-gzip"]
    outcome = invoked(fetch, "diver-frames", "--mirror", server.url)
    outcome.assert_refused("a listing of more than 64 MB")
    canary.assert_untouched(outcome)


def test_a_listing_without_end(server):
    server.files[LISTING] = b"["
    server.script = ["endless"]
    invoked(fetch, "diver-frames", "--mirror", server.url).assert_refused("a listing of more than 64 MB")


def test_a_listing_of_a_hundred_thousand_brackets(server):
    server.files[LISTING] = b"[" * 100_000
    invoked(fetch, "diver-frames", "--mirror", server.url).assert_refused("could not be listed")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("../../canary/README.md", "images"), ("a.jpg", "../canary"), ("a\x1b[2Jb.jpg", "images")],
)
def test_a_listed_name_that_leads_out_or_steers_a_terminal(server, canary: Canary, name, folder):
    listed(server, entry(name, folder))
    outcome = invoked(fetch, "diver-frames", "--mirror", server.url)
    outcome.assert_refused("has the entry")
    canary.assert_untouched(outcome)


@pytest.mark.parametrize("name", ["con.jpg", "a.", "b ", "LPT1"])
def test_a_listed_name_that_another_system_cannot_hold(server, name):
    listed(server, entry(name))
    invoked(fetch, "diver-frames", "--mirror", server.url).assert_refused("a name that some systems cannot hold")


def test_two_listed_names_that_look_the_same(server):
    listed(server, entry("\u00e9.jpg"), entry("e\u0301.jpg"))
    invoked(fetch, "diver-frames", "--mirror", server.url).assert_refused("for one place")


def test_a_listed_name_with_quotes_is_quoted_in_what_is_to_be_copied(server, tmp_path: Path):
    listed(server, entry("a'; touch owned; '.jpg"))
    server.files["/api/access/datafile/1"] = b"abc"  # of another checksum
    outcome = invoked(fetch, "diver-frames", "--mirror", server.url)
    outcome.assert_refused("""-o 'a'"'"'; touch owned; '"'"'.jpg' http""")  # as `shlex.quote` and POSIX have it


def test_a_file_that_grows_beyond_what_it_may_have(server, monkeypatch, tmp_path: Path):
    small = sources.Source(**{**vars(SOURCES["diving48"]), "limits": (1000,) * 4})
    monkeypatch.setitem(sources.SOURCES, "diving48", small)
    server.files = {f"/{name}": b"[" + b" " * 5000 + b"]" for name in DIVING48}
    outcome = invoked(fetch, "diving48", "--mirror", server.url)
    outcome.assert_refused("more than the 1,000 bytes that the file has, or may have")
    assert not list((tmp_path / "data").rglob("D*.json"))


def test_a_file_without_announced_size_and_without_end(server, monkeypatch):
    small = sources.Source(**{**vars(SOURCES["diving48"]), "limits": (100_000,) * 4})
    monkeypatch.setitem(sources.SOURCES, "diving48", small)
    server.files = {f"/{name}": b"[]" for name in DIVING48}
    server.script = ["good"] * 4 + ["endless"]
    invoked(fetch, "diving48", "--mirror", server.url).assert_refused("more than the 100,000 bytes")


def test_another_file_than_the_one_that_came_first(server, tmp_path: Path):
    server.files = {f"/{name}": b"[1]" for name in DIVING48[:3]}  # the archive is not there: the fetch stays unfinished
    invoked(fetch, "diving48", "--mirror", server.url).assert_refused(ARCHIVE)
    folder = tmp_path / "data" / "diving48"
    known = json.loads((folder / "fetched.json").read_text())["first_use"]
    assert (
        known[DIVING48[0]] == "080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22"
    )  # printf [1] | sha256sum
    (folder / DIVING48[0]).unlink()
    server.files[f"/{DIVING48[0]}"] = b"[2]"
    invoked(fetch, "diving48", "--mirror", server.url).assert_refused(
        "is another file than the one that first came", "first_use"
    )


def test_a_mirrors_password_is_kept_and_told_nowhere(server, tmp_path: Path):
    server.files = {f"/{name}": b"[1]" for name in DIVING48[:3]}
    mirror = server.url.replace("http://", "http://me:hunter2@")
    outcome = invoked(fetch, "diving48", "--mirror", mirror)
    outcome.assert_refused(ARCHIVE)
    assert "hunter2" not in outcome.output
    assert "hunter2" not in invoked(fetch, "diving48", "--mirror", mirror, "--dry-run").output
    for path in (tmp_path / "data").rglob("*"):
        assert path.is_dir() or b"hunter2" not in path.read_bytes()


def test_an_error_that_speaks_to_the_terminal(server):
    server.files[LISTING] = b'{"status": "ERROR", "message": "no \\u001b]0;owned\\u0007"}'
    invoked(fetch, "diver-frames", "--mirror", server.url).assert_refused("could not be listed")


def test_redacting_leaves_other_text_alone():
    assert web.redact("https://a:b@c.example/x@y: it sent nothing") == "https://c.example/x@y: it sent nothing"
    assert web.redact("mail me@example.org") == "mail me@example.org"
