"""`python -m jobs.cancel`: what it would cancel, and processes of this machine. Real jobs are in tests/cluster."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from support.made_launches import Squeue, add_job, end, start, submitted
from support.tiny_runs import TaskProcess, tiny

import jobs.commands.cancel
from jobs.records.manifest import write_manifest
from xdomain.core.claims.holder import process_start
from xdomain.runs.run_folder import RunFolder

RUNS = [tiny(seed=seed) for seed in (42, 61, 47, 53)]


@pytest.fixture
def no_slurm(tiny_roots, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    """A process that dies of the first signal."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def cancel(*words: str, answer: str = ""):
    return CliRunner().invoke(jobs.commands.cancel.main, list(words), input=answer)


def queue(squeue: Squeue, pack: int = 1) -> None:
    manifest, name = submitted(RUNS, pack=pack)
    squeue.say(*(f"100_{index}|PENDING|N/A|Priority|{name}" for index in range(len(manifest.elements))))


def claim(spec, process: subprocess.Popen, **values) -> None:
    start(spec)
    known = {"token": "0" * 32, "machine": "of another namespace", "host": socket.gethostname(), "pid": process.pid}
    known |= {"process_start": process_start(process.pid), "job": None}
    RunFolder.of(spec).claim_file.write_text(json.dumps(known | values))


def test_elements_that_fit_are_cancelled_by_id(squeue):
    queue(squeue)
    done = cancel("*/seed42", "ts-tiny/*/seed4?", "--yes")
    assert done.exit_code == 0, done.output
    assert squeue.cancelled == ["100_0", "100_2"]
    assert f"job 100_2: {RUNS[2].id}" in done.stdout
    assert "Cancelled 2 runs." in done.stdout


def test_a_run_in_two_jobs_is_one_run(squeue):
    """The job that it leaves is still in the queue beside the one that takes over."""
    manifest, name = submitted(RUNS[:2])
    for index in (0, 1):
        (manifest.logs / f"follow-up.200_{index}").write_text(f"100_{index}\n")
    squeue.say(*(f"{job}_{index}|PENDING|N/A|Priority|{name}" for job in (100, 200) for index in (0, 1)))
    assert "Cancelled 2 runs." in cancel("*", "--yes").stdout
    assert sorted(squeue.cancelled) == ["100_0", "100_1", "200_0", "200_1"]


def test_the_job_that_makes_the_data_goes_with_the_last_run_that_needs_it(squeue):
    launch, name = submitted(RUNS)
    another, other = submitted([tiny(tag="other")], array=200)
    for manifest, job, of in ((launch, "99", name), (another, "199", other)):
        add_job(manifest.path.parent, job, f"{of.removesuffix('.0')}.data", "data", [[]])
    data = [f"{job}|PENDING|N/A|Priority|{of.removesuffix('.0')}.data" for job, of in ((99, name), (199, other))]
    elements = [f"100_{index}|PENDING|N/A|Dependency|{name}" for index in range(4)]
    squeue.say(*data, *elements, f"200_0|PENDING|N/A|Dependency|{other}")
    assert cancel("*/seed42", "--study", "ts-tiny", "--yes").exit_code == 0
    assert squeue.cancelled == ["100_0"]
    squeue.say(*data, *elements[1:], f"200_0|PENDING|N/A|Dependency|{other}")
    done = cancel("ts-tiny/*", "--yes")
    assert squeue.cancelled[1:] == ["100_1", "100_2", "100_3", "99"]
    assert "job 99: data that no other run waits for" in done.stdout
    assert "Cancelled 3 runs." in done.stdout


def test_it_asks_and_no_is_no(squeue):
    queue(squeue)
    for answer in ("n\n", "\n", ""):
        done = cancel("*/seed42", answer=answer)
        assert done.exit_code == 1
        assert "Cancel 1 run?" in done.stdout
    assert squeue.cancelled == []
    assert cancel("*/seed42", answer="y\n").exit_code == 0
    assert squeue.cancelled == ["100_0"]


def test_a_study_alone_is_all_of_it(squeue):
    queue(squeue)
    assert cancel("--study", "ts-tiny", "--yes").exit_code == 0
    assert len(squeue.cancelled) == 4


def test_nothing_that_fits_ends_with_one(squeue):
    queue(squeue)
    done = cancel("*/seed99", "--yes")
    assert (done.exit_code, done.stdout) == (1, "")
    assert squeue.cancelled == []


@pytest.mark.parametrize("words", [[], ["--yes"]])
def test_no_pattern_at_all_is_not_everything(squeue, words):
    queue(squeue)
    assert cancel(*words).exit_code == 2
    assert squeue.cancelled == []


def test_a_packed_job_goes_only_with_yes_or_with_all_of_its_runs(squeue):
    queue(squeue, pack=2)
    done = cancel("*/seed42", answer="y\n")
    assert done.exit_code == 1
    assert f"{RUNS[0].id} shares job 100_0 with {RUNS[1].id}" in done.stderr
    assert squeue.cancelled == []
    assert cancel("*/seed42", "*/seed61", answer="y\n").exit_code == 0
    assert cancel("*/seed47", "--yes").exit_code == 0
    assert squeue.cancelled == ["100_0", "100_1"]


def test_siblings_that_have_ended_do_not_count(squeue):
    _, name = submitted(RUNS[:2], pack=2, age=100)
    squeue.say(f"100_0|RUNNING|2020-01-01T00:00:00|None|{name}")
    start(RUNS[1], job="100_0")
    end(RUNS[1], "failed", "RuntimeError: x")
    assert cancel("*/seed42", answer="y\n").exit_code == 0


def test_the_queue_is_asked_now_and_again_afterwards(squeue, status):
    queue(squeue)
    status()
    cancel("*/seed42", "--yes")
    assert squeue.asked == 2
    squeue.say()  # Slurm forgets at once what was cancelled before it started
    states = {run["id"]: run for run in json.loads(status("--json").stdout)["runs"]}
    assert squeue.asked == 3
    assert (states[RUNS[0].id]["state"], states[RUNS[0].id]["class"]) == ("failed", "stopped")
    assert states[RUNS[1].id]["class"] == "start"


def test_a_silent_slurm_leaves_this_machine(squeue, sleeper):
    queue(squeue)
    squeue.fall_silent()
    done = cancel("*", "--yes")
    assert done.exit_code == 1
    assert "only runs on this machine" in done.stderr
    claim(RUNS[0], sleeper)
    assert cancel("*", "--yes").exit_code == 0
    assert sleeper.wait() != 0
    assert squeue.cancelled == []


def test_a_run_at_work_here_stops_after_its_epoch_with_a_checkpoint(no_slurm):
    spec = tiny(max_epochs=500, patience=500)
    task = TaskProcess(spec)
    task.wait_for_epochs(2)
    done = cancel(spec.id, "--yes")
    assert done.exit_code == 0, done.output
    assert f"process {task.process.pid}: {spec.id}" in done.stdout
    assert task.wait() == 75
    assert task.folder.attempts()[-1]["outcome"] == "interrupted"
    assert list(task.folder.checkpoints.glob("last-*.ckpt"))


def test_now_kills(no_slurm, sleeper):
    write_manifest(RUNS, None)
    claim(RUNS[0], sleeper)
    assert cancel(RUNS[0].id, "--yes", "--now").exit_code == 0
    assert sleeper.wait() == -9


def test_a_pid_that_is_another_process_by_now_is_left_alone(no_slurm, sleeper):
    write_manifest(RUNS, None)
    claim(RUNS[0], sleeper, process_start="1")  # its claim is fresh: it counts as running, on who knows what machine
    done = cancel(RUNS[0].id, "--yes")
    assert done.exit_code == 1
    assert "cancel it from there" in done.stderr
    time.sleep(0.1)
    assert sleeper.poll() is None


def test_a_run_of_another_machine_is_named(no_slurm, sleeper):
    write_manifest(RUNS, None)
    claim(RUNS[0], sleeper, host="node9", job="77_3")
    done = cancel("*", "--yes")
    assert done.exit_code == 1
    assert f"{RUNS[0].id} runs on node9 (process {sleeper.pid} in job 77_3): cancel it from there." in done.stderr


def test_jobs_that_carry_no_runs_are_cancelled_by_their_names(squeue, tiny_roots):
    for study, job, step, tasks in (
        ("segment", "41", "infer", 2),
        ("segment", "51", "report", 1),
        ("ts", "61", "tables", 1),
    ):
        folder = tiny_roots / study / "launches" / f"20260101-000000-{job}"
        folder.mkdir(parents=True)
        add_job(folder, job, f"xdomain.{study}.{step}", step, [[]] * tasks)
    squeue.say(
        "41_0|RUNNING|N/A|None|xdomain.segment.infer",
        "41_1|PENDING|N/A|Priority|xdomain.segment.infer",
        "51|PENDING|N/A|Dependency|xdomain.segment.report",
        "61|PENDING|N/A|Dependency|xdomain.ts.tables",
    )
    done = cancel("segment/infer", "--yes")
    assert done.exit_code == 0, done.output
    assert squeue.cancelled == ["41_0", "41_1"]
    assert "job 41_0: segment/infer" in done.stdout
    assert "Cancelled 1 job." in done.stdout
    assert cancel("ts/*", "--yes").exit_code == 0
    assert squeue.cancelled[2:] == ["61"]


def test_the_data_of_a_launch_go_by_their_whole_name_only(squeue):
    manifest, name = submitted(RUNS)
    add_job(manifest.path.parent, "99", f"{name.removesuffix('.0')}.data", "data", [[]])
    squeue.say(f"99|RUNNING|N/A|None|{name.removesuffix('.0')}.data", f"100_0|PENDING|N/A|Dependency|{name}")
    assert cancel("ts-tiny/da*", "--yes").exit_code == 1
    assert cancel("ts-tiny/data", "--yes").exit_code == 0
    assert squeue.cancelled == ["99"]


def test_what_slurm_does_not_let_go_is_an_error_in_its_words(squeue):
    queue(squeue)
    refusal = "#!/bin/sh\necho 'scancel: error: Kill job error on job id 100: Access/permission denied' >&2\nexit 1\n"
    (squeue.folder / "scancel").write_text(refusal)
    done = cancel("*", "--yes")
    assert done.exit_code == 2
    assert "Error: Slurm refused to cancel: scancel: error: Kill job error on job id 100" in done.output
    assert "Cancelled" not in done.output
