"""Nobody alive is taken for dead, no forged claim is believed, and an answer that got lost is no refusal."""

import contextlib
import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.made_claims import THEIRS, write_claim

from xdomain.core.claims import claim as claims
from xdomain.core.claims.claim import AlreadyClaimed, claimed, read_claim
from xdomain.core.errors import UserError
from xdomain.datasets.download.lock import alone

SILENT = 2 * claims.SILENCE


@pytest.fixture
def path(tmp_path):
    """In folders of its own, so that a path leading out of them leads to nothing else."""
    (tmp_path / "outer" / "run").mkdir(parents=True)
    return tmp_path / "outer" / "run" / "claim.json"


def is_free(path: Path) -> bool:
    with contextlib.suppress(AlreadyClaimed), claimed(path):
        return True
    return False


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture(params=[FileNotFoundError, PermissionError], ids=["hidepid=2", "hidepid=1"])
def hidden(request, monkeypatch):
    """/proc as it is mounted on many clusters: it tells nothing of other users' processes, here of none at all."""
    read_text = Path.read_text

    def hide(self, *args, **kwargs):
        if self.parts[:2] == ("/", "proc") and self.name == "stat":
            raise request.param(errno.ENOENT, "hidden", str(self))
        return read_text(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", hide)


def test_a_process_that_cannot_be_seen_is_not_dead(path, hidden):
    write_claim(path, process_start="4711")
    assert not is_free(path)


def test_a_process_that_cannot_be_seen_is_dead_once_it_is_silent(path, hidden):
    write_claim(path, SILENT, process_start="4711")
    assert is_free(path)


def test_that_a_hidden_process_is_gone_can_be_seen_all_the_same(path, hidden, dead_pid):
    write_claim(path, pid=dead_pid, process_start="4711")
    assert is_free(path)


def test_nothing_is_dead_where_the_machine_does_not_say_which_it_is(path, monkeypatch):
    """Without /proc, as in some sandboxes: two unknown machines are not the same one."""
    monkeypatch.setattr(claims.os, "readlink", lambda _: (_ for _ in ()).throw(FileNotFoundError()))
    assert claims.machine_id() is None
    write_claim(path, machine=None, process_start="4711")
    assert not is_free(path)


@pytest.mark.parametrize(
    ("theirs", "ours", "free"),
    [
        ({"SLURM_PROCID": "0"}, {"SLURM_PROCID": "1"}, False),
        ({"SLURM_STEP_ID": "0"}, {"SLURM_STEP_ID": "1"}, False),
        ({"SLURM_NODEID": "0"}, {"SLURM_NODEID": "1"}, False),
        ({"SLURM_RESTART_COUNT": "1"}, {"SLURM_RESTART_COUNT": "1"}, False),
        ({"SLURM_RESTART_COUNT": "2"}, {"SLURM_RESTART_COUNT": "1"}, False),
        ({}, {"SLURM_RESTART_COUNT": "1"}, True),
        ({"SLURM_RESTART_COUNT": "1"}, {"SLURM_RESTART_COUNT": "2"}, True),
        (
            {"SLURM_CLUSTER_NAME": "one"},
            {"SLURM_CLUSTER_NAME": "other", "SLURM_RESTART_COUNT": "1"},
            False,
        ),
    ],
)
def test_of_one_job_only_an_earlier_start_is_dead(path, monkeypatch, theirs, ours, free):
    """Its tasks and steps, on other nodes or in other containers, are as alive as this one."""
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setattr(claims, "machine_id", lambda: "the other node")
    with monkeypatch.context() as there:
        for name, value in theirs.items():
            there.setenv(name, value)
        with claimed(path):
            written = json.loads(path.read_text())
    path.write_text(json.dumps(written | {"token": THEIRS}))
    monkeypatch.setattr(claims, "machine_id", lambda: "this node")
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    assert is_free(path) == free


def lose_answers(monkeypatch) -> list[str]:
    """Every first link and rename is done, but answered as NFS does that asks again after a lost answer."""
    link, replace, lost = os.link, Path.replace, []

    def links(source, target):
        link(source, target)
        lost.append("link")
        raise FileExistsError(errno.EEXIST, "File exists", str(target))

    def replaces(self, target):
        replace(self, target)
        lost.append("rename")
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(self))

    monkeypatch.setattr(os, "link", links)
    monkeypatch.setattr(Path, "replace", replaces)
    return lost


def test_a_link_whose_answer_was_lost_has_acquired(path, monkeypatch):
    lost = lose_answers(monkeypatch)
    with claimed(path):
        assert read_claim(path)["pid"] == os.getpid()
    assert lost == ["link"]
    assert os.listdir(path.parent) == []


def test_a_takeover_whose_answers_were_lost_has_acquired(path, monkeypatch):
    write_claim(path, process_start="1")
    lost = lose_answers(monkeypatch)
    monkeypatch.setattr(claims, "HEARTBEAT", 0.01)
    with claimed(path):
        time.sleep(0.1)  # the holder looks at its claim, and finds it its own
        assert read_claim(path)["token"] != THEIRS
    assert lost == ["link", "rename"]
    assert os.listdir(path.parent) == []


def test_an_heir_of_an_heir_whose_answers_were_lost_has_acquired(path, monkeypatch):
    write_claim(path, process_start="1")
    write_claim(path.with_name(f".heir.{THEIRS}"), process_start="1", token="f" * 32)
    lose_answers(monkeypatch)
    with claimed(path):
        assert read_claim(path)["pid"] == os.getpid()
    assert os.listdir(path.parent) == []


def test_fetching_does_not_wait_for_itself(tmp_path, monkeypatch):
    lose_answers(monkeypatch)
    with alone(tmp_path / "diving48"):
        pass
    assert os.listdir(tmp_path / "diving48") == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_hard_links_is_refused_by_name(path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UserError, match=rf"{path.parent} is on a file system without hard links.*XDOMAIN_RUNS"):
        is_free(path)
    with pytest.raises(UserError, match="without hard links"), alone(path.parent):
        pass
    assert os.listdir(path.parent) == []


HOSTILE = [
    {"token": "../../canary"},
    {"token": "/canary"},
    {"token": "x" * 300},
    {"token": ""},
    {"token": None},
    {"token": ["a"]},
    {"token": THEIRS + "\n"},
    {"pid": -1},
    {"pid": 0},
    {"pid": 2**70},
    {"pid": "1"},
    {"pid": True},
    {"host": "node\x1b[31m"},
    {"host": None},
    {"host": {}},
    {"machine": 5},
    {"process_start": 4711},
    {"job": {"a": 1}},
    {"restarts": "many"},
    {"restarts": -1},
]


@pytest.mark.parametrize("values", HOSTILE, ids=lambda values: str(values)[:30])
def test_a_forged_claim_has_an_unknown_holder_and_holds_for_its_silence(path, values):
    write_claim(path, **values)
    with pytest.raises(AlreadyClaimed, match=r"^an unknown host \(process 0\) works on it$"), claimed(path):
        pass
    write_claim(path, SILENT, **values)
    assert is_free(path)
    tree = sorted(str(file.relative_to(path.parents[2])) for file in path.parents[2].rglob("*"))
    assert tree == ["outer", "outer/run"], "nothing was written elsewhere"


@pytest.mark.parametrize("text", ["[" * 100_000, "null", '"x"', "[1]", "\udcff"])
def test_a_forged_claim_that_is_no_object_is_no_traceback(path, text):
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert not is_free(path)
    touched = time.time() - SILENT
    os.utime(path, (touched, touched))
    assert is_free(path)


def test_a_claim_dated_into_the_future_holds_no_longer_than_another(path, monkeypatch):
    write_claim(path, seconds_ago=-1e6, machine="another")
    assert not is_free(path)
    monkeypatch.setattr(claims, "SILENCE", 0.05)
    time.sleep(0.1)
    assert is_free(path)
