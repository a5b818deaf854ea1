"""A dead holder's claim is taken over, a live one's never: on this machine by its process, elsewhere by its silence."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from support.made_claims import write_claim

from xdomain.core.claims import claim as claims
from xdomain.core.claims.claim import AlreadyClaimed, claimed, is_live, read_claim

ANOTHERS = "fedcba9876543210" * 2  # a token

HOLDER = (
    "import sys, time; from pathlib import Path; from xdomain.core.claims import claim as claims\n"
    "claims.HEARTBEAT = 0.05\n"
    "with claims.claimed(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(60)"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "claim.json"


@pytest.fixture
def holder(path):
    """A process that holds the claim."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def is_free(path) -> bool:
    with contextlib.suppress(AlreadyClaimed), claimed(path):
        return True
    return False


def test_a_killed_processs_claim_is_free_at_once(path, holder):
    assert not is_free(path)
    holder.kill()
    holder.wait()
    assert is_free(path)


def test_a_zombie_holds_nothing(path, holder):
    """Killed, but its parent has not asked for its exit code yet."""
    holder.kill()
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    assert is_free(path)


def test_a_pid_that_is_used_again_is_another_process(path):
    write_claim(path)
    assert not is_free(path), "this very process is alive"
    write_claim(path, process_start="1")
    assert is_free(path)


def test_a_long_silence_on_this_machine_means_nothing(path):
    """Suspended, or its file system hung: it lives, and would go on writing."""
    write_claim(path, seconds_ago=10 * claims.SILENCE)
    assert not is_free(path)


@pytest.mark.parametrize(("seconds_ago", "free"), [(0, False), (0.5, False), (2, True)])
def test_another_machines_claim_lives_while_it_is_touched(path, seconds_ago, free):
    write_claim(path, seconds_ago * claims.SILENCE, machine="another", pid=1)
    assert is_free(path) == free


def test_the_same_job_started_anew_takes_over_from_another_machine(path, monkeypatch):
    write_claim(path, machine="another", job="17")
    monkeypatch.setenv("SLURM_JOB_ID", "18")
    assert not is_free(path)
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    assert is_free(path)


def test_the_same_array_element_started_anew_takes_over(path, monkeypatch):
    write_claim(path, machine="another", job="17_3")
    for name, value in (("JOB_ID", "20"), ("ARRAY_JOB_ID", "17"), ("ARRAY_TASK_ID", "2")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert not is_free(path)
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    assert not is_free(path)
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    assert is_free(path)


def test_the_holder_touches_its_claim(path, holder):
    first = path.stat().st_mtime_ns
    time.sleep(0.3)
    assert path.stat().st_mtime_ns > first


def test_a_hiccup_of_the_file_system_does_not_stop_the_touching(path, holder):
    """An error once (here: a loop of links, as a stale handle would) must not let a live holder look dead for ever."""
    kept = path.with_name("kept")
    path.rename(kept)
    looped = path.with_name("looped")
    looped.symlink_to(path)
    looped.rename(path)
    time.sleep(0.3)
    kept.rename(path)
    assert holder.poll() is None
    first = path.stat().st_mtime_ns
    time.sleep(0.3)
    assert path.stat().st_mtime_ns > first


def test_a_holder_whose_claim_was_taken_kills_itself(path, holder):
    """It was taken for dead, so another process may be at work already: two must not write."""
    write_claim(path, token=ANOTHERS)
    assert holder.wait() == -signal.SIGKILL
    assert read_claim(path)["token"] == ANOTHERS, "and it leaves the new claim alone"


@pytest.mark.parametrize("text", ["", '{"token": "a', "{}"])
def test_a_truncated_claim_holds_for_no_longer_than_its_silence(path, text):
    """A machine that loses power may leave an empty file; it must neither stop the launcher nor hold for ever."""
    path.write_text(text)
    assert not is_free(path)
    touched = time.time() - 2 * claims.SILENCE
    os.utime(path, (touched, touched))
    assert is_free(path)


def test_looking_at_a_claim_leaves_nothing(path):
    write_claim(path, machine="another")
    assert is_live(path, read_claim(path))
    assert os.listdir(path.parent) == ["claim.json"]
