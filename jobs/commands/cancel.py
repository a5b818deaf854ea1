"""`python -m jobs.cancel`: stop runs, in the queue and at work, by patterns of their ids."""

import os
import signal
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

import click

from jobs.backends.slurm_command import run_slurm
from jobs.monitor import slurm_queue
from jobs.monitor.find import matching
from jobs.monitor.other_jobs import named_tasks
from jobs.monitor.slurm_queue import QueuedJob
from jobs.monitor.survey import Survey, survey
from jobs.records.task import DATA
from jobs.state.state import IN_FLIGHT, RUNNING
from xdomain.core.claims.claim import read_claim
from xdomain.core.claims.holder import process_start
from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec


@dataclass
class Plan:
    """What is to be cancelled, and what is not and why."""

    jobs: dict[str, list[str]] = field(default_factory=dict)  # job id -> the runs it carries
    data: list[str] = field(default_factory=list)  # ids of jobs that make data for none but these runs
    steps: dict[str, str] = field(default_factory=dict)  # task id -> the name of its job, which carries no runs
    processes: dict[str, dict[str, Any]] = field(default_factory=dict)  # run id -> its claim, of this machine
    left: list[str] = field(default_factory=list)  # sentences


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option("--study", help="Only runs of this study, such as ts or ts-demo; alone: all of them.")
@click.option("--yes", is_flag=True, help="Do not ask; and cancel packed jobs with the other runs that they carry.")
@click.option("--now", is_flag=True, help="Kill runs on this machine at once, which loses the epoch that they are in.")
def main(patterns: tuple[str, ...], study: str | None, yes: bool, now: bool) -> None:
    """Cancel queued and running runs, by patterns of their ids.

    A PATTERN is such as 'ts/2dot/convlstm/*'. Ids have the form study/source/model/size/seed; quote the pattern. A run
    at work on this machine stops after its epoch, with a checkpoint; a job is cancelled by Slurm, which gives it
    seconds (KillWait) to do the same. The same launch, or `python -m jobs.retry`, goes on from there.

    Jobs that carry no runs are named study/step, such as ts/tables or 'segment/*'. One that makes data goes with the
    last run that waits for it, or by its whole name, ts/data.

    Ends with 0 if something was cancelled, with 1 if nothing was to be, and with 2 for an error.
    """
    if not patterns and not study:
        raise UserError("Say what to cancel: a pattern such as 'ts/2dot/convlstm/*', or --study; everything is '*'.")
    overview = survey(study, fresh=True)
    for problem in overview.problems:
        click.echo(problem, err=True)
    plan = make_plan(overview, set(matching(patterns, (one.run.spec.id for one in overview.runs))), yes)
    if overview.queue and overview.queue.error:
        click.echo(f"{overview.queue.error} Until it does, only runs on this machine can be cancelled.", err=True)
    known = [*(one.run.spec.id for one in overview.runs), *(job.name for job in overview.others)]
    for pattern in patterns:
        if not matching([pattern], known):
            click.echo(f"No launched run or job fits {pattern!r}.{did_you_mean(pattern, known)}", err=True)
    for sentence in plan.left:
        click.echo(sentence, err=True)
    plan.data = _needless_data(overview, plan)
    plan.steps = {task: name for task, name in _steps(overview, patterns).items() if task not in plan.data}
    if not plan.jobs and not plan.processes and not plan.steps:
        click.echo("Nothing that fits is queued or running.", err=True)
        sys.exit(1)
    for job, runs in plan.jobs.items():
        click.echo(f"job {job}: {', '.join(runs)}")
    for job in plan.data:
        click.echo(f"job {job}: data that no other run waits for")
    for task, step in plan.steps.items():
        click.echo(f"job {task}: {step}")
    for run, claim in plan.processes.items():
        click.echo(f"process {claim['pid']}: {run}")
    if not yes and not click.confirm(f"Cancel {_count(plan)}?"):
        sys.exit(1)
    _carry_out(plan, now)
    click.echo(f"Cancelled {_count(plan)}.")


def make_plan(overview: Survey, chosen: set[str], yes: bool) -> Plan:
    """Plan what of the runs `chosen` to cancel; `yes` takes along the siblings of packed ones."""
    plan = Plan()
    states = {one.run.spec.id: one.state.state for one in overview.runs}
    jobs: dict[str, list[QueuedJob]] = {}
    answered = overview.queue is not None and not overview.queue.error
    for job in overview.queue.jobs if overview.queue and answered else ():
        for run in job.runs:
            jobs.setdefault(run, []).append(job)
    for one in overview.runs:
        spec = one.run.spec
        if spec.id not in chosen or one.state.state not in IN_FLIGHT:
            continue
        for job in jobs.get(spec.id, ()):
            others = [run for run in job.runs if run not in chosen and states.get(run) in IN_FLIGHT]
            if others and not yes:
                plan.left.append(
                    f"{spec.id} shares job {job.id} with {', '.join(others)}: --yes cancels all of it, "
                    "or name these runs too."
                )
            else:
                plan.jobs[job.id] = [run for run in job.runs if states.get(run) in IN_FLIGHT]
        if spec.id not in jobs and one.state.state == RUNNING:
            _add_process(plan, spec, answered)
    return plan


def _needless_data(overview: Survey, plan: Plan) -> list[str]:
    """List the jobs that make data for launches of which no run is left in the queue."""
    jobs = overview.queue.jobs if overview.queue else ()
    cancelled = {(job.study, job.launch) for job in jobs if job.id in plan.jobs}
    left = {(job.study, job.launch) for job in jobs if job.runs and job.id not in plan.jobs}
    return [job.id for job in jobs if job.step == "data" and (job.study, job.launch) in cancelled - left]


def _steps(overview: Survey, patterns: tuple[str, ...]) -> dict[str, str]:
    """Find the tasks in the queue of jobs that carry no runs and fit, by id, with their jobs' names."""
    names = [job.name for job in overview.others if job.is_in_flight]
    fitting = {*matching(patterns, (name for name in names if not name.endswith(f"/{DATA}"))), *patterns}
    queued = {job.id for job in overview.queue.jobs} if overview.queue and not overview.queue.error else set()
    tasks = {task.id: name for name in names if name in fitting for task in named_tasks(name)}
    return {task: name for task, name in tasks.items() if task in queued}


def _add_process(plan: Plan, spec: RunSpec, answered: bool) -> None:
    claim = read_claim(RunFolder.of(spec).claim_file)
    if claim is None:  # ended since
        return
    here = claim["host"] == socket.gethostname() and process_start(claim["pid"]) == claim["process_start"]
    # With a job that is not among ours in the queue, it was started by hand in an interactive one.
    if here and (claim["job"] is None or answered):
        plan.processes[spec.id] = claim
    else:
        job = f" in job {claim['job']}" if claim["job"] else ""
        plan.left.append(f"{spec.id} runs on {claim['host']} (process {claim['pid']}{job}): cancel it from there.")


def _carry_out(plan: Plan, now: bool) -> None:
    # The process of a local run first saves: it takes this signal as a scheduler's warning, looked at between epochs.
    number = signal.SIGKILL if now else signal.SIGUSR2
    for claim in plan.processes.values():
        try:
            if process_start(claim["pid"]) == claim["process_start"]:  # not another one by now
                os.kill(claim["pid"], number)
        except ProcessLookupError:  # it ended between the two calls
            continue
    jobs = [*plan.jobs, *plan.data, *plan.steps]
    if not jobs:
        return
    done = run_slurm(["scancel", *jobs])
    slurm_queue.expire(cancelled=jobs)
    if done.returncode:
        raise UserError(f"Slurm refused to cancel: {done.stderr.strip()}")


def _count(plan: Plan) -> str:
    # A run may be in two jobs: in the one it is about to leave and in that which takes over.
    runs = len({*plan.processes, *(run for runs in plan.jobs.values() for run in runs)})
    steps = len(set(plan.steps.values()))
    counts = [(runs, "run")] if runs or not steps else []
    counts += [(steps, "job")] if steps else []
    return " and ".join(f"{count} {noun}{'s' if count != 1 else ''}" for count, noun in counts)
