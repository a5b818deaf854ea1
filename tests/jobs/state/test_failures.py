"""Classes of failure.

OVER_THE_LIMIT and CANCELLED are what Slurm 22.05 wrote; a private Slurm on one host kills no job for its memory and
writes nothing on a dead node, so that NODE_GONE, PREEMPTED and OOM_STEP follow Slurm's own message texts.
"""

import pytest

from jobs.state.failures import CLASSES, Failure, classify
from xdomain.runs.attempt_record import Attempt

KILLED = Attempt(number=3, host="node7", pid=1, job="12_3", log=None, gpus=1, began=0.0, latest=0.0)
AT_HOME = Attempt(number=1, host="desk", pid=1, job=None, log=None, gpus=0, began=0.0, latest=0.0)

OVER_THE_LIMIT = """\
epoch 7/100  train loss 1.2  accuracy 23.4%  validation loss 1.6  accuracy 21.9%  9.3 s
srun: Job step aborted: Waiting up to 4 seconds for job step to finish.
slurmstepd-node1: error: *** STEP 49006.0 ON node1 CANCELLED AT 2026-11-22T19:03:17 DUE TO TIME LIMIT ***
slurmstepd-node1: error: *** JOB 49006 ON node1 CANCELLED AT 2026-11-22T19:03:17 DUE TO TIME LIMIT ***
srun: got SIGCONT
srun: forcing job termination
srun: error: Timed out waiting for job step to complete
"""
CANCELLED = """\
srun: got SIGCONT
srun: Job step aborted: Waiting up to 4 seconds for job step to finish.
slurmstepd-node2: error: *** JOB 49008 ON node2 CANCELLED AT 2026-11-22T19:02:01 ***
slurmstepd-node2: error: *** STEP 49008.0 ON node2 CANCELLED AT 2026-11-22T19:02:01 ***
srun: error: node2: task 0: Exited with exit code 75
"""
NODE_GONE = "slurmstepd: error: *** JOB 812 ON node3 CANCELLED AT 2026-11-22T19:02:01 DUE TO NODE FAILURE, SEE ... ***"
PREEMPTED = "slurmstepd: error: *** JOB 813 ON node3 CANCELLED AT 2026-11-22T19:02:01 DUE TO PREEMPTION ***"
OOM_STEP = """\
slurmstepd: error: Detected 1 oom_kill event in StepId=812.0. Some of the step tasks have been OOM Killed.
srun: error: node3: task 0: Out Of Memory
"""
TRACEBACK = """\
submitit ERROR (2026-11-22 19:23:37,710) - Submitted job triggered an exception
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/submitit/core/submission.py", line 55, in process_job
    result = delayed.result()
             ^^^^^^^^^^^^^^^^
  File "/home/me/xdomain/models/cnn3d.py", line 12, in forward
    return self.stem(clips)
  File "/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1511, in _call_impl
    return forward_call(*args, **kwargs)
RuntimeError: shape '[4, 5]' is invalid for input of size 21
srun: error: node3: task 0: Exited with exit code 1
"""


# As Slurm 22.05 wrote it where one rank of two was killed, without the survivor's traceback.
KILLED_RANK = """\
srun: error: node1: task 1: Killed
srun: launch/slurm: _step_signal: Terminating StepId=23001.0
slurmstepd-node1: error: *** STEP 23001.0 ON node1 CANCELLED AT 2026-11-25T21:30:08 ***
srun: error: node1: task 0: Exited with exit code 1
"""
REQUEUED = "slurmstepd-node1: error: *** JOB 33001 ON node1 CANCELLED AT 2026-11-25T21:18:11 DUE TO JOB REQUEUE ***\n"


def ended(outcome: str, reason: str, of: Attempt = KILLED, then: str | None = None) -> Attempt:
    return Attempt(**vars(of) | {"outcome": outcome, "reason": reason, "seconds": 9.0, "then": then})


def kind(last: Attempt | None, log: str = "", word: str | None = None) -> str:
    failure = classify(last, log, word)
    assert failure.kind in CLASSES
    assert failure.sentence
    assert "\n" not in failure.sentence
    return failure.kind


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (OVER_THE_LIMIT, "timeout"),
        (CANCELLED, "stopped"),
        (NODE_GONE, "node"),
        (PREEMPTED, "node"),
        (OOM_STEP, "oom"),
        (OVER_THE_LIMIT + OOM_STEP, "oom"),
        ("epoch 1/100  train loss 1.2\n", "killed"),
        ("", "killed"),
    ],
)
def test_a_killed_attempt_is_what_slurm_wrote_into_its_log(log, expected):
    assert kind(KILLED, log) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("OUT_OF_MEMORY", "oom"),
        ("TIMEOUT", "timeout"),
        ("DEADLINE", "timeout"),
        ("NODE_FAIL", "node"),
        ("BOOT_FAIL", "node"),
        ("PREEMPTED", "node"),
        ("CANCELLED", "stopped"),
        ("FAILED", "killed"),
        (None, "killed"),
    ],
)
def test_without_a_line_in_the_log_the_schedulers_word_counts(word, expected):
    assert kind(KILLED, "epoch 1/100\n", word) == expected


def test_the_log_knows_more_than_the_schedulers_word():
    """A job whose node failed may have been requeued and cancelled since."""
    assert kind(KILLED, OVER_THE_LIMIT, "CANCELLED") == "timeout"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of ...", "oom"),
        ("MemoryError: Unable to allocate 4.00 GiB for an array", "oom"),
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", "oom"),
        ("RuntimeError: DataLoader worker (pid 31) is killed by signal: Killed. ", "oom"),
        ("RuntimeError: CUDA error: uncorrectable ECC error encountered", "node"),
        ("OSError: [Errno 116] Stale file handle", "node"),
        ("UserError: No space left for runs/x/result.json (Disk quota exceeded).", "disk"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("RuntimeError: [enforce fail at inline_container.cc:672] ([Errno 28] No space left on device)", "disk"),
        ("OSError: [Errno 30] Read-only file system: 'runs/ts/x'", "access"),
        ("PermissionError: [Errno 13] Permission denied: 'runs/ts/x'", "access"),
        ("UserError: data/ts/2dot-n96-seed1.npy is damaged: make it again.", "data"),
        ("RuntimeError: shape '[4, 5]' is invalid for input of size 21", "bug"),
        ("AssertionError: ", "bug"),
        ("SIGTERMException: ", "stopped"),
        ("KeyboardInterrupt: ", "stopped"),
    ],
)
def test_an_error_of_the_program_decides_by_itself(reason, expected):
    failure = classify(ended("failed", reason), "", None)
    assert failure.kind == expected
    assert failure.sentence == reason.strip().removesuffix(":").removeprefix("UserError: ")


def test_a_killed_rank_is_not_what_the_others_died_of():
    connection = "RuntimeError: [gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:1234"
    assert kind(ended("failed", connection), KILLED_RANK) == "killed"
    assert kind(ended("failed", connection), OOM_STEP + KILLED_RANK) == "oom"
    assert kind(KILLED, KILLED_RANK) == "killed"  # the first rank, which keeps the records
    assert kind(ended("failed", "SIGTERMException: "), KILLED_RANK) == "killed"
    assert "Connection closed by peer" in classify(ended("failed", connection), KILLED_RANK).sentence


FAILED_RANK = KILLED_RANK.replace("task 1: Killed", "task 1: Exited with exit code 1")


@pytest.mark.parametrize(
    "last", [KILLED, ended("failed", "RuntimeError: [gloo/pair.cc:534] Connection closed by peer")]
)
def test_what_another_rank_died_of_is_in_its_own_log(last):
    """srun then ends the step, as if it had been cancelled, and the first rank has at most lost a connection."""
    lost = "Traceback (most recent call last):\n  File x\nRuntimeError: Connection closed by peer\n"
    memory = "Traceback (most recent call last):\n  File x\ntorch.OutOfMemoryError: CUDA out of memory.\n"
    failure = classify(last, FAILED_RANK, None, [lost, memory])
    assert failure.kind == "oom"
    assert failure.sentence == "rank 2 of node7 ended with: torch.OutOfMemoryError: CUDA out of memory."
    assert classify(last, FAILED_RANK, None, [lost]) == classify(last, FAILED_RANK)
    assert classify(last, OVER_THE_LIMIT, None, [lost, memory]).kind == "timeout"
    assert classify(ended("failed", "KeyError: 'x'"), FAILED_RANK, None, [memory]).kind == "bug"


def test_a_task_that_had_to_be_killed_when_its_job_was_ended():
    assert kind(KILLED, CANCELLED + "srun: error: node2: task 0: Killed\n") == "stopped"
    assert kind(KILLED, OVER_THE_LIMIT + "srun: error: node1: task 0: Killed\n") == "timeout"


def test_a_job_that_was_requeued_was_not_cancelled():
    assert kind(KILLED, REQUEUED) == "killed"


def test_a_bug_names_its_error_and_the_innermost_line_that_is_no_librarys():
    failure = classify(ended("failed", "RuntimeError: shape '[4, 5]' is invalid for input of size 21"), TRACEBACK)
    assert failure == Failure("bug", "RuntimeError: shape '[4, 5]' is invalid for input of size 21 (cnn3d.py:12)")


def test_a_bug_in_a_library_alone_names_that():
    inner = TRACEBACK.replace("/home/me/", "/venv/lib/python3.11/")
    assert classify(ended("failed", "RuntimeError: x"), inner).sentence == "RuntimeError: x (module.py:1511)"


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (ended("interrupted", "Interrupted: the time limit after epoch 13"), "timeout"),
        (ended("interrupted", "Interrupted: SIGUSR2 after epoch 13"), "timeout"),
        (ended("interrupted", "Interrupted: SIGUSR2 after epoch 13", of=AT_HOME), "stopped"),
        (ended("interrupted", "Interrupted: SIGTERM after epoch 13"), "stopped"),
        (ended("interrupted", "KeyboardInterrupt: ", of=AT_HOME), "stopped"),
    ],
)
def test_who_asked_an_attempt_to_stop(last, expected):
    assert kind(last) == expected


@pytest.mark.parametrize(
    ("log", "expected"), [(OVER_THE_LIMIT, "timeout"), (PREEMPTED, "node"), (CANCELLED, "stopped")]
)
def test_slurm_knows_why_it_sent_the_signal(log, expected):
    assert kind(ended("interrupted", "Interrupted: SIGTERM after epoch 2"), log) == expected
    assert kind(ended("failed", "SIGTERMException: "), log) == expected


def test_a_run_that_was_given_up_says_how_often_it_was_started():
    last = ended("interrupted", "Interrupted: the time limit after epoch 13", then="gave up")
    failure = classify(last, "")
    assert failure.kind == "timeout"
    assert failure.sentence.startswith("started 3 times, as often as its profile allows")
    assert failure.sentence.endswith("the time limit after epoch 13")


def test_a_packed_run_that_was_killed_beside_its_siblings():
    failure = classify(KILLED, "ts/2dot/3dcnn/h2/seed42 ended with -9\n")
    assert failure.kind == "killed"
    assert "signal 9" in failure.sentence


def test_a_killed_attempt_names_its_number_and_host():
    assert "attempt 3 on node7" in classify(KILLED, "").sentence


@pytest.mark.parametrize(
    ("log", "expected", "words"),
    [
        ("slurm_script: line 18: module: command not found\n", "start", "module: command not found"),
        ("FATAL:   could not open image /x.sif: no such file\n", "start", "could not open image /x.sif"),
        ("Error: 2dot-n96.npy is damaged.\nsubmitit INFO - Exiting\n", "data", "2dot-n96.npy is damaged."),
        (TRACEBACK, "start", "RuntimeError: shape"),
        (OOM_STEP, "oom", "memory"),
        ("", "start", "left the queue without starting"),
    ],
)
def test_a_job_that_ended_before_its_run_began(log, expected, words):
    failure = classify(None, log)
    assert failure.kind == expected
    assert words in failure.sentence


def test_the_failed_data_job_and_not_the_cancelling_that_follows_is_the_reason():
    assert kind(None, "Error: the digits cannot be had.\n", "CANCELLED") == "data"
    assert kind(None, "", "CANCELLED") == "stopped"


def test_diverged_is_a_class_too():
    assert kind(ended("diverged", "")) == "diverged"
