"""`python -m jobs.logs RUN`: the output of a run's last attempt, or of the job that died before one began."""

import time
from dataclasses import dataclass
from pathlib import Path

import click

from jobs.monitor import slurm_queue
from jobs.monitor.find import named
from jobs.monitor.launches import Launched, launched_runs
from jobs.monitor.other_jobs import named_tasks, standing
from jobs.monitor.survey import Surveyed, look_at
from jobs.records.task import SubmittedTask
from jobs.state.state import FAILED, FINISHED, IN_FLIGHT, QUEUED
from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.names import counted
from xdomain.runs.attempt_record import attempts_of
from xdomain.runs.run_folder import RunFolder

POLL = 0.5  # seconds between two looks at a log that is followed
LOOK = 5.0  # seconds between two looks at the run's state meanwhile


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run")
@click.option("-f", "--follow", is_flag=True, help="Go on as the log grows, through requeues, until the run ends.")
@click.option("--attempt", type=click.IntRange(1), help="Which attempt's log.  [default: the last]")
def main(run: str, follow: bool, attempt: int | None) -> None:
    """Print the log of RUN, such as ts/2dot/convlstm/h16/seed42.

    A job that carries no runs is named as `python -m jobs.status` shows it, such as ts/tables, ts/data or
    segment/infer; any job or array task by its id, such as 1234 or 1234_5.

    A requeued job goes on writing to the same file: attempts that share one are printed together.
    """
    if follow and attempt:
        raise UserError("--follow goes with the last attempt: leave --attempt away.")
    if tasks := named_tasks(run.rstrip("/")):
        if attempt:
            raise UserError(f"{run} is a job, which has no attempts of its own: leave --attempt away.")
        _print_tasks(tasks, follow)
        return
    problems: list[str] = []
    runs = launched_runs(problems=problems)
    if not runs:
        raise UserError(problems[0])
    for problem in problems:
        click.echo(problem, err=True)
    launched = runs[named(run, runs)]
    log = _attempt_log(launched, attempt) if attempt else current_log(launched)
    if follow:
        _follow(launched)
        return
    if log is None or not log.exists():
        raise UserError(_why_none(launched, log))
    _Place(log).print_news()


def _print_tasks(tasks: list[SubmittedTask], follow: bool) -> None:
    begun = [task for task in tasks if task.log.exists()]
    if follow and len(tasks) > 1:
        raise UserError(f"Job {tasks[0].job} has {len(tasks)} tasks: name one to follow, such as {tasks[0].id}.")
    if follow:
        _follow_task(tasks[0])
    elif not begun:
        raise UserError(f"Job {tasks[0].job} has no log yet: {tasks[0].log}. How it stands: python -m jobs.status")
    for task in () if follow else begun:
        if len(tasks) > 1:
            click.echo(f"==> {task.log}", err=True)
        _Place(task.log).print_news()


def _follow_task(task: SubmittedTask) -> None:
    place, looked, is_over = _Place(task.log), 0.0, False
    try:
        while True:
            place.print_news()
            if is_over:
                break
            if time.monotonic() - looked > LOOK:
                job, looked = standing([task], slurm_queue.recent()), time.monotonic()
                is_over = job.state in (FINISHED, FAILED)  # once more round, for the last lines
            time.sleep(POLL)
    except KeyboardInterrupt:
        return
    click.echo(f"{task.study}/{task.step} is {job.state}{f': {job.reason}' * bool(job.reason)}", err=True)


def current_log(run: Launched) -> Path | None:
    """Find the log of the last attempt, or of a newer job of the last launch, written before its attempt began."""
    attempts = attempts_of(RunFolder.of(run.spec))
    last = attempts[-1] if attempts else None
    for job in reversed(run.jobs):
        if last and last.job == job:
            break
        log = run.launch.log_of(job)
        if log.exists() and (last is None or last.latest < log.stat().st_mtime):
            return log
    if last is None:
        data = [task.log for task in run.launch.data_tasks]
        return next((log for log in data if log.exists()), None)
    return last.log


def _attempt_log(run: Launched, number: int) -> Path | None:
    attempts = attempts_of(RunFolder.of(run.spec))
    attempt = next((one for one in attempts if one.number == number), None)
    if attempt is None:
        raise UserError(f"{run.spec.id} has had {counted(len(attempts), 'attempt')}; there is no number {number}.")
    sharing = [str(one.number) for one in attempts if one.log and one.log == attempt.log]
    if len(sharing) > 1:
        click.echo(f"Attempts {', '.join(sharing)} wrote to this file, one after the other.", err=True)
    return attempt.log


def _why_none(run: Launched, log: Path | None) -> str:
    if log:
        return f"The log of {run.spec.id} is gone: {log}"
    if _look(run).state.state == QUEUED:
        return f"{run.spec.id} waits in the queue and has no log yet. To wait for it: -f"
    if attempts_of(RunFolder.of(run.spec)):
        return f"{run.spec.id} was launched with --cluster debug, which writes to the screen and has no log."
    return f"{run.spec.id} has not been started: there is no log. How it stands: python -m jobs.status"


def _look(run: Launched) -> Surveyed:
    queue = slurm_queue.recent()
    return look_at(run, queue, queue.runs() if queue else set())


@dataclass
class _Place:
    log: Path | None = None
    position: int = 0

    def print_news(self) -> None:
        """Print what the log has got since the last time."""
        if self.log is None or not self.log.exists():
            return
        with self.log.open("rb") as file:
            file.seek(self.position)
            while block := file.read(1 << 20):
                click.echo(block, nl=False)
                self.position += len(block)


def _follow(run: Launched) -> None:
    place, looked, ended = _Place(), 0.0, False
    try:
        while True:
            log = current_log(run)
            if log and log != place.log:
                place.print_news()
                click.echo(f"==> {log}", err=True)
                place = _Place(log)
            place.print_news()
            if ended:
                break
            if time.monotonic() - looked > LOOK:
                seen, looked = _look(run), time.monotonic()
                ended = seen.state.state not in IN_FLIGHT  # once more round, for the last lines
            time.sleep(POLL)
    except KeyboardInterrupt:
        return
    why = f": {seen.failure.kind}, {seen.failure.sentence}" if seen.failure else ""
    click.echo(f"{run.spec.id} is {seen.state.state}{why}", err=True)
