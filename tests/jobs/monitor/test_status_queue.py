"""What status makes of Slurm's queue, which it asks at most once a minute. Slurm itself is in tests/cluster."""

import json
import time
from datetime import datetime

import pytest
from support.made_launches import Squeue, add_job, end, leave_result, start, submitted
from support.tiny_runs import tiny

import jobs.commands.status
import jobs.monitor.slurm_queue
from xdomain.core.claims.claim import claimed
from xdomain.runs.run_folder import RunFolder

RUNS = [tiny(seed=seed) for seed in (42, 61, 47, 53)]
FIRST = RUNS[0]


@pytest.fixture
def states(status):
    """id's seed -> (state, class) as the machine-readable document says it."""

    def look() -> dict[int, tuple[str, str | None]]:
        done = status("--json")
        assert done.exit_code == 0, done.output
        return {int(run["id"][-2:]): (run["state"], run["class"]) for run in json.loads(done.stdout)["runs"]}

    return look


def line(job: str, name: str, state: str = "PENDING", started: float | None = None, reason: str = "Priority") -> str:
    when = "N/A" if started is None else datetime.fromtimestamp(started).isoformat(timespec="seconds")
    return f"{job}|{state}|{when}|{reason}|{name}"


def later(squeue: Squeue) -> None:
    """As if a minute had passed since the last question."""
    (memory,) = RunFolder.of(FIRST).path.parents[4].glob(".queue-*.json")
    values = json.loads(memory.read_text())
    memory.write_text(json.dumps(values | {"asked": values["asked"] - jobs.monitor.slurm_queue.SHARED}))


def test_one_question_a_minute_for_all_invocations(squeue, states):
    _, name = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", name))
    assert states() == states() == states() == {42: ("queued", None)}
    assert squeue.asked == 1
    later(squeue)
    states()
    assert squeue.asked == 2


def test_a_new_launch_is_asked_about_at_once(squeue, states):
    _, first = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", first))
    states()
    _, second = submitted(RUNS[1:2], array=200)
    squeue.say(line("100_0", first), line("200_0", second))
    assert states() == {42: ("queued", None), 61: ("queued", None)}
    assert squeue.asked == 2


def test_an_answer_that_another_process_waits_for_does_not_hide_a_launch(squeue, states):
    """It has noted that it asks; what it was told last is from before the launch."""
    submitted(RUNS[1:2], age=5)
    squeue.say()
    states()
    _, name = submitted(RUNS[:1])
    (memory,) = RunFolder.of(FIRST).path.parents[4].glob(".queue-*.json")
    memory.write_text(json.dumps(json.loads(memory.read_text()) | {"asked": time.time() + 1}))
    squeue.say(line("100_0", name))
    assert states()[42] == ("queued", None)


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_of_a_node_that_is_wrong_hides_no_job(squeue, states, skew):
    """A run failed by a node's clock, was launched again and waits."""
    start(FIRST, job="90_0", time=time.time() + skew - 50)
    end(FIRST, "failed", "RuntimeError: x", time=time.time() + skew - 40)
    _, name = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", name))
    assert states() == {42: ("queued", None)}
    start(FIRST, attempt=2, job="100_0", time=time.time() + skew)
    later(squeue)  # its node died, and it waits again
    assert states() == {42: ("queued", None)}


def test_a_watch_goes_on_until_the_jobs_of_unfinished_runs_have_left_the_queue(squeue, status, monkeypatch):
    """Its node died, or it was preempted: Slurm will start it again, which its last answer does not say yet."""
    redrawn = []

    def redraw(_: float) -> None:
        redrawn.append(True)
        later(squeue)
        squeue.say()

    monkeypatch.setattr(jobs.commands.status.time, "sleep", redraw)
    _, name = submitted(RUNS[:2], age=100)
    squeue.say(*(line(f"100_{index}", name, "RUNNING", time.time() - 60, "None") for index in (0, 1)))
    start(FIRST, job="100_0")
    end(FIRST, "interrupted", "Interrupted: SIGTERM after epoch 3")
    leave_result(RUNS[1])
    assert status("--watch").exit_code == 0
    assert redrawn == [True]


def test_files_know_more_than_an_answer_from_before(squeue, states):
    """The queue said that it waits; since then it was started, and failed or finished."""
    _, name = submitted(RUNS[:3], age=5)
    squeue.say(*(line(f"100_{index}", name) for index in range(3)))
    assert set(states().values()) == {("queued", None)}
    start(RUNS[0], job="100_0")
    end(RUNS[0], "failed", "RuntimeError: x")
    leave_result(RUNS[1])
    assert states() == {42: ("failed", "bug"), 61: ("finished", None), 47: ("queued", None)}
    assert squeue.asked == 1


def test_jobs_of_others_and_of_other_roots_are_left_out(squeue, states):
    submitted(RUNS[:1], age=5)
    squeue.say(line("1", "bash"), line("2_0", "xdomain.ts-tiny.20200101-000000-abcd.0"), line("3", "xdomain.ts.tables"))
    assert states()[42][0] != "queued"


def test_a_run_whose_siblings_go_on_has_failed_all_the_same(squeue, states):
    """A packed job is in the queue until the last of its runs has ended."""
    began = time.time() - 60
    _, name = submitted(RUNS[:4], pack=4, age=100)
    squeue.say(line("100_0", name, "RUNNING", began, "None"))
    start(RUNS[0], job="100_0")
    end(RUNS[0], "failed", "RuntimeError: x")
    start(RUNS[1], job="100_0")  # killed
    with claimed(RunFolder.of(RUNS[2]).claim_file):
        found = states()
    assert found[42] == ("failed", "bug")
    assert found[61] == ("interrupted", "killed")
    assert found[47] == ("running", None)
    assert found[53] == ("queued", None)  # its process is just starting


def test_a_requeued_run_is_queued_until_it_starts(squeue, states):
    _, name = submitted(RUNS[:1], age=100)
    start(FIRST, job="100_0")
    end(FIRST, "interrupted", "Interrupted: SIGUSR2 after epoch 3")
    RunFolder.of(FIRST).record_attempt(event="requeue", attempt=1, job="100_0")
    squeue.say(line("100_0", name, "COMPLETING", time.time() - 60, "None"))
    assert states() == {42: ("queued", None)}
    later(squeue)
    squeue.say(line("100_0", name, reason="BeginTime"))
    assert states() == {42: ("queued", None)}
    later(squeue)
    squeue.say()
    assert states() == {42: ("interrupted", "timeout")}


def test_a_job_started_again_after_its_node_died_has_its_run_queued(squeue, states):
    _, name = submitted(RUNS[:1], age=100)
    start(FIRST, job="100_0", time=time.time() - 50)
    squeue.say(line("100_0", name, "RUNNING", time.time() - 5, "None"))
    assert states() == {42: ("queued", None)}


def test_a_run_that_was_given_up_says_so(squeue, states, status):
    submitted(RUNS[:1], age=100)
    start(FIRST, attempt=20, job="100_0")
    end(FIRST, "interrupted", "Interrupted: the time limit after epoch 3", attempt=20)
    RunFolder.of(FIRST).record_attempt(event="gave up", attempt=20)
    assert states() == {42: ("failed", "timeout")}
    assert "started 20 times" in status().stdout


def test_slurms_word_on_how_a_job_ended_is_kept(squeue, states):
    _, name = submitted(RUNS[:1], age=100)
    start(FIRST, job="100_0", time=time.time() - 50)
    squeue.say(line("100_0", name, "NODE_FAIL", time.time() - 60, "NodeDown"))
    assert states() == {42: ("interrupted", "node")}
    later(squeue)
    squeue.say()  # Slurm forgets a job after some minutes
    assert states() == {42: ("interrupted", "node")}
    assert squeue.asked == 2


def test_a_job_that_died_before_its_run_began(squeue, states, status):
    manifest, _ = submitted(RUNS[:1], age=5)
    (manifest.logs / "100_0_0_log.out").write_text("slurm_script: line 18: module: command not found\n")
    assert states() == {42: ("failed", "start")}
    assert "module: command not found" in status().stdout


def test_a_relaunch_that_died_hides_the_older_failure(squeue, states):
    start(FIRST, job="90_0", time=time.time() - 50)
    end(FIRST, "failed", "RuntimeError: x", time=time.time() - 40)
    manifest, _ = submitted(RUNS[:1], age=5)
    (manifest.logs / "100_0_0_log.out").write_text("FATAL:   could not open image /x.sif\n")
    assert states() == {42: ("failed", "start")}


def test_a_failed_data_job_is_why_its_runs_never_started(squeue, states, status):
    manifest, name = submitted(RUNS[:2], age=5)
    add_job(manifest.path.parent, "99", f"{name.removesuffix('.0')}.data", "data", [[]])
    (manifest.logs / "99_0_log.out").write_text("Error: The digits cannot be had: no internet here.\n")
    squeue.say(line("100_0", name, "CANCELLED"), line("100_1", name, "CANCELLED"))
    assert set(states().values()) == {("failed", "data")}
    assert "no internet here" in status().stdout


def test_a_silent_slurm_is_explained_and_not_asked_again_at_once(squeue, states, status):
    submitted(RUNS[:1], age=5)
    squeue.fall_silent()
    done = status()
    assert done.exit_code == 0
    assert "Slurm does not answer (Unable to contact controller)." in done.stdout
    states()
    assert squeue.asked == 1
    assert states() == {42: ("new", None)}  # nothing is concluded from silence


def test_a_slurm_that_falls_silent_leaves_its_last_answer(squeue, states, status):
    _, name = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", name))
    states()
    squeue.fall_silent()
    later(squeue)
    assert states() == {42: ("queued", None)}
    assert "What is said of queued runs is from" in status().stdout
    assert squeue.asked == 2


def test_what_jobs_wait_for_is_in_slurms_words(squeue, status):
    _, name = submitted(RUNS[:3], age=5)
    reasons = ("QOSMaxGRESPerUser", "QOSMaxGRESPerUser", "JobHeldAdmin")
    squeue.say(*(line(f"100_{index}", name, reason=reason) for index, reason in enumerate(reasons)))
    assert "waiting for: QOSMaxGRESPerUser (2), JobHeldAdmin (1)" in status().stdout


@pytest.mark.parametrize("content", ["", "{", '{"jobs": [{"id": 1}]}', "[]"])
def test_a_damaged_memory_is_asked_anew(squeue, states, content):
    _, name = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", name))
    states()
    (memory,) = RunFolder.of(FIRST).path.parents[4].glob(".queue-*.json")
    memory.write_text(content)
    assert states() == {42: ("queued", None)}
    assert squeue.asked == 2


def test_when_slurm_expects_the_first_job_to_start_is_said(squeue, status):
    _, name = submitted(RUNS[:3], age=5)
    soon = datetime(2199, 3, 4, 5, 6)
    starts = [soon.timestamp() + 3600, soon.timestamp(), None]
    squeue.say(*(line(f"100_{index}", name, started=start) for index, start in enumerate(starts)))
    assert "Slurm expects the first of 2 such jobs to start at 04 Mar 05:06." in status().stdout


def test_an_expected_start_that_has_passed_is_not_said(squeue, status):
    _, name = submitted(RUNS[:1], age=5)
    squeue.say(line("100_0", name, started=time.time() - 60))
    assert "Slurm expects" not in status().stdout
