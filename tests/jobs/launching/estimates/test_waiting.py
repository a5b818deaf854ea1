"""What Slurm says of its queue before a launch: how many jobs wait, and when a run could start."""

import os
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.tiny_runs import AS_OPTIONS

import jobs.commands.launch
from jobs.cluster.profile import Profile
from jobs.launching.estimates.waiting import waiting_sentence

# As sbatch --test-only prints it, on stderr.
START = "echo 'sbatch: Job 17 to start at 2030-01-02T03:04:05 using 4 processors on nodes n1 in partition gpu' >&2"


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put squeue and sbatch with these scripts in the path, and nothing else of Slurm; each notes its words."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def answer(squeue: str, sbatch: str) -> Path:
        for name, script in (("squeue", squeue), ("sbatch", sbatch)):
            (folder / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/{name}.words\n{script}\n')
            (folder / name).chmod(0o755)
        return folder

    return answer


@pytest.mark.parametrize(
    ("squeue", "said"),
    [
        ("true", "no jobs wait in Slurm's queue"),
        ("echo 12", "1 job waits in Slurm's queue"),
        ("echo 12_0; echo 12_1; echo 15", "3 jobs wait in Slurm's queue"),
        ("echo 12; echo 13; echo 'squeue: warning: the controller is slow' >&2", "2 jobs wait in Slurm's queue"),
    ],
)
def test_the_jobs_that_wait_are_counted(slurm, squeue: str, said: str) -> None:
    slurm(squeue, START)
    assert waiting_sentence(Profile()) == f"{said} and a first run could start at 2030-01-02 03:04:05, says Slurm now."


def test_of_the_two_answers_each_stands_alone_and_without_both_nothing_is_said(slurm) -> None:
    slurm("echo 12; echo 13", "echo 'sbatch: error: Invalid account' >&2; exit 1")
    assert waiting_sentence(Profile()) == "2 jobs wait in Slurm's queue, says Slurm now."
    slurm("echo 'Unable to contact controller' >&2; exit 1", START)
    assert waiting_sentence(Profile()) == "a first run could start at 2030-01-02 03:04:05, says Slurm now."
    slurm("exit 1", "exit 1")
    assert waiting_sentence(Profile()) == ""


def test_slurm_is_asked_about_the_job_that_a_run_would_be(slurm) -> None:
    """Its answer for a job without the reservation, or with a share of the CPUs, is about another job."""
    folder = slurm("true", START)
    profile = Profile(
        partition="gpu",
        account="lab",
        qos="high",
        constraint="a100|h100",
        exclude="n[07,12]",
        gpu_type="a100",
        gpus=2,
        cpus_per_gpu=8,
        memory="64G",
        time="1-00:30:00",
        sbatch={"reservation": "course", "exclusive": True},
    )
    assert waiting_sentence(profile).startswith("no jobs wait in the partition gpu and")
    assert "--partition=gpu" in (folder / "squeue.words").read_text().splitlines()
    assert set((folder / "sbatch.words").read_text().splitlines()) == {
        "--test-only",
        "--wrap=true",
        "--partition=gpu",
        "--account=lab",
        "--qos=high",
        "--constraint=a100|h100",
        "--exclude=n[07,12]",
        "--gres=gpu:a100:2",
        "--cpus-per-task=16",
        "--mem=64G",
        "--time=1470",
        "--reservation=course",
        "--exclusive",
    }


def test_without_slurms_commands_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert waiting_sentence(Profile()) == ""


def test_an_estimate_for_slurm_ends_with_it_and_submits_nothing(
    slurm, empty_roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = f"case \" $* \" in *' --test-only '*) {START};; *) touch {empty_roots}/submitted;; esac"
    folder = slurm("case \" $* \" in *' --states=PENDING '*) echo 12;; esac", submit)
    grid = shlex.split("ts-grid --cluster slurm --source 2dot --model 3dcnn --hidden 2 --seed 42 --tag tiny --estimate")
    done = CliRunner().invoke(jobs.commands.launch.main, [*grid, *AS_OPTIONS])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == (
        "1 job waits in Slurm's queue and a first run could start at 2030-01-02 03:04:05, says Slurm now."
    )
    assert (folder / "sbatch.words").exists()
    assert not (empty_roots / "submitted").exists()
