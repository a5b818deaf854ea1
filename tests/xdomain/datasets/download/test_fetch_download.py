"""One file from a server that cuts off, stalls, refuses and lies: whole in the end, or not there."""

import hashlib
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.fetch_server import FileServer, serving
from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.datasets.download.lock import alone
from xdomain.datasets.download.transfer import download as downloading
from xdomain.datasets.download.transfer import web
from xdomain.datasets.download.transfer.download import download
from xdomain.datasets.download.transfer.remote import RemoteFile

WHOLE = b"\x1f\x8b" + np.random.default_rng(2).bytes(4 * web.PIECE)
HALF = len(WHOLE) // 2
MD5 = f"md5:{hashlib.md5(WHOLE).hexdigest()}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(downloading, "BACKOFF", 0.001)
    monkeypatch.setattr(web, "STALL", 0.3)
    with serving() as started:
        started.files["/a.tar.gz"] = WHOLE
        yield started


def get(server: FileServer, folder: Path, checksum: str | None = None, size: int | None = None, path="/a.tar.gz"):
    """Download; returns the file and the bytes that the bar counted."""
    bar = tqdm(disable=True)
    counted = []
    bar.update = counted.append
    to = folder / "a.tar.gz"
    download(RemoteFile("a.tar.gz", (server.url + path,), size, checksum), to, "Copy it by hand.", bar)
    return to, sum(counted)


def ranges(server: FileServer) -> list[str | None]:
    return [wanted for _, wanted in server.asked]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_complete_and_alone(server, tmp_path):
    file, counted = get(server, tmp_path)
    assert file.read_bytes() == WHOLE
    assert counted == len(WHOLE)
    assert names(tmp_path) == ["a.tar.gz"]
    assert not any("requests" in agent for agent in server.agents)  # which Harvard's Dataverse refuses


@pytest.mark.parametrize("checksum", [None, MD5])
@pytest.mark.parametrize("word", ["cut", "stall", "reset", "longer"])
def test_a_broken_connection_is_continued_where_it_broke(server, tmp_path, word, checksum):
    server.script = [word, "good"]
    file, counted = get(server, tmp_path, checksum)
    assert file.read_bytes() == WHOLE
    assert counted == len(WHOLE)
    assert len(server.asked) == 2
    assert server.sent <= len(WHOLE) + web.PIECE  # at most a piece is sent again
    assert names(tmp_path) == ["a.tar.gz"]


def test_it_goes_on_for_as_long_as_each_connection_brings_something(server, tmp_path):
    server.script = ["cut"] * 10 + ["good"]
    assert get(server, tmp_path, MD5)[0].read_bytes() == WHOLE
    assert len(server.asked) == 11


@pytest.mark.parametrize("status", ["500", "502", "503", "429"])
def test_a_server_in_trouble_is_asked_again(server, tmp_path, status):
    server.script = [status, status, "good"]
    assert get(server, tmp_path)[0].read_bytes() == WHOLE
    assert len(server.asked) == 3


def test_patience_ends(server, tmp_path):
    server.script = ["503"]
    with pytest.raises(UserError, match=r"answered 503 Service Unavailable, 6 times\. Copy it by hand"):
        get(server, tmp_path)
    assert len(server.asked) == downloading.TRIES


def test_patience_ends_with_a_server_that_always_breaks_off_at_one_place(server, tmp_path):
    server.script, server.headers = ["cut"], {}  # nothing vouches for what is here, so each time is a new start
    with pytest.raises(UserError, match=f"{downloading.TRIES} times"):
        get(server, tmp_path)
    assert ranges(server) == [None] * downloading.TRIES


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("404", "answered 404 Not Found"),
        ("403", "answered 403"),
        ("202", "answered 202"),
        ("html", "an error page instead of the file"),
        ("api-error", r"an error page instead of the file \(No such file today\)"),
    ],
)
def test_a_refusal_is_believed_at_once(server, tmp_path, word, said):
    server.script = [word]
    with pytest.raises(UserError, match=said) as error:
        get(server, tmp_path)
    assert f"{server.url}/a.tar.gz" in str(error.value)
    assert len(server.asked) == 1
    assert names(tmp_path) == []


def test_an_error_page_does_not_cost_what_was_there(server, tmp_path):
    server.script = ["cut", "html"]
    with pytest.raises(UserError, match="an error page"):
        get(server, tmp_path, MD5)
    server.script, server.asked = ["good"], []
    assert get(server, tmp_path, MD5)[0].read_bytes() == WHOLE
    assert ranges(server) == [f"bytes={HALF}-"]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.script = ["cut", "no-ranges"]
    file, counted = get(server, tmp_path)
    assert file.read_bytes() == WHOLE
    assert counted == len(WHOLE)


def test_another_range_than_asked_for_is_not_glued_on(server, tmp_path):
    server.script = ["cut", "any-range"]
    with pytest.raises(UserError, match="asked for the bytes from"):
        get(server, tmp_path, MD5)


@pytest.mark.parametrize("word", ["good", "no-if-range"])
@pytest.mark.parametrize("checksum", [None, "md5"])
def test_a_file_that_changed_meanwhile_is_not_glued_together(server, tmp_path, word, checksum):
    server.script = ["cut", "404"]
    with pytest.raises(UserError):
        get(server, tmp_path, checksum and MD5)
    newer = WHOLE[::-1]
    newer = b"\x1f\x8b" + newer[2:]
    server.files["/a.tar.gz"], server.headers = newer, {"ETag": '"two"'}
    server.script = [word]
    file, counted = get(server, tmp_path, checksum and f"md5:{hashlib.md5(newer).hexdigest()}")
    assert file.read_bytes() == newer
    assert counted == len(newer)


def test_a_weak_etag_vouches_for_nothing_but_a_date_does(server, tmp_path):
    server.headers = {"ETag": 'W/"one"'}
    server.script = ["cut", "good"]
    assert get(server, tmp_path)[0].read_bytes() == WHOLE
    assert ranges(server) == [None, None]
    date = "Mon, 02 Mar 2026 10:00:00 GMT"
    server.asked, server.conditions, server.headers = [], [], {"Last-Modified": date}
    server.script = ["cut", "good"]
    get(server, tmp_path)
    assert ranges(server) == [None, f"bytes={HALF}-"]
    assert server.conditions == [None, date]


def test_wrong_bytes_once_are_fetched_again(server, tmp_path):
    server.script = ["wrong", "good"]
    assert get(server, tmp_path, MD5)[0].read_bytes() == WHOLE


def test_wrong_bytes_twice_are_refused(server, tmp_path):
    server.script = ["wrong"]
    with pytest.raises(UserError, match="it sends another file: its MD5 is"):
        get(server, tmp_path, MD5)
    assert "a.tar.gz" not in names(tmp_path)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("word", "size", "said"),
    [
        ("shorter", len(WHOLE), f"has {len(WHOLE) - 100:,} bytes and should have {len(WHOLE):,}"),
        ("good", len(WHOLE) - 1, "sends more than"),
        ("endless", len(WHOLE), "sends more than"),
        ("wrong", None, r"not those of a \.gz file"),
    ],
)
def test_without_a_checksum_size_and_kind_are_looked_at(server, tmp_path, word, size, said):
    server.script = [word]
    with pytest.raises(UserError, match=said):
        get(server, tmp_path, size=size)
    assert "a.tar.gz" not in names(tmp_path)


def test_truncated_json_is_not_taken(server, tmp_path):
    server.files["/list.json"] = b'[{"vid_name": "a"'
    with pytest.raises(UserError, match="not complete JSON"):
        download(RemoteFile("list.json", (f"{server.url}/list.json",)), tmp_path / "list.json", "", tqdm(disable=True))


def test_a_server_that_calls_a_tar_gz_compressed_does_not_get_it_unpacked(server, tmp_path):
    server.script = ["as-gzip"]
    assert get(server, tmp_path)[0].read_bytes() == WHOLE


def test_a_redirect_keeps_the_range(server, tmp_path):
    server.redirects["/api"] = f"{server.url}/a.tar.gz"
    server.script = ["cut", "good"]
    assert get(server, tmp_path, path="/api")[0].read_bytes() == WHOLE
    assert server.asked[-1] == ("/a.tar.gz", f"bytes={HALF}-")


def test_nobody_there(server, tmp_path):
    server.server_close()
    with pytest.raises(UserError, match=r"no connection to it \(NewConnectionError\), 2 times\. Copy it by hand"):
        get(server, tmp_path)


def test_the_next_mirror_goes_on_where_the_first_broke_off(server, tmp_path):
    server.script = ["cut", "404", "good"]
    file = RemoteFile("a.tar.gz", (f"{server.url}/a.tar.gz",) * 2, None, MD5)
    download(file, tmp_path / "a.tar.gz", "", tqdm(disable=True))
    assert ranges(server) == [None, f"bytes={HALF}-", f"bytes={HALF}-"]


def test_no_space_is_said_before_a_byte_is_written(server, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**6, 10**6, 1000))
    with pytest.raises(UserError, match="free"):
        get(server, tmp_path)
    assert not (tmp_path / ".a.tar.gz.part").exists()


def test_two_at_once_do_not_write_one_file(server, tmp_path):
    server.script = ["slow"]
    done = []

    def one() -> None:
        with alone(tmp_path):
            if not (tmp_path / "a.tar.gz").exists():
                done.append(get(server, tmp_path)[0].read_bytes())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [WHOLE]
    assert names(tmp_path) == ["a.tar.gz"]


def test_a_folder_without_the_right_to_write(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be used"), alone(tmp_path / "file"):
        pass
