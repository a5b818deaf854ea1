"""What a retry gets: more memory after out of memory, more time after a time limit, up to the profile's caps."""

import pytest
from click.testing import CliRunner
from support.made_launches import end, start
from support.tiny_runs import tiny

import jobs.commands.retry
from jobs.cluster.profile import Profile
from jobs.launching.retries.more import more_memory, more_time
from jobs.records.manifest import write_manifest

RAM, GPU, LATE = (tiny(seed=seed, max_epochs=1) for seed in (42, 61, 47))


@pytest.mark.parametrize(("had", "gets"), [("16G", 32768), ("32G", 65536), ("48G", 65536), ("1G", 16384)])
def test_memory_doubles_up_to_the_cap_and_is_never_less_than_the_profiles(had, gets):
    profile = Profile(memory="16G", retry_factor=2.0, retry_max_memory="64G")
    assert more_memory(profile, had) == f"{gets}M"


@pytest.mark.parametrize(("had", "gets"), [(240, "0-06:00:00"), (1000, "1-00:00:00"), (5, "0-04:00:00")])
def test_time_grows_up_to_the_cap(had, gets):
    profile = Profile(time="04:00:00", retry_factor=1.5, retry_max_time="1-00:00:00")
    assert more_time(profile, had) == gets


def test_a_cap_below_the_profiles_own_memory_takes_nothing_away():
    assert more_memory(Profile(memory="16G", retry_max_memory="8G"), "16G") == "16384M"


@pytest.fixture
def failed(squeue, tmp_path):
    """A launch on Slurm of three runs, which had 20 GB and six hours."""
    write_manifest([RAM, GPU, LATE], None, memory="20G", time_limit=6 * 3600)
    for spec, outcome, reason in (
        (RAM, "failed", "MemoryError"),
        (GPU, "failed", "OutOfMemoryError: CUDA out of memory."),
        (LATE, "interrupted", "Interrupted: the time limit after epoch 3"),
    ):
        start(spec)
        end(spec, outcome, reason)
    (tmp_path / "mine.toml").write_text('memory = "16G"\nretry_max_memory = "32G"\nretry_max_time = "10:00:00"\n')
    return str(tmp_path / "mine.toml")


def retry(*words: str) -> str:
    done = CliRunner().invoke(jobs.commands.retry.main, ["--cluster", "slurm", "--dry-run", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_each_failed_run_gets_what_it_lacked(failed):
    text = retry("--profile", failed)
    # Twice 20 GB is over the cap.
    assert "1 of them get memory = 32768M, the most that retry_max_memory allows." in text
    assert "1 of them get time = 0-10:00:00, the most that retry_max_time allows." in text
    assert text.count("memory=32768M") == 1
    assert text.count("time=0-10:00:00") == 1
    assert text.count("memory=16G") == 2, "a GPU's memory does not grow with the node's"


def test_below_the_caps_nothing_is_said_of_them(failed, tmp_path):
    (tmp_path / "more.toml").write_text('memory = "16G"\nretry_max_memory = "64G"\nretry_max_time = "1-00:00:00"\n')
    text = retry("--profile", str(tmp_path / "more.toml"))
    assert "1 of them get memory = 40960M.\n" in text
    assert "1 of them get time = 0-12:00:00.\n" in text


def test_what_the_user_says_stays(failed):
    text = retry("--profile", failed, "--memory", "24G", "--time", "08:00:00")
    assert "of them get" not in text
    assert "memory=24G" in text
    assert "time=08:00:00" in text
