"""What a launch writes down of its jobs, with a Slurm that takes them and starts none."""

import json
import re
from pathlib import Path

import pytest
from support.roots import set_roots
from support.tiny_runs import AS_OPTIONS

from jobs.records.submission import read_submitted

GRID = ["--cluster", "slurm", "--source", "2dot", "--hidden", "2", "--model", "3dcnn", "--tag", "tiny", *AS_OPTIONS]
RUN = "ts-tiny/2dot/3dcnn/h2/seed"


@pytest.fixture
def taken(squeue, tmp_path, monkeypatch):
    """Have Slurm take this many jobs, which count from 101, and refuse what comes then."""

    def take(jobs: int) -> None:
        count = squeue.folder / "count"
        count.write_text("100")
        program = squeue.folder / "sbatch"
        program.write_text(
            f"#!/bin/sh\nn=$(($(cat {count}) + 1)); echo $n > {count}\n"
            f'[ $n -le {100 + jobs} ] && echo "Submitted batch job $n"\n'
        )

    set_roots(monkeypatch, data=tmp_path / "no-data")
    (tmp_path / "three.toml").write_text("array_limit = 2\npack = 2\n")
    return take


def launched(launch, tmp_path: Path, code: int = 0) -> Path:
    """The folder of a launch of five runs: packed by two, they are an array of two tasks and a job of one run."""
    seeds = ["--seed", "42,61,47,53,7", "--profile", str(tmp_path / "three.toml")]
    done = launch(*GRID, *seeds)
    assert done.exit_code == code, done.output
    (file,) = (tmp_path / "runs").glob("ts-tiny/launches/*/submission.json")
    return file.parent


def test_every_job_is_written_down_with_the_runs_that_it_carries(taken, launch, tmp_path):
    taken(3)
    folder = launched(launch, tmp_path)
    name = f"ts-tiny.2dot.3dcnn.h2.{folder.name[-4:]}"
    assert json.loads((folder / "submission.json").read_text()) == {
        "jobs": ["102", "103"],
        "submitted": [
            {"id": "101", "name": f"{name}.data", "step": "data", "tasks": [[]]},
            {
                "id": "102",
                "name": f"{name}.0",
                "step": "runs",
                "tasks": [[f"{RUN}42", f"{RUN}61"], [f"{RUN}47", f"{RUN}53"]],
            },
            {"id": "103", "name": f"{name}.2", "step": "runs", "tasks": [[f"{RUN}7"]]},
        ],
        "complete": True,
    }
    # As Slurm calls them: only an array's tasks have an index.
    assert [task.id for task in read_submitted(folder).tasks] == ["101", "102_0", "102_1", "103"]


def test_a_job_that_slurm_took_as_the_launcher_was_killed_is_known(taken, launch, tmp_path):
    """The record of it was still to be written; submitit's own files are there."""
    taken(3)
    folder = launched(launch, tmp_path)
    file = folder / "submission.json"
    values = json.loads(file.read_text())
    file.write_text(json.dumps(values | {"submitted": values["submitted"][:1], "jobs": ["101"], "complete": False}))
    (folder / "logs" / "follow-up.205_1").write_text("102_1\n")
    tasks = {task.id: (task.name, task.step, task.runs) for task in read_submitted(folder).tasks}
    name = f"ts-tiny.2dot.3dcnn.h2.{folder.name[-4:]}"
    assert tasks == {
        "101": (f"{name}.data", "data", ()),
        "102_0": (f"{name}.0", "runs", (f"{RUN}42", f"{RUN}61")),
        "102_1": (f"{name}.0", "runs", (f"{RUN}47", f"{RUN}53")),
        "103": (f"{name}.2", "runs", (f"{RUN}7",)),
        "205_1": (f"{name}.0", "runs", (f"{RUN}47", f"{RUN}53")),
    }


def test_a_comment_is_as_long_as_slurm_takes_it(taken, launch, tmp_path):
    """More than 1,024 characters are refused, and a thousand seeds are more."""
    taken(2)
    seeds = ",".join(str(10_000 + seed) for seed in range(300))
    (tmp_path / "long.toml").write_text("array_limit = 1000\n")
    done = launch(*GRID, "--seed", seeds, "--profile", str(tmp_path / "long.toml"))
    assert done.exit_code == 0, done.output
    (script,) = tmp_path.glob("runs/ts-tiny/launches/*/logs/102_submission.sh")
    comment = re.search(r"^#SBATCH --comment=(.*)$", script.read_text(), re.MULTILINE)[1]
    assert "xdomain ts-tiny: 300 runs of 3dcnn; h2; 2dot; seeds 10000 10001" in comment
    assert len(comment) < 1024


def test_of_a_launch_that_was_cut_off_the_jobs_are_known_that_slurm_has(taken, launch, squeue, status, tmp_path):
    taken(2)
    folder = launched(launch, tmp_path, code=2)
    assert read_submitted(folder).since is None
    squeue.say(f"102_1|PENDING|N/A|Priority|ts-tiny.2dot.3dcnn.h2.{folder.name[-4:]}.0")
    states = {run["id"][-2:]: run["state"] for run in json.loads(status("--json").stdout)["runs"]}
    assert states == {"42": "new", "61": "new", "47": "queued", "53": "queued", "d7": "new"}


def test_a_launch_that_slurm_takes_a_part_of_says_which_and_what_to_do(taken, launch, squeue, tmp_path):
    taken(2)
    program = squeue.folder / "sbatch"
    limit = "exit 0\necho 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1\n"
    program.write_text(f"{program.read_text().rstrip()} && {limit}")
    seeds = ["--seed", "42,61,47,53,7", "--profile", str(tmp_path / "three.toml")]
    done = launch(*GRID, *seeds)
    assert done.exit_code == 2
    assert "QOSMaxSubmitJobPerUserLimit" in done.stderr
    assert "Your account may have no more jobs at once" in done.stderr
    assert "Slurm took the first 4 of 5 runs: the same command launches the others." in done.stderr


def test_a_job_of_the_same_number_on_another_cluster_is_none_of_ours(taken, launch, squeue, status, tmp_path):
    taken(3)
    launched(launch, tmp_path)
    squeue.say("103|RUNNING|N/A|None|xdomain.ts-tiny.20200101-000000-abcd.2")
    states = [run["state"] for run in json.loads(status("--json").stdout)["runs"]]
    assert "queued" not in states


def test_a_follow_up_job_carries_the_runs_of_the_one_before(taken, launch, tmp_path):
    taken(3)
    folder = launched(launch, tmp_path)
    for name, before in (("205_1", "102_1"), ("207_1", "205_1"), ("206", "103"), ("9", "8"), ("205_1~", "102_1")):
        (folder / "logs" / f"follow-up.{name}").write_text(f"{before}\n")
    later = {task.id: task.runs for task in read_submitted(folder).tasks[4:]}
    assert later == {
        "205_1": (f"{RUN}47", f"{RUN}53"),
        "206": (f"{RUN}7",),
        "207_1": (f"{RUN}47", f"{RUN}53"),
    }


def test_arrays_share_the_throttle_by_following_each_other(taken, launch, squeue, tmp_path):
    """Two elements at a time and two in an array: each array waits for the end of the one before, and for the data.

    Else what follows an array that was cancelled for want of data would start without it.
    """
    taken(10)
    (tmp_path / "two.toml").write_text("array_limit = 2\nthrottle = 2\n")
    done = launch(*GRID, "--seed", "42,61,47,53,7", "--profile", str(tmp_path / "two.toml"))
    assert done.exit_code == 0, done.output
    (logs,) = (tmp_path / "runs").glob("ts-tiny/launches/*/logs")
    dependencies = {
        job: re.findall(r"^#SBATCH --dependency=(.*)$", (logs / f"{job}_submission.sh").read_text(), re.MULTILINE)
        for job in ("101", "102", "103", "104")
    }
    waits = ["afterok:101", "afterok:101,afterany:102", "afterok:101,afterany:103"]
    assert dependencies == {"101": [], "102": waits[:1], "103": waits[1:2], "104": waits[2:]}


def test_a_launcher_inside_a_job_hands_none_of_it_on_but_which_slurm_there_is(
    taken, launch, squeue, tmp_path, monkeypatch
):
    taken(3)
    program = squeue.folder / "sbatch"
    program.write_text(program.read_text().replace("\n", f"\nenv > {tmp_path}/seen\n", 1))
    for name, value in (("SLURM_CONF", "/etc/site/slurm.conf"), ("SLURM_JOB_ID", "9"), ("SBATCH_PARTITION", "mine")):
        monkeypatch.setenv(name, value)
    launched(launch, tmp_path)
    seen = (tmp_path / "seen").read_text().splitlines()
    assert "SLURM_CONF=/etc/site/slurm.conf" in seen
    assert not [line for line in seen if line.startswith(("SLURM_JOB_ID", "SBATCH_"))]
