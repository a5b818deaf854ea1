"""The batch script around a task, run by bash beside a Slurm that says what the test tells it to."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import jobs.cluster.batch
from jobs.cluster.profile import Profile

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the batch script is for bash")

TASK = "touch {mark}; exit 75"  # asks for another start
ARRAY = {"SLURM_JOB_ID": "103", "SLURM_ARRAY_JOB_ID": "100", "SLURM_ARRAY_TASK_ID": "2"}


class Script:
    """`task` between the lines before and after it. Slurm's programs note their words and answer with files."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.logs, self.programs, self.environment = folder / "the logs", folder / "bin", environment
        self.logs.mkdir()
        self.programs.mkdir()
        self.job = "100_2" if "SLURM_ARRAY_JOB_ID" in environment else environment["SLURM_JOB_ID"]
        for name in (self.job, "100"):
            (self.logs / f"{name}_submitted.pkl").touch()
            (self.logs / f"{name}_submission.sh").touch()
        self.mark = self.logs / f"requeue.{self.job}"
        for name in ("scontrol", "sbatch"):
            self.answer(name, "exit 1")
        self.answer("squeue", "echo RUNNING None")

    def answer(self, name: str, words: str) -> None:
        """What a program of Slurm's does from now on."""
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {self.programs}/asked\n{words}\n')
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        file = self.programs / "asked"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    def start(self, task: str) -> subprocess.Popen[str]:
        task = task.format(mark=f"'{self.mark}'")
        lines = [
            *jobs.cluster.batch.setup(Profile(), self.logs),
            f"bash -c {task!r}",
            *jobs.cluster.batch.teardown(self.logs),
        ]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.Popen(
            ["bash", "-c", "\n".join(lines)],
            env=kept | self.environment | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, task: str = TASK) -> int:
        process = self.start(task)
        self.output = process.communicate()[0]
        return process.returncode


@pytest.fixture(params=[ARRAY, {"SLURM_JOB_ID": "103"}], ids=["element", "job"])
def script(request, tmp_path, monkeypatch) -> Script:
    monkeypatch.setattr(jobs.cluster.batch, "PAUSES", (0,) * 5)
    return Script(tmp_path, request.param)


@pytest.mark.parametrize(
    ("state", "requeued"),
    [
        ("RUNNING None", True),  # warned, or preempted within its grace
        ("COMPLETING TimeLimit", True),
        ("COMPLETING None", False),  # cancelled, or requeued by Slurm, which says the same of both
        ("PENDING BeginTime", False),
    ],
)
def test_slurm_decides_whether_a_marked_job_is_started_again(script, state, requeued):
    script.answer("squeue", f"echo {state}")
    script.answer("scontrol", "")
    assert script.run() == 75
    assert script.asked == ["squeue", *["scontrol"] * requeued]
    assert not script.mark.exists()


def test_a_job_without_a_mark_asks_nothing(script):
    assert script.run("exit 3") == 3
    assert script.asked == []


def test_a_mark_of_an_earlier_start_means_nothing(script):
    script.mark.touch()
    assert script.run("exit 0") == 0
    assert script.asked == []
    assert not script.mark.exists()


def test_half_a_pickle_of_an_earlier_start_is_removed(script):
    """With it in the way submitit ends with an error, and what waits for this job would be cancelled."""
    own, others = (script.logs / f"{job}_0_result.pkl.save_tmp" for job in (script.job, "100_21"))
    own.touch()
    others.touch()
    assert script.run("exit 0") == 0
    assert (own.exists(), others.exists()) == (False, True)


def test_a_controller_that_is_away_is_asked_until_it_is_back(script):
    """It answers the third question for the state, and then the second one to requeue."""
    script.answer("squeue", f"[ $(grep -c squeue {script.programs}/asked) -ge 3 ] && echo RUNNING None")
    script.answer("scontrol", f"[ $(grep -c scontrol {script.programs}/asked) -ge 2 ]")
    assert script.run() == 75
    assert script.asked == ["squeue"] * 3 + ["scontrol", "sbatch", "squeue", "scontrol"]
    assert not script.mark.exists()


def test_the_mark_stays_where_nothing_could_be_done(script):
    script.answer("squeue", "exit 1")
    assert script.run() == 75
    assert script.asked == ["squeue"] * 5
    assert script.mark.exists()


def test_a_job_that_slurm_does_not_list_is_asked_for_again(script):
    """Its own job is in the queue while it asks: an empty answer is none."""
    script.answer("squeue", "")
    assert script.run() == 75
    assert script.asked == ["squeue"] * 5
    assert script.mark.exists()


def test_a_users_defaults_of_squeue_do_not_hide_the_job(script):
    script.environment = script.environment | {"SQUEUE_PARTITION": "another"}
    script.answer("squeue", '[ -n "$SQUEUE_PARTITION" ] || echo RUNNING None')
    script.answer("scontrol", "")
    assert script.run() == 75
    assert script.asked == ["squeue", "scontrol"]


def test_a_follow_up_job_where_requeueing_is_forbidden(script):
    script.answer("sbatch", "echo '207;cluster'")
    assert script.run() == 75
    assert script.asked == ["squeue", "scontrol", "sbatch"]
    assert "follow-up job 207" in script.output
    assert (script.logs / "207_submission.sh").exists()
    follow_up = "207_2" if script.job == "100_2" else "207"
    assert (script.logs / f"follow-up.{follow_up}").read_text() == f"{script.job}\n"
    assert (script.logs / ("207_2_submitted.pkl" if script.job == "100_2" else "207_submitted.pkl")).exists()
    assert not script.mark.exists()


def test_sigterm_leaves_the_script_to_what_follows_the_task(script, tmp_path):
    """The task takes its time to save; bash alone would die at once."""
    script.answer("scontrol", "")
    process = script.start(f"touch {tmp_path}/began; sleep 1; touch {{mark}}; exit 75")
    while not (tmp_path / "began").exists():
        time.sleep(0.02)
    process.terminate()
    assert process.wait() == 75
    assert script.asked == ["squeue", "scontrol"]
