"""The state of a run, read off hand-made run folders: only a result means finished."""

import pytest
from support.made_launches import leave_result
from support.tiny_runs import tiny

from jobs.state.state import state_of
from xdomain.core.claims.claim import claimed
from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder

SPEC = tiny()


@pytest.fixture
def folder(tiny_roots) -> RunFolder:
    made = RunFolder.of(SPEC)
    made.path.mkdir(parents=True)
    return made


def described() -> tuple[str, str]:
    state = state_of(SPEC)
    return state.state, state.reason


def start(folder, attempt=1):
    folder.record_attempt(event="start", attempt=attempt, host="node7", pid=1, job=None)


def end(folder, outcome, reason="", attempt=1):
    folder.record_attempt(event="end", attempt=attempt, outcome=outcome, reason=reason, seconds=1.0)


def test_nothing_there_is_new(folder):
    assert described() == ("new", "")


def test_a_spec_alone_is_new(folder):
    folder.write_spec(SPEC)
    assert described() == ("new", "")


def test_a_live_claim_is_running(folder):
    with claimed(folder.claim_file):
        state, reason = described()
    assert state == "running"
    assert reason.startswith("on ")


def test_an_attempt_without_an_end_was_killed(folder):
    start(folder)
    assert described() == ("interrupted", "attempt 1 on node7 was killed")


def test_a_failed_attempt_gives_its_reason(folder):
    start(folder)
    end(folder, "failed", "RuntimeError: out of luck")
    assert described() == ("failed", "RuntimeError: out of luck")


def test_an_interrupted_attempt_gives_its_reason(folder):
    start(folder)
    end(folder, "interrupted", "Interrupted: SIGUSR2 after epoch 3")
    assert described() == ("interrupted", "Interrupted: SIGUSR2 after epoch 3")


def test_the_last_attempt_counts(folder):
    start(folder)
    end(folder, "failed", "RuntimeError: out of luck")
    start(folder, attempt=2)
    assert described() == ("interrupted", "attempt 2 on node7 was killed")


def test_the_queue_knows_more_than_a_failed_attempt(folder):
    start(folder)
    end(folder, "failed", "x")
    assert state_of(SPEC, {SPEC.id}).state == "queued"
    assert state_of(SPEC, {"ts/another"}).state == "failed"


@pytest.mark.parametrize("event", ["requeue", "gave up"])
def test_what_follows_an_attempt_does_not_hide_how_it_ended(folder, event):
    """A job that asked for another start, or may have no more of them: why it ended is still to be seen."""
    start(folder)
    end(folder, "interrupted", "Interrupted: the time limit after epoch 3")
    folder.record_attempt(event=event, attempt=1, job="17")
    state, reason = described()
    assert state in ("interrupted", "failed")
    assert "the time limit after epoch 3" in reason


@pytest.mark.parametrize(("status", "shown"), [("finished", ""), ("diverged", "the loss was not finite in epoch 3")])
def test_a_result_is_what_it_says_whatever_else_lies_there(folder, status, shown):
    leave_result(SPEC, status=status, diverged_in_epoch=3)
    start(folder)
    assert described() == (status, shown)


@pytest.mark.parametrize("outcome", ["finished", "diverged"])
def test_a_run_whose_result_was_removed_is_to_do_again(folder, outcome):
    """Removing the file is what an error message advises; the attempts' word for it is not enough."""
    start(folder)
    end(folder, outcome)
    assert described()[0] not in ("finished", "diverged")


def test_a_truncated_result_is_named(folder):
    folder.result_file.write_text('{"format"')
    with pytest.raises(UserError, match=r"result\.json"):
        described()
