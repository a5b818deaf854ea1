"""The doctor's job on a Slurm whose programs say what the test tells them to: from its submission to a verdict."""

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.doctor_slurm import JOB, PARTITION, Slurm
from support.terminals import in_terminal, words

import jobs.commands.doctor
from jobs.cluster.profile import load_profile
from jobs.diagnosis import node

PROFILE = 'gpus = 0\ncpus_per_gpu = 2\nmemory = "1G"\ntime = "00:30:00"\n'


@pytest.fixture
def slurm(empty_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    slurm = Slurm(empty_roots / "slurm")
    monkeypatch.setenv("PATH", f"{slurm.folder}:{os.environ['PATH']}")
    monkeypatch.setattr(node, "ASK_EVERY", 0.0)
    monkeypatch.setattr(node, "SETTLE", 0.0)
    (empty_roots / "mine.toml").write_text(PROFILE)
    return slurm


def doctor(*options: str) -> Result:
    return CliRunner().invoke(jobs.commands.doctor.main, ["--profile", "mine.toml", *options])


def last(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def test_a_good_node_ends_with_all_fine_and_only_the_signal_was_sent(slurm: Slurm) -> None:
    done = slurm.report("done", signal_clock=4e9)
    slurm.job(f"{slurm.report('ready')}\necho 'RUNNING|None'")
    slurm.program("scancel", f'echo "$*" >> {slurm.folder}/cancelled; probe=$(cat {slurm.folder}/probe); {done}')
    result = doctor("--json", "--write", "new.toml")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["submitted"] is True
    assert document["report"]["host"] == "node1"
    levels = {finding["what"]: finding["level"] for finding in document["findings"]}
    assert {levels[what] for what in ("Slurm", "partition", "python", "cpus", "signal", "all-reduce")} == {"ok"}
    assert slurm.cancelled == [f"--signal=USR2 {JOB}"]
    assert (Path("new.toml")).exists()


def test_what_the_node_lacks_is_a_fail_and_the_advice_is_to_start_from_the_top(slurm: Slurm) -> None:
    done = slurm.report("done", signal_clock=4e9, folders={"/data": "missing"}, cpus=1)
    slurm.job(f"{slurm.report('ready')}\necho 'RUNNING|None'")
    slurm.program("scancel", f"probe=$(cat {slurm.folder}/probe); {done}")
    result = doctor()
    assert result.exit_code == 1
    assert "The node does not see /data." in result.stdout
    assert re.fullmatch(r"2 FAIL, \d warn\. Fix them from the top and give the command again\.", last(result))


def test_a_report_that_comes_as_the_job_leaves_the_queue_counts(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node writes it last of all, and a shared file system shows it later than Slurm forgets the job."""
    monkeypatch.setattr(node, "SETTLE", 60.0)
    later = f"(sleep 1; {slurm.report('done')}) >/dev/null &"
    slurm.job(f"echo begun > $probe/{JOB}_0_log.out\n{slurm.report('ready')}\n{later}")
    result = doctor("--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["report"]["phase"] == "done"


def test_what_slurm_refuses_is_said_in_its_words(slurm: Slurm) -> None:
    slurm.program("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid qos specification' >&2; exit 1")
    result = doctor()
    assert result.exit_code == 1
    assert "FAIL  submission" in result.stdout
    assert "Invalid qos specification. Check the profile (--profile)." in result.stdout
    assert slurm.cancelled == []


def test_a_job_that_can_never_start_is_cancelled_at_once(slurm: Slurm) -> None:
    slurm.job("echo 'PENDING|PartitionTimeLimit'")
    result = doctor()
    assert result.exit_code == 1
    assert "The probe never started; Slurm's reason is PartitionTimeLimit." in result.stdout
    assert "lower time. It was cancelled." in result.stdout
    assert slurm.cancelled == [JOB]
    assert "Job 77 waits (PartitionTimeLimit) ..." in result.stderr.splitlines()


def test_a_job_that_waits_longer_than_the_timeout_is_cancelled_and_the_profile_is_fine(slurm: Slurm) -> None:
    slurm.job("echo 'PENDING|Priority'")
    result = doctor("--timeout", "1")
    assert result.exit_code == 1
    assert "the profile is fine: try a longer --timeout. It was cancelled after" in result.stdout
    assert slurm.cancelled == [JOB]
    assert result.stderr.count("Job 77 waits (Priority) ...") == 1, "in a log each stage once"


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("/var/spool/job77: line 12: module: command not found", "Correct modules in the profile."),
        ("slurmstepd: error: execve(): apptainer: No such file or directory", 'modules = ["apptainer"] brings it.'),
        ("FATAL:   mount /scratch/x->/scratch/x error: no such file or directory", "correct binds in the profile."),
        ("FATAL:   could not open image /x.sif: image format not recognized", "The image does not start"),
        ("ModuleNotFoundError: No module named 'jobs.diagnosis.probe'", "holds an older version of this code"),
        ("ModuleNotFoundError: No module named 'submitit'", "lacks this package"),
        (
            "slurmstepd: error: execve(): /home/me/.venv/bin/python: No such file or directory",
            "put it on a shared disk",
        ),
        ("OSError: [Errno 122] Disk quota exceeded: '/runs'", "free some space"),
        (
            "slurmstepd: error: Detected 1 oom_kill event in StepId=77.0.\nsrun: error: node1: task 0: Out Of Memory",
            "Raise memory in the profile.",
        ),
        ("Killed by the weather", "Log: "),
    ],
)
def test_a_probe_that_fails_is_explained_by_its_log(slurm: Slurm, log: str, advice: str) -> None:
    (slurm.folder / "log").write_text(f"{log}\n\n")
    slurm.job(f"cp {slurm.folder}/log $probe/{JOB}_0_log.out")
    result = doctor()
    assert result.exit_code == 1
    assert f"It ended on the node without a report: {log.splitlines()[0].rstrip('.')}." in result.stdout
    assert advice in result.stdout
    assert f"{JOB}_0_log.out" in result.stdout


def test_a_probe_that_leaves_nothing_points_to_the_disk(slurm: Slurm) -> None:
    slurm.job("echo 'squeue: error: Invalid job id specified' >&2; exit 1")
    result = doctor()
    assert result.exit_code == 1
    assert "The probe ended and wrote nothing: the node does not see" in result.stdout
    assert "Point XDOMAIN_RUNS to a disk that all nodes share." in result.stdout


@pytest.mark.parametrize("state", ["BOOT_FAIL", "DEADLINE", "NODE_FAIL", "PREEMPTED"])
def test_a_probe_that_has_ended_in_whatever_way_does_not_hang(
    slurm: Slurm, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(node, "RUNNING", 1.0)
    slurm.job(f"echo '{state}|None'")
    result = doctor()
    assert result.exit_code == 1
    assert "The probe ended and wrote nothing" in result.stdout


def test_a_controller_that_restarts_meanwhile_is_waited_for(slurm: Slurm) -> None:
    count = slurm.folder / "count"
    slurm.job(
        f"echo >> {count}; [ $(wc -l < {count}) -gt 2 ] || {{ echo 'Unable to contact controller' >&2; exit 1; }}\n"
        f"{slurm.report('done', signal_clock=None)}\necho 'RUNNING|None'"
    )
    result = doctor("--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["report"]["phase"] == "done"


def test_a_probe_that_hangs_on_the_node_is_cancelled(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "RUNNING", -1.0)
    slurm.job(f"echo 'waiting for a file server' > $probe/{JOB}_0_log.out; echo 'RUNNING|None'")
    result = doctor()
    assert result.exit_code == 1
    assert "It hangs on the node; cancelled. waiting for a file server" in result.stdout
    assert slurm.cancelled == [JOB]
    assert "Job 77 runs on the node and looks around ..." in result.stderr.splitlines()


def test_ctrl_c_leaves_no_job_behind(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(node.Probe, "_state", interrupt)
    assert doctor().exit_code != 0
    assert slurm.cancelled == [JOB]


def test_a_users_defaults_for_scancel_do_not_ask_or_spare(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SCANCEL_INTERACTIVE it asks before each job, where nobody sees the question."""
    monkeypatch.setenv("SCANCEL_INTERACTIVE", "1")
    slurm.program("scancel", f'echo "$* ${{SCANCEL_INTERACTIVE-}}" >> {slurm.folder}/cancelled')
    slurm.job("echo 'PENDING|BadConstraints'")
    doctor()
    assert [line.strip() for line in slurm.cancelled] == [JOB]


def test_in_a_terminal_the_same_is_said_and_the_progress_is_taken_away(slurm: Slurm, tmp_path: Path) -> None:
    done = slurm.report("done", signal_clock=4e9)
    slurm.job(f"{slurm.report('ready')}\necho 'RUNNING|None'")
    slurm.program("scancel", f"probe=$(cat {slurm.folder}/probe); {done}")
    plain = words(doctor().stdout)
    shown = in_terminal("jobs.doctor", "--profile", "mine.toml")
    assert "Job 77 runs on the node" in " ".join(words(shown))
    assert "\x1b[?25h" in shown.rpartition("\x1b[?25l")[2], "the cursor is back"
    assert words(shown)[-3:] == plain[-3:]
    assert {"Slurm", "partition", "python", "signal"} <= set(words(shown))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "sinfo: error: If munged is up, restart with --num-threads=10\n"
            "sinfo: error: Munge encode failed: No socket",
            "(Munge encode failed: No socket). Slurm signs every request with munge",
        ),
        (
            "sinfo: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host\n"
            "sinfo: error: fetch_config: DNS SRV lookup failed\n"
            "sinfo: error: _establish_config_source: failed to fetch config\n"
            "sinfo: fatal: Could not establish a configuration source",
            "(fetch_config: DNS SRV lookup failed). This machine knows no Slurm cluster",
        ),
        ("slurm_load_partitions: Unable to contact slurm controller (connect failure)", "The scheduler is down"),
        ("something new", "It does not answer (something new). Ask the site's support."),
        ("", "It does not answer (no reason given)."),
    ],
)
def test_a_slurm_that_does_not_answer_is_explained_and_nothing_is_submitted(
    slurm: Slurm, words: str, said: str
) -> None:
    (slurm.folder / "words").write_text(words)
    slurm.program("sinfo", f"cat {slurm.folder}/words >&2; exit 1")
    result = doctor()
    assert result.exit_code == 1
    assert said in result.stdout
    assert "No job was submitted: fix what FAILs first." in result.stdout
    assert not (slurm.folder / "probe").exists()


def test_a_partition_without_a_node_in_service_is_a_warning(slurm: Slurm) -> None:
    slurm.program("sinfo", "echo 'main|8|16000|(null)|down*'")
    slurm.job("echo 'PENDING|ReqNodeNotAvail, UnavailableNodes:node1'")
    result = doctor("--timeout", "1")
    assert "warn  partition     main (the default): 0 of 1 nodes in service" in result.stdout
    assert "Jobs wait until a node is back" in result.stdout
    assert "The fitting nodes are down or reserved: `sinfo -R` says why." in result.stdout


def test_the_offer_keeps_the_warning_within_a_short_limit(slurm: Slurm) -> None:
    """The partition ends jobs after a minute, and the profile would warn them after less than none."""
    (slurm.folder / "partition").write_text(PARTITION.replace("UNLIMITED", "00:01:00"))
    slurm.job("echo 'PENDING|BadConstraints'")
    doctor("--write", "new.toml")
    better = load_profile("new.toml")
    assert (better.time, better.signal_seconds) == ("00:01:00", 6)
