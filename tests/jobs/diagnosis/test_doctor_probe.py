"""The doctor's job on a Slurm whose programs say what the test tells them to: from its submission to a verdict."""

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.terminals import in_terminal, words

import jobs.commands.doctor
from jobs.diagnosis import node
from xdomain.runs.provenance import code_version

CONFIG = "SLURM_VERSION = 23.11.4\nMaxArraySize = 1001\nJobRequeue = 1\n"
PARTITION = "PartitionName=main AllowAccounts=ALL Default=YES MaxTime=UNLIMITED State=UP\n"
PROFILE = 'gpus = 0\ncpus_per_gpu = 2\nmemory = "1G"\ntime = "00:30:00"\n'
REPORT = {
    "host": "node1",
    "image": None,
    "python": "3.11.9",
    "executable": "/usr/bin/python",
    "cpus": 2,
    "memory_mb": 1024,
    "folders": {"/runs": "writable"},
    "scratch": {"/dev/shm": {"path": "/dev/shm", "free": 64e9, "system": "tmpfs"}},
    "internet": {"host": "x", "proxy": False, "error": "timed out"},
    "driver": None,
    "torch": {"version": "2.9", "cuda": None, "gpus": [], "gpu_error": None},
    "allreduce": {"backend": "gloo", "ranks": 2, "gigabytes_per_second": 1.5},
}
JOB = "77"


class Slurm:
    """Programs first on the PATH; job 77 is taken, and waits until the test says what becomes of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "config").write_text(CONFIG)
        (folder / "partition").write_text(PARTITION)
        self.program("scontrol", f'case "$*" in *config) cat {folder}/config;; *) cat {folder}/partition;; esac')
        self.program("sinfo", "echo 'main|8|16000|(null)|idle'")
        self.program("sacct", "exit 1")
        self.program("srun", "exit 1")
        self.program("scancel", f'echo "$*" >> {folder}/cancelled')
        # What sbatch is given lies in the probe's own folder, where the job leaves its report and its log.
        self.program("sbatch", f"dirname \"$1\" > {folder}/probe; echo 'Submitted batch job {JOB}'")
        self.job("echo 'PENDING|None'")

    def program(self, name: str, script: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def job(self, script: str) -> None:
        """What squeue says of the job, and what has happened to it by then; `$probe` is its folder."""
        own = f'case " $* " in *" --jobs "*) probe=$(cat {self.folder}/probe)\n{script};; esac'
        self.program("squeue", own)

    def report(self, phase: str, **values: object) -> str:
        """A line of a script that leaves a report of this phase in the probe's folder, with the clock of then."""
        facts = REPORT | {"phase": phase, "code_version": code_version(), "signal_clock": None} | values
        file = self.folder / f"{phase}.json"
        file.write_text(json.dumps(facts)[:-1])
        complete = f'(cat {file}; echo ", \\"ready_clock\\": $(date +%s)}}") > $probe/{phase}'
        moved = f"cp $probe/{phase} $probe/part; mv $probe/part $probe/report.json"
        return f"[ -e $probe/{phase} ] || {{ {complete}; {moved}; }}"

    @property
    def cancelled(self) -> list[str]:
        """What scancel was asked for, call by call."""
        file = self.folder / "cancelled"
        return file.read_text().splitlines() if file.exists() else []


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
