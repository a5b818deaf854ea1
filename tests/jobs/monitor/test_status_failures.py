"""What status says of many failures, of jobs that carry no runs, and of a study without any; what usage says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_launches import add_job, end, start, submitted
from support.tiny_runs import AS_OPTIONS, tiny

import jobs.commands.cancel
import jobs.commands.launch
import jobs.commands.usage
from jobs.cluster.batch import REQUEUE_MARK
from jobs.records.manifest import write_manifest
from jobs.records.submission import FOLLOW_UP
from xdomain.runs.run_folder import RunFolder


@pytest.fixture
def no_slurm(tiny_roots, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def usage(*words: str):
    return CliRunner().invoke(jobs.commands.usage.main, list(words))


def step(runs: Path, job: int, name: str, tasks: int = 1, study: str = "segment") -> Path:
    """The launch of a job that carries no runs; its folder."""
    folder = runs / study / "launches" / f"20260101-000000-{job}-{name}"
    folder.mkdir(parents=True)
    add_job(folder, str(job), f"xdomain.{study}.{name}", name, [[]] * tasks)
    return folder


def other_jobs(status) -> dict[str, tuple[str, str]]:
    done = status("--json")
    assert done.exit_code == 0, done.output
    return {job["step"]: (job["state"], job["reason"]) for job in json.loads(done.stdout)["jobs"]}


def test_two_hundred_failures_of_two_kinds_are_two_lines(no_slurm, status):
    specs = [tiny(seed=seed) for seed in range(200)]
    write_manifest(specs, None)
    for number, spec in enumerate(specs):
        start(spec, host=f"node{number}")
        if number % 2:
            end(spec, "failed", f"UserError: data/x-{number}.npy is damaged.")
    text = status().stdout
    lines = [line for line in text.splitlines() if "seed" in line]
    assert len(lines) == 2
    assert any("and 99 more" in line and "data/x-1.npy is damaged." in line for line in lines)
    assert any("and 99 more" in line and "attempt 1 on node0 was killed" in line for line in lines)
    assert len(json.loads(status("--json").stdout)["runs"]) == 200


def test_the_steps_of_the_segmentation_are_shown_without_any_run(squeue, tiny_roots, status):
    step(tiny_roots, 31, "train")
    step(tiny_roots, 41, "infer", tasks=3)
    step(tiny_roots, 51, "domains")
    squeue.say(
        "31|RUNNING|N/A|None|xdomain.segment.train",
        *(f"41_{task}|PENDING|N/A|Dependency|xdomain.segment.infer" for task in range(3)),
        "51|CANCELLED|N/A|DependencyNeverSatisfied|xdomain.segment.domains",
        "61|PENDING|N/A|Priority|xdomain.segment.report",  # of other roots
    )
    shown = other_jobs(status)
    assert shown["train"] == ("running", "")
    assert shown["infer"] == ("queued", "Dependency")
    assert shown["domains"][0] == "failed"
    assert shown["domains"][1].startswith("CANCELLED; log: ")
    assert list(shown) == ["train", "infer", "domains"]
    lines = status().stdout.splitlines()
    assert ["segment", "infer", "41", "queued", "Dependency"] in [line.split() for line in lines]


def test_a_step_is_finished_when_all_of_its_tasks_are_and_its_last_job_counts(squeue, tiny_roots, status):
    folder = step(tiny_roots, 41, "infer", tasks=2)
    (folder / "41_0_0_log.out").write_text("...\nsubmitit INFO - Exiting after successful completion\n")
    step(tiny_roots, 410, "tables", study="ts")
    assert other_jobs(status)["infer"] == ("failed", f"ended without a result; log: {folder / '41_1_0_log.out'}")
    (folder / "41_1_0_log.out").write_text("submitit INFO - Exiting after successful completion\n")
    assert other_jobs(status)["infer"] == ("finished", "")
    again = step(tiny_roots, 45, "infer")
    (again / f"{REQUEUE_MARK}45").touch()
    state, reason = other_jobs(status)["infer"]
    assert state == "failed"
    assert "stranded" in reason


def test_the_log_of_the_rank_that_failed_is_read_too(squeue, status):
    spec = tiny(ranks=2)
    manifest, _ = submitted([spec], age=100)
    logs = [manifest.logs / f"100_0_{rank}_log.out" for rank in (0, 1)]
    start(spec, job="100_0", log=str(logs[0]))
    for log in logs:
        log.write_text(f"{spec.id} (run 0 of {manifest.path})\n")
    with logs[0].open("a") as file:
        file.write("slurmstepd-node1: error: *** STEP 100.0 ON node1 CANCELLED AT 2026-11-25T21:30:08 ***\n")
    with logs[1].open("a") as file:
        file.write("Traceback (most recent call last):\n  File x\nMemoryError\n")
    (run,) = json.loads(status("--json").stdout)["runs"]
    assert (run["state"], run["class"]) == ("interrupted", "oom")
    assert run["reason"] == "rank 1 of node7 ended with: MemoryError"


def test_a_task_that_goes_on_under_another_id_hides_no_sibling(squeue, tiny_roots, status):
    """Where requeueing is forbidden a task that was out of time is followed by a job of its own."""
    folder = step(tiny_roots, 41, "infer", tasks=3)
    (folder / "41_0_0_log.out").write_text("submitit INFO - Exiting after successful completion\n")
    (folder / "41_1_0_log.out").write_text("follow-up job 60\n")
    (folder / f"{FOLLOW_UP}60_1").write_text("41_1\n")
    name = "xdomain.segment.infer"
    squeue.say(f"41_2|RUNNING|N/A|None|{name}", f"60_1|PENDING|N/A|Dependency|{name}")
    assert other_jobs(status)["infer"] == ("running", "1 of 2 tasks")
    assert CliRunner().invoke(jobs.commands.cancel.main, ["segment/infer", "--yes"]).exit_code == 0
    assert squeue.cancelled == ["41_2", "60_1"]
    squeue.say()
    (folder / "60_1_0_log.out").write_text("submitit INFO - Exiting after successful completion\n")
    (folder / "41_2_0_log.out").write_text("submitit INFO - Exiting after successful completion\n")
    assert other_jobs(status)["infer"] == ("finished", "")


@pytest.mark.parametrize("asked_by", ["SIGUSR2", "SIGTERM"])  # preemption's, which is not recorded as a request
def test_a_run_is_stranded_while_its_mark_is_there_and_no_job_is(squeue, status, asked_by):
    spec = tiny()
    manifest, name = submitted([spec], age=100)
    start(spec, job="100_0", log=str(manifest.logs / "100_0_0_log.out"))
    end(spec, "interrupted", f"Interrupted: {asked_by} after epoch 3")
    if asked_by == "SIGUSR2":
        RunFolder.of(spec).record_attempt(event="requeue", attempt=1, job="100_0")
    (manifest.logs / f"{REQUEUE_MARK}100_0").touch()
    squeue.say(f"100_0|RUNNING|N/A|None|{name}")  # its script still tries
    assert json.loads(status("--json").stdout)["runs"][0]["state"] == "queued"
    (memory,) = manifest.path.parents[3].glob(".queue-*.json")
    memory.unlink()
    squeue.say()
    (run,) = json.loads(status("--json").stdout)["runs"]
    assert (run["state"], run["class"]) == ("interrupted", "stranded")
    memory.unlink()
    squeue.say(f"100_0|CANCELLED|N/A|None|{name}")
    assert json.loads(status("--json").stdout)["runs"][0]["class"] != "stranded"


def test_usage_is_a_table_or_a_sentence_and_its_exit_code_says_which(no_slurm):
    nothing = usage()
    assert nothing.exit_code == 2
    assert "python -m jobs.launch" in nothing.stderr
    write_manifest([tiny()], None)
    unused = usage()
    assert (unused.exit_code, unused.stdout) == (1, "")
    assert "No run has been started yet" in unused.stderr
    start(tiny(), gpus=2.0)
    end(tiny(), "failed", "RuntimeError: x", seconds=1800)
    used = usage("--study", "ts-tiny")
    assert used.exit_code == 0
    assert used.stdout.splitlines()[-1].split() == ["all", "1", "0", "1.00", "0.000", "1.00", "(100%)"]


@pytest.fixture
def dependencies(squeue):
    """`jobs.launch tables WORDS` on a Slurm that takes it; what the job waits for."""
    program = squeue.folder / "sbatch"
    program.write_text('#!/bin/sh\necho "Submitted batch job 900"\n')

    def tables(*words: str) -> list[str]:
        done = CliRunner().invoke(jobs.commands.launch.main, ["tables", *words])
        assert done.exit_code == 0, done.output
        (waits,) = [word for word in done.stdout.replace("(", " ").replace(")", " ").split() if "after" in word]
        return waits.split(":")

    return tables


def test_tables_wait_for_their_own_study_and_for_runs_that_were_not_retried(dependencies, squeue):
    own = [tiny(seed=seed) for seed in (42, 61)]
    _, first = submitted(own, array=100)
    submitted(own[:1], array=150)  # the retry
    submitted([tiny(tag="other")], array=200)
    squeue.say(f"100_1|RUNNING|N/A|None|{first}")
    mode, *ids = dependencies("--study", "ts-tiny")
    assert mode == "afterany"
    assert sorted(ids) == ["100", "150"]


def test_a_refused_array_names_the_clusters_limit_and_what_to_write(squeue, launch):
    for name, script in (
        ("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid job array specification' >&2; exit 1"),
        ("scontrol", "echo 'MaxArraySize            = 3'"),
    ):
        program = squeue.folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    grid = ["--source", "2dot", "--hidden", "2", "--model", "3dcnn", *AS_OPTIONS]
    done = launch("--cluster", "slurm", *grid)
    assert done.exit_code == 2
    assert "MaxArraySize is 3" in done.stderr
    assert "array_limit = 3" in done.stderr
