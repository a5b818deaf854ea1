"""`python -m jobs.status`: how every launched run stands. Files first; at most one question a minute to Slurm."""

import dataclasses
import json
import re
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.launching.estimates.progress import progress
from jobs.monitor.columns import Block, Table, drawn, show
from jobs.monitor.export import runs_as_csv
from jobs.monitor.page.page import write_page
from jobs.monitor.survey import Survey, Surveyed, survey
from jobs.monitor.usage import usage_by_model, usage_table
from jobs.state.state import DONE, IN_FLIGHT, NEW, QUEUED, STATES
from xdomain import models
from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.output import terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

REDRAW = 10.0  # seconds


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--study", help="Only this study, such as ts or ts-demo.  [default: all that were launched]")
@click.option("--watch", is_flag=True, help="Look again every ten seconds until no run is left to wait for.")
@click.option("--json", "as_json", is_flag=True, help="One machine-readable document.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, one line a run, for a spreadsheet.")
@click.option(
    "--page",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page for a browser; with --watch it stays up to date.",
)
def main(study: str | None, watch: bool, as_json: bool, as_csv: bool, page: Path | None) -> None:
    r"""Show how the launched runs stand, and why any failed.

    A row counts a study's and model's runs in each state; below is what they have cost.

    \b
    finished      there is a result
    diverged      finished: the loss became NaN
    nonfinite     finished, with scores that are NaN: tables leave those out
    running       a live process works on it
    queued        Slurm has it in its queue
    interrupted   killed or stopped half way
    failed        its last attempt ended with an error
    new           launched, not started

    Interrupted and failed runs go on with the command that launched them, or with `python -m jobs.retry`. Each comes
    with the class that this command knows it by, those that ended alike in one line (--json lists every run).
    `python -m jobs.logs RUN` shows a run's output. Below the runs are the jobs that carry none, such as the tables
    (`python -m jobs.logs ts/tables`).

    GPU-hours count every attempt, those that were killed too; useful are the epochs and evaluations that were kept.
    Slurm is asked at most once a minute, however often and by how many this command is given.
    """
    if as_csv and (watch or as_json or page):
        raise UserError("--csv is one table: leave --watch, --json and --page away.")
    if as_csv:
        overview = survey(study)
        for problem in overview.problems:
            click.echo(problem, err=True)
        click.echo(runs_as_csv(overview.runs))
        return
    console = None if as_json else terminal()
    with _live(console) if console and watch else nullcontext() as live:
        known = None
        while True:
            overview = survey(study)
            news = [
                [(one.run.spec.id, one.state, one.failure) for one in overview.runs],
                overview.problems,
                _queue_lines(overview),
                overview.others,
            ]
            is_over = not watch or _is_over(overview)
            if page:
                write_page(page, _blocks(overview), is_over)
            if as_json and news != known:
                click.echo(json.dumps(_document(overview), indent=2))
            elif console and live:
                live.update(drawn([*_blocks(overview), *_footer(is_over)], console.width), refresh=True)
            elif news != known:  # a file is only told of changes, and hours change all the time
                show(_blocks(overview))
            known = news
            if is_over:
                return
            try:
                time.sleep(REDRAW)
            except KeyboardInterrupt:
                return


def _live(console: "Console") -> "Live":
    """Return a part of the terminal that is drawn anew in its place; what does not fit scrolls away above it."""
    from rich.live import Live

    return Live(console=console, auto_refresh=False, vertical_overflow="visible")


def _footer(is_over: bool) -> list[str]:
    clock = time.strftime("%H:%M:%S")
    return [] if is_over else ["", f"{clock}, again in {REDRAW:.0f} s; Ctrl-C ends this view, and no run."]


def _is_over(overview: Survey) -> bool:
    """Tell whether there is nothing left to wait for, as far as the last answer of Slurm's goes."""
    if any(one.state.state in (*IN_FLIGHT, NEW) for one in overview.runs) or any(
        job.is_in_flight for job in overview.others
    ):
        return False
    # A job that was preempted, or whose node died, is started again: it is no longer in the queue where it is not.
    unfinished = {one.run.spec.id for one in overview.runs if one.state.state not in DONE}
    return not any(unfinished.intersection(job.runs) for job in overview.queue.jobs) if overview.queue else True


def _blocks(overview: Survey) -> list[Block]:
    blocks: list[Block] = [table(overview.runs)] if overview.runs else []
    blocks += failures([one for one in overview.runs if one.failure])
    blocks += [*overview.problems, *_queue_lines(overview)]
    if overview.others:
        rows = [[job.study, job.step, job.id, job.state, job.reason] for job in overview.others]
        blocks += ["", Table(["study", "step", "job", "state", ""], rows, texts=5)]
    usage = usage_by_model((one.run.spec, one.usage) for one in overview.runs)
    if any(row.attempts for row in usage.values()):
        blocks += ["", usage_table(usage)]
    estimate = progress(overview.runs).sentence()
    return [*blocks, *["", estimate] * bool(estimate)]


def failures(failed: list[Surveyed]) -> list[str]:
    """Write a line for each way of failing: two hundred runs without data are one line, with one of their names."""
    groups: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for one, failure in ((one, one.failure) for one in failed if one.failure):
        # What differs between runs that fail alike: their numbers and hosts, and their own names.
        alike = re.sub(r"\bon \S+|\d+", "#", failure.sentence.replace(one.run.spec.id, "#"))
        groups.setdefault((one.state.state, failure.kind, alike), []).append((one.run.spec.id, failure.sentence))
    lines = []
    for (state, kind, _), group in groups.items():
        others = f" and {len(group) - 1} more like it" if len(group) > 1 else ""
        run, sentence = group[0]
        lines.append(f"{state:<12}{kind:<10}{run}{others}: {sentence}")
    return lines


def _queue_lines(overview: Survey) -> list[str]:
    queue = overview.queue
    if queue is None:
        return []
    lines = []
    waiting = {one.run.spec.id for one in overview.runs if one.state.state == QUEUED}
    # Slurm's own words for what a job waits for: Priority, Dependency, QOSMaxGRESPerUser, ...
    reasons = Counter(
        job.reason
        for job in queue.jobs
        if job.state == "PENDING" and job.reason != "None"
        for run in job.runs
        if run in waiting
    )
    if reasons:
        lines.append("waiting for: " + ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common()))
    starts = [job.started for job in queue.jobs if job.state == "PENDING" and job.started and waiting & {*job.runs}]
    if starts and min(starts) > time.time():
        clock = time.strftime("%d %b %H:%M", time.localtime(min(starts)))
        lines.append(f"Slurm expects the first of {len(starts)} such jobs to start at {clock}.")
    if queue.error and queue.answered:
        clock = time.strftime("%H:%M:%S", time.localtime(queue.answered))
        lines.append(f"{queue.error} What is said of queued runs is from {clock}.")
    elif queue.error:
        lines.append(f"{queue.error} Until it does, queued runs are shown as if they were not.")
    return lines


def table(runs: list[Surveyed]) -> Table:
    """Make a table with a row per study, source and model and a column per state that occurs."""
    columns = [name for name in STATES if any(one.state.state == name for one in runs)]
    rows: dict[tuple[str, str, str], Counter[str]] = {}
    for one in runs:
        spec = one.run.spec
        key = (spec.study_key, spec.place, models.display_name(spec.model.key))
        rows.setdefault(key, Counter())[one.state.state] += 1
    head = ["study", "source", "model", *columns, "runs"]
    body = [[*key, *(str(counts[name] or "") for name in columns), str(counts.total())] for key, counts in rows.items()]
    total = Counter(one.state.state for one in runs)
    body.append(["all", "", "", *(str(total[name]) for name in columns), str(total.total())])
    return Table(head, body, texts=3, has_sum=True)


def _document(overview: Survey) -> dict[str, Any]:
    runs = [
        {
            "id": one.run.spec.id,
            "state": one.state.state,
            "class": one.failure.kind if one.failure else None,
            "reason": one.failure.sentence if one.failure else one.state.reason,
        }
        for one in overview.runs
    ]
    usage = [
        {"study": study, "model": model, **dataclasses.asdict(row)}
        for (study, model), row in usage_by_model((one.run.spec, one.usage) for one in overview.runs).items()
    ]
    queue = overview.queue and {name: getattr(overview.queue, name) for name in ("asked", "answered", "error")}
    jobs = [dataclasses.asdict(job) for job in overview.others]
    estimate = dataclasses.asdict(progress(overview.runs))
    others = {"jobs": jobs, "estimate": estimate, "problems": overview.problems}
    return {"runs": runs, "usage": usage, "queue": queue, **others}
