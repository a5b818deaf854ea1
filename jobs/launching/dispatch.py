"""From a grid of specs to jobs: carries a plan out, here or on Slurm, or describes it. Knows no particular study."""

import dataclasses
import json
import math
import shlex
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from jobs.backends import local, slurm
from jobs.cluster.batch import image_digest, python_command
from jobs.launching.chain import dependency
from jobs.launching.estimates.approximate import approximate_time
from jobs.launching.estimates.bill import bill
from jobs.launching.estimates.durations import expected_seconds, long_first
from jobs.launching.estimates.pilots import pilots_for
from jobs.launching.estimates.waiting import waiting_sentence
from jobs.launching.options import Options
from jobs.launching.plan import Plan, make_plan
from jobs.monitor.columns import show
from jobs.monitor.notice import require_webhook, send_notice, submit_notice
from jobs.records.manifest import root_variables, write_manifest
from jobs.state.state import DONE, FINISHED, RunState
from jobs.worker.tasks import RunTask
from xdomain.core.errors import CommandFailed, UserError
from xdomain.core.names import counted
from xdomain.core.output import say
from xdomain.core.roots import data_root
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs.spec import RunSpec

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest
    from xdomain.schema.result import RunResult


def launch(grid: Sequence[RunSpec], options: Options) -> list[str]:
    """Carry out, or only describe, what of `grid` is open. Returns the ids of the jobs that were submitted.

    Raises:
        CommandFailed: a run failed on this machine; with --cluster debug, it carries the run's own exit code.
        UserError: see `make_plan`.
    """
    plan = make_plan(grid, options)
    if options.dry_run:
        if options.pilot:
            _launch_pilots(plan, options)
        _describe(plan, options)
        return []
    say(plan.summary())
    if not plan.open:
        return []
    require_webhook()
    plan.study.require_sources(plan.missing, data_root())
    plan.study.prepare(plan.missing, data_root())  # here: compute nodes rarely reach the internet
    if plan.cluster == "slurm":
        after = dependency(options.after) if options.after else None
        manifest = _manifest_for_slurm(plan, options)
        ids = slurm.submit(manifest, plan.profile, with_data=bool(plan.missing), after=after)
        _tell_submitted(manifest, len(plan.missing), ids)
        submit_notice(manifest, plan.profile, ids)
        return ids
    plan.study.make(plan.inputs, data_root(), plan.at_a_time)
    manifest = write_manifest(
        plan.open,
        options.tracker,
        gpus=plan.gpus,
        stream=plan.no_cache,
        at_a_time=plan.at_a_time,
        expected=expected_seconds(plan.open, plan.gpus > 0),
    )
    if plan.cluster == "debug":
        for index in range(len(manifest.runs)):
            if code := RunTask(str(manifest.path), (index,)).run():
                raise CommandFailed(code)
    elif not _run_here(manifest, plan.parallel):
        raise CommandFailed(1)
    return []


def launch_all(grid: Sequence[RunSpec], options: Options) -> list[str]:
    """Launch each study and number of GPUs by itself: the rows of Table 17 are studies of their own.

    Returns the ids of the jobs that were submitted.
    """
    groups: dict[tuple[str, int], list[RunSpec]] = {}
    for spec in grid:
        groups.setdefault((spec.study_key, spec.train.ranks), []).append(spec)
    if options.as_json and len(groups) > 1:
        raise UserError("--json describes one study at a time, trained on one number of GPUs.")
    return [job for group in groups.values() for job in launch(group, options)]


def _launch_pilots(plan: Plan, options: Options) -> None:
    """Time what no run has: here at once, on Slurm in jobs after which the command has to be given again."""
    pilots = pilots_for(plan.open, timed=expected_seconds(plan.open, plan.gpus > 0))
    if not pilots:
        return
    say(f"{counted(len(pilots), 'pilot')} of two epochs, one of each model and size that no run has timed:")
    if launch(pilots, dataclasses.replace(options, dry_run=False, estimate=False, pilot=False, after=None)):
        say("When they have ended, give --estimate again.")


def _describe(plan: Plan, options: Options) -> None:
    missing = [clip_set.name for clip_set in plan.missing]
    if options.as_json:
        runs = [{"id": s.spec.id, "state": s.state, "reason": s.reason} for s in plan.states]
        document = {
            "study": plan.states[0].spec.study_key,
            "runs": runs,
            "counts": Counter(state.state for state in plan.states),
            "to_launch": len(plan.open),
            "missing_data": missing,
            **plan.place(),
        }
        if options.estimate:
            document["estimate"] = dataclasses.asdict(bill(plan.open, plan.at_a_time, plan.gpus))
        say(json.dumps(document, indent=2))
        return
    if options.estimate:
        say(plan.summary())
        say(bill(plan.open, plan.at_a_time, plan.gpus).sentence())
        if plan.cluster == "slurm" and (waiting := waiting_sentence(plan.profile)):
            say(waiting)
        return
    listed = [f"{one.state:<12}{one.spec.id}{f'  ({one.reason})' * bool(one.reason)}" for one in plan.states]
    show([*listed, plan.summary()])
    if plan.open:
        for name, value in plan.place().items():
            shown = ", ".join(f"{k}={v}" for k, v in value.items() if v) if isinstance(value, dict) else value
            say(f"{name}: {shown}")
        say(f"data to make first: {', '.join(missing) or 'none'}")
        try:
            plan.study.require_sources(plan.missing, data_root())
        except UserError as error:
            say(f"It cannot be made yet. {error}")


def _manifest_for_slurm(plan: Plan, options: Options) -> "Manifest":
    """Write the manifest of jobs, once the image and the data that is there were checked."""
    profile, missing = plan.profile, plan.missing
    # A missing image or bind is said before anything is written.
    python_command(profile, [Path(root) for root in root_variables().values()])
    plan.study.make([data for data in plan.inputs if data not in missing], data_root(), workers=1)
    return write_manifest(
        long_first(plan.open),
        options.tracker,
        pack=profile.pack,
        gpus=plan.gpus,
        memory=profile.memory,
        time_limit=60 * profile.minutes,
        max_attempts=profile.max_attempts,
        image_digest=image_digest(profile),
        stream=plan.no_cache,
        at_a_time=plan.at_a_time,
        expected=expected_seconds(plan.open, plan.gpus > 0),
    )


def _tell_submitted(manifest: "Manifest", missing: int, ids: list[str]) -> None:
    if missing:
        say(f"A first job makes {counted(missing, 'clip set')}; the runs wait for it.")
    say(f"Submitted {counted(len(manifest.runs), 'run')} as array job {', '.join(ids)}. Logs: {manifest.logs}")
    say("How it goes: python -m jobs.status")


def _outcome(result: "RunResult") -> str:
    """Say in a few words what a finished run came to."""
    seconds = f"{sum(result.seconds.values()):.0f} s"
    if result.training and (accuracies := result.checkpoints.values()):  # an evaluation, of one domain
        domain, lowest, highest = next(iter(result.clips)), min(accuracies), max(accuracies)
        return f"{domain} {lowest:.1%} to {highest:.1%} over {counted(len(accuracies), 'epoch')}, {seconds}"
    if not result.epochs:  # a run that trains nothing
        return seconds
    return f"validation {result.accuracy.get(VALIDATION, math.nan):.1%}, {counted(result.epochs, 'epoch')}, {seconds}"


def _run_here(manifest: "Manifest", parallel: int) -> bool:
    """Run everything on this machine; whether all of it came to a result."""
    done, failed, worked = 0, 0, 0
    begun = time.monotonic()

    def report(state: RunState, log: Path | None) -> None:
        nonlocal done, failed, worked
        done += 1
        worked += log is not None  # else another process did it
        line = f"[{done}/{len(manifest.runs)}] {state.state:<12}{state.spec.id}"
        if state.state == FINISHED:
            line += f"  {_outcome(RunFolder.of(state.spec).read_result())}"
        else:
            line += f"  {state.reason}"
        if state.state not in DONE:
            failed += 1
        if worked and done < len(manifest.runs):
            line += f"  ({approximate_time((time.monotonic() - begun) / worked * (len(manifest.runs) - done))} left)"
        if state.state not in DONE:
            line += f"\n    log: {log}"
        tqdm.write(line)
        sys.stdout.flush()  # a log is read while it is written

    say(f"{counted(len(manifest.runs), 'run')} on this machine, {parallel} at a time. Logs: {manifest.logs}")
    local.run_all(manifest, parallel, report)
    send_notice(manifest)
    if failed:
        say(
            f"{failed} of {len(manifest.runs)} runs have no result. Again: {shlex.join(sys.orig_argv)}",
            error=True,
        )
    return not failed
