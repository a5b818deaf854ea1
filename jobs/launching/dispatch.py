"""From a grid of specs to jobs: carries a plan out, here or on Slurm, or describes it. Knows no particular study."""

import json
import math
import shlex
import sys
from collections import Counter
from pathlib import Path

import click
from tqdm import tqdm

from jobs.backends import local, slurm
from jobs.cluster.batch import image_digest, python_command
from jobs.launching.chain import dependency
from jobs.launching.options import Options
from jobs.launching.plan import Plan, make_plan
from jobs.records.manifest import Manifest, root_variables
from jobs.state.state import DONE, FINISHED, RunState
from jobs.worker.tasks import RunTask, make_or_verify
from xdomain.core.errors import CommandFailed, UserError
from xdomain.core.roots import data_root
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs.spec import ClipCacheSpec, ClipSetSpec, RunSpec


def launch(grid: list[RunSpec], options: Options) -> list[str]:
    """Carry out, or only describe, what of `grid` is open. Returns the ids of the jobs that were submitted.

    Raises:
        CommandFailed: a run failed on this machine; with --cluster debug, it carries the run's own exit code.
        UserError: see `make_plan`.
    """
    plan = make_plan(grid, options)
    if options.dry_run:
        _describe(plan, options.as_json)
        return []
    click.echo(plan.summary())
    if not plan.open:
        return []
    _need_digits(plan.missing)
    if plan.cluster == "slurm":
        return _submit(plan, options)
    workers = 1 if plan.cluster == "debug" else plan.parallel
    make_or_verify(plan.inputs, data_root(), workers)
    gpus = plan.open[0].train.ranks if local.visible_gpus() else 0
    manifest = Manifest.write(plan.open, options.tracker, gpus=gpus, stream=plan.no_cache)
    if plan.cluster == "debug":
        for index in range(len(manifest.runs)):
            if code := RunTask(str(manifest.path), (index,)).run():
                raise CommandFailed(code)
    elif not _run_here(manifest, plan.parallel):
        raise CommandFailed(1)
    return []


def launch_all(grid: list[RunSpec], options: Options) -> list[str]:
    """Launch each study and number of GPUs by itself: the rows of Table 17 are studies of their own.

    Returns the ids of the jobs that were submitted.
    """
    groups: dict[tuple[str, int], list[RunSpec]] = {}
    for spec in grid:
        groups.setdefault((spec.study_key, spec.train.ranks), []).append(spec)
    if options.as_json and len(groups) > 1:
        raise UserError("--json describes one study at a time, trained on one number of GPUs.")
    return [job for group in groups.values() for job in launch(group, options)]


def _describe(plan: Plan, as_json: bool) -> None:
    missing = [clip_set.name for clip_set in plan.missing]
    if as_json:
        runs = [{"id": s.spec.id, "state": s.state, "reason": s.reason} for s in plan.states]
        document = {
            "study": plan.states[0].spec.study_key,
            "runs": runs,
            "counts": Counter(state.state for state in plan.states),
            "to_launch": len(plan.open),
            "missing_data": missing,
            **plan.place(),
        }
        click.echo(json.dumps(document, indent=2))
        return
    for state in plan.states:
        click.echo(f"{state.state:<12}{state.spec.id}{'  (' + state.reason + ')' if state.reason else ''}")
    click.echo(plan.summary())
    if plan.open:
        for name, value in plan.place().items():
            shown = ", ".join(f"{k}={v}" for k, v in value.items() if v) if isinstance(value, dict) else value
            click.echo(f"{name}: {shown}")
        click.echo(f"data to make first: {', '.join(missing) or 'none'}")


def _need_digits(missing: list[ClipSetSpec | ClipCacheSpec]) -> None:
    """Download and read digits before anything is made of them, and here: compute nodes rarely reach the internet."""
    drawn = [clip_set for clip_set in missing if isinstance(clip_set, ClipSetSpec) and clip_set.has_digits]
    for source, split in {(clip_set.digits, clip_set.digit_split) for clip_set in drawn}:
        if source != "uci":
            from xdomain.datasets.temporal_shape.digits import load_digits

            load_digits(source, split, data_root() / "digits")


def _submit(plan: Plan, options: Options) -> list[str]:
    after = dependency(options.after) if options.after else None
    # A missing image or bind is said before anything is written.
    python_command(plan.profile, [Path(root) for root in root_variables().values()])
    missing = plan.missing
    make_or_verify([s for s in plan.inputs if s not in missing], data_root(), workers=1)
    profile = plan.profile
    manifest = Manifest.write(
        plan.open,
        options.tracker,
        pack=profile.pack,
        gpus=profile.gpus / profile.pack,
        time_limit=60 * profile.minutes,
        max_attempts=profile.max_attempts,
        image_digest=image_digest(profile),
        stream=plan.no_cache,
    )
    ids = slurm.submit(manifest, profile, with_data=bool(missing), after=after)
    if missing:
        click.echo(f"A first job makes {len(missing)} clip sets; the runs wait for it.")
    click.echo(f"Submitted {len(manifest.runs)} runs as array job {', '.join(ids)}. Logs: {manifest.logs}")
    click.echo("How it goes: python -m jobs.status")
    return ids


def _outcome(spec: RunSpec) -> str:
    """Say in a few words what a finished run came to."""
    result = RunFolder.of(spec).result()
    seconds = f"{sum(result.get('seconds', {}).values()):.0f} s"
    if spec.evaluates and (accuracies := result.get("checkpoints", {}).values()):
        return (
            f"{spec.evaluates} {min(accuracies):.1%} to {max(accuracies):.1%} over {len(accuracies)} epochs, {seconds}"
        )
    validation = result.get("accuracy", {}).get(VALIDATION, math.nan)
    return f"validation {validation:.1%}, {result.get('epochs')} epochs, {seconds}"


def _run_here(manifest: Manifest, parallel: int) -> bool:
    """Run everything on this machine; whether all of it came to a result."""
    done, failed = 0, 0

    def report(state: RunState, log: Path | None) -> None:
        nonlocal done, failed
        done += 1
        line = f"[{done}/{len(manifest.runs)}] {state.state:<12}{state.spec.id}"
        if state.state == FINISHED:
            line += f"  {_outcome(state.spec)}"
        else:
            line += f"  {state.reason}"
        if state.state not in DONE:
            failed += 1
            line += f"\n    log: {log}"
        tqdm.write(line)

    click.echo(f"{len(manifest.runs)} runs on this machine, {parallel} at a time. Logs: {manifest.logs}")
    local.run_all(manifest, parallel, report)
    if failed:
        click.echo(
            f"{failed} of {len(manifest.runs)} runs have no result. Again: {shlex.join(sys.orig_argv)}",
            err=True,
        )
    return not failed
