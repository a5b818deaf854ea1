"""Survey every launched run: its state and, where it has no result, why. Status, cancel and retry all look at it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from jobs.cluster.batch import REQUEUE_MARK
from jobs.monitor import slurm_queue
from jobs.monitor.finished import FinishedRuns
from jobs.monitor.launches import Launched, launched_runs
from jobs.monitor.other_jobs import OtherJob, has_good_end, last_jobs, standing
from jobs.monitor.slurm_queue import Queue
from jobs.monitor.usage import Usage, known_usage
from jobs.state.failures import Failure, classify
from jobs.state.state import DIVERGED, DONE, FAILED, INTERRUPTED, NEW, NONFINITE, RunState, state_of
from xdomain.core.errors import UserError, explain
from xdomain.runs.attempt_record import GAVE_UP, Attempt, attempts_of
from xdomain.runs.run_folder import RunFolder

TAIL = 20_000  # bytes of a log that are looked at


@dataclass(frozen=True)
class Surveyed:
    """A launched run, how it stands, and why it has no result if it ended without one."""

    run: Launched
    state: RunState
    failure: Failure | None = None
    usage: Usage | None = None  # what a finished run has cost


@dataclass(frozen=True)
class Survey:
    """All launched runs, what Slurm said of its queue (None where there is no Slurm), and jobs that carry no runs."""

    runs: list[Surveyed]
    queue: Queue | None
    others: list[OtherJob] = field(default_factory=list)
    problems: tuple[str, ...] = ()  # sentences on launches that cannot be read


def survey(study: str | None = None, fresh: bool = False) -> Survey:
    """Look at every launched run; `fresh` asks Slurm now, for those who are about to act.

    Raises:
        UserError: nothing was launched.
    """
    problems: list[str] = []
    others = last_jobs(study)
    try:
        runs = launched_runs(study, problems)
    except UserError:
        if not others:
            raise
        runs = {}
    queue = slurm_queue.ask() if fresh else slurm_queue.recent()
    queued = queue.runs() if queue else set()
    finished = FinishedRuns()
    seen = [_finished(run, finished, problems) or look_at(run, queue, queued) for run in runs.values()]
    finished.save()
    return Survey(seen, queue, [standing(tasks, queue) for tasks in others], tuple(problems))


def _finished(run: Launched, finished: FinishedRuns, problems: list[str]) -> Surveyed | None:
    """Tell how a finished run stands, remembered where it can be; None if it is not finished, or cannot be read.

    A sentence about a damaged record of its attempts, whose cost nobody knows, is added to `problems`.
    """
    known = finished.find(run.spec)
    if known is None:
        folder = RunFolder.of(run.spec)
        try:
            if not folder.is_finished():
                return None
            state = state_of(run.spec)
        except (UserError, OSError):
            return None
        known = state, known_usage(folder, problems)
        try:
            attempts = attempts_of(folder)
        except (UserError, OSError):  # not remembered, so that it is said again
            attempts = []
        if attempts and attempts[-1].outcome is not None:  # else its last line is still to come
            finished.add(*known)
    state, usage = known
    failed = state.state in (DIVERGED, NONFINITE)
    return Surveyed(run, state, Failure(state.state, state.reason) if failed else None, usage)


def look_at(run: Launched, queue: Queue | None, queued: set[str]) -> Surveyed:
    """Tell how one run stands; `queued` are the runs that the queue will start. An unreadable one hides no other."""
    try:
        return _look_at(run, queue, queued)
    except OSError as error:
        return Surveyed(run, RunState(run.spec, FAILED, explain(error)), Failure("data", explain(error)))


def _look_at(run: Launched, queue: Queue | None, queued: set[str]) -> Surveyed:
    try:
        state = state_of(run.spec, queued)
    except UserError as error:  # one damaged result must not hide the other runs
        return Surveyed(run, RunState(run.spec, FAILED, str(error)), Failure("data", str(error)))
    if state.state in (DIVERGED, NONFINITE):
        return Surveyed(run, state, Failure(state.state, state.reason))
    if state.state not in (FAILED, INTERRUPTED, NEW):
        return Surveyed(run, state)
    attempts = attempts_of(RunFolder.of(run.spec))
    last = attempts[-1] if attempts else None
    if queue and (job := _unstarted_job(run, last, queue, queued)):
        failure = classify(None, _before_start(run, job), queue.ended.get(job))
        return Surveyed(run, RunState(run.spec, FAILED, failure.sentence), failure)
    if last is None:
        return Surveyed(run, state)
    # Slurm's words about a packed run are in its job's log, not in its own.
    logs = [last.log.with_name(f"{last.job}_0_log.out"), last.log] if last.log else []
    word = queue.ended.get(last.job) if queue and last.job else None
    others = (_end_of(log, run.spec.id) for log in _logs_of_other_ranks(run, last.log))
    failure = classify(last, _ends_of(logs, run.spec.id), word, others)
    if last.outcome in DONE:  # only its result file is gone
        failure = Failure("data", state.reason)
    elif queue and word != "CANCELLED" and _waits_in_vain(last):
        failure = Failure("stranded", f"{state.reason}; it asked for another start, and Slurm has no job for it")
    return Surveyed(run, state, failure)


def _waits_in_vain(last: Attempt) -> bool:
    # The batch script removes the mark once the run has its other start.
    mark = last.log and last.log.with_name(f"{REQUEUE_MARK}{last.job}")
    return last.outcome == INTERRUPTED and last.then != GAVE_UP and mark is not None and mark.exists()


def _unstarted_job(run: Launched, last: Attempt | None, queue: Queue, queued: set[str]) -> str | None:
    """Find the job of the last launch, if it is gone from the queue without having begun the run; else None."""
    submitted = run.launch.on_slurm.since
    if submitted is None or queue.seen < submitted or run.spec.id in queued:
        return None
    if last and last.latest > submitted:
        return None
    return run.jobs[-1] if run.jobs else None


def _before_start(run: Launched, job: str) -> str:
    """Read what the job wrote; if it never started, what the one that makes its data wrote, should that have failed."""
    log = run.launch.log_of(job)
    if log.exists():
        return _end_of(log, run.spec.id)
    data = [task.log for task in run.launch.data_tasks if not has_good_end(task.log)]
    return "\n".join(_end_of(log, run.spec.id) for log in data)


def _logs_of_other_ranks(run: Launched, first: Path | None) -> list[Path]:
    if first is None:
        return []
    return [first.with_name(first.name.replace("_0_log", f"_{rank}_log")) for rank in range(1, run.spec.train.ranks)]


def _ends_of(logs: list[Path], run: str) -> str:
    return "\n".join(_end_of(log, run) for log in dict.fromkeys(logs))


def _end_of(log: Path, run: str) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            text = "\n" + file.read().decode(errors="replace")
    except OSError:
        return ""
    # Requeued attempts share a file: what came before the last start of this run is not about it.
    text = text.rpartition(f"\n{run} (run ")[2]
    of_others = rf"^(?!{re.escape(run)} )\S+ ended with -?\d+$"
    return re.sub(of_others, "", text, flags=re.MULTILINE)
