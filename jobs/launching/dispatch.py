"""From a grid of specs to jobs: what is left to do, where, and carrying it out. Knows no particular study."""

import dataclasses
import json
import math
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from jobs.backends import local, slurm
from jobs.cluster.batch import image_digest, python_command
from jobs.cluster.profile import Profile, load_profile
from jobs.launching.chain import dependency
from jobs.monitor.slurm_queue import ask
from jobs.records.manifest import Manifest, clip_sets, root_variables
from jobs.state.state import DONE, FINISHED, IN_FLIGHT, STATES, RunState, state_of
from jobs.worker.tasks import RunTask, make_or_verify
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs.spec import ClipCacheSpec, ClipSetSpec, RunSpec


@dataclasses.dataclass(frozen=True)
class Options:
    """How a grid is launched, whatever the study."""

    cluster: str  # auto, slurm, local or debug
    profile: str | None
    max_parallel: int | None
    tracker: str | None
    dry_run: bool
    as_json: bool
    pack: int | None = None
    after: str | None = None
    no_cache: bool = False  # decode videos while training


@dataclasses.dataclass(frozen=True)
class Plan:
    """A grid's states and where its open runs would execute."""

    states: list[RunState]
    cluster: str
    profile: Profile
    parallel: int
    no_cache: bool = False

    @property
    def open(self) -> list[RunSpec]:
        """The runs to launch. Here, runs in flight are waited for; on Slurm they are left to their jobs."""
        skipped = (*DONE, *IN_FLIGHT) if self.cluster == "slurm" else DONE
        return [state.spec for state in self.states if state.state not in skipped]

    @property
    def inputs(self) -> list[ClipSetSpec | ClipCacheSpec]:
        """The clip sets that the open runs read, but for those that they decode for themselves."""
        return clip_sets(self.open, stream=self.no_cache)

    @property
    def missing(self) -> list[ClipSetSpec | ClipCacheSpec]:
        """The clip sets that have to be made before the open runs can start."""
        return [clip_set for clip_set in self.inputs if not clip_set.marker(data_root()).exists()]

    def summary(self) -> str:
        """One line: how many runs are in which state."""
        counts = Counter(state.state for state in self.states)
        listed = ", ".join(f"{counts[name]} {name}" for name in STATES if counts[name])
        return f"{self.states[0].spec.study_key}: {len(self.states)} runs ({listed}), {len(self.open)} to launch."

    def place(self) -> dict[str, Any]:
        """Where the open runs would go and what each would get."""
        if self.cluster != "slurm":
            gpus = local.visible_gpus()
            return {
                "cluster": self.cluster,
                "parallel": 1 if self.cluster == "debug" else self.parallel,
                "gpus": gpus,
            }
        elements = -(-len(self.open) // self.profile.pack)
        arrays = slurm.chunks(elements, self.profile.array_limit)
        return {
            "cluster": "slurm",
            "arrays": [f"{array.start}-{array.stop - 1}%{self.profile.throttle}" for array in arrays],
            "resources": dataclasses.asdict(self.profile),
        }


def make_plan(grid: list[RunSpec], options: Options) -> Plan:
    """Look at every run of `grid`.

    Raises:
        UserError: a run folder holds another run, a result is torn, the profile is wrong, or Slurm does not answer.
    """
    cluster = options.cluster
    if cluster == "auto":
        cluster = "slurm" if slurm.is_available() else "local"
    profile = load_profile(options.profile)
    changed = {"throttle": options.max_parallel, "pack": options.pack}
    profile = dataclasses.replace(profile, **{name: value for name, value in changed.items() if value})
    if options.after and cluster != "slurm":
        raise UserError("--after waits for jobs of Slurm; here, give one command after the other.")
    for spec in grid:
        RunFolder.of(spec).require_same_spec(spec)
    queued = _queued_runs() if cluster == "slurm" else set()
    states = [state_of(spec, queued) for spec in grid]
    parallel = options.max_parallel or local.default_parallel(max(spec.train.ranks for spec in grid))
    plan = Plan(states, cluster, profile, parallel, options.no_cache)
    if plan.open:
        _check_ranks({spec.train.ranks for spec in plan.open}, cluster, profile)
    return plan


def _check_ranks(all_ranks: set[int], cluster: str, profile: Profile) -> None:
    """Refuse to launch runs whose ranks the place cannot give them."""
    ranks = min(all_ranks)
    if others := all_ranks - {ranks}:
        raise UserError(f"Some of these runs train on {ranks} ranks and some on {min(others)}: launch them separately.")
    if cluster == "slurm" and profile.gpus and profile.gpus != ranks:
        raise UserError(
            f"The profile gives a job {profile.gpus} GPUs and these runs train on {ranks}: set gpus = {ranks} in the "
            "profile, or --set ranks."
        )
    if ranks > 1 and cluster == "debug":
        raise UserError("--cluster debug is one process: runs of several ranks need local or slurm.")
    if ranks > 1 and profile.pack > 1:
        raise UserError(f"Runs of {ranks} ranks have GPUs of their own: they cannot be packed. Set pack = 1.")


def _queued_runs() -> set[str]:
    queue = ask()
    if queue is None:
        raise UserError("There is no Slurm here (no sbatch). Launch with --cluster local, or log in to the cluster.")
    if queue.error:
        raise UserError(f"{queue.error} Try again when `squeue` works.")
    return queue.runs()


def launch(grid: list[RunSpec], options: Options) -> list[str]:
    """Carry out, or only describe, what of `grid` is open; exits with 1 if a run failed on this machine.

    Returns the jobs that were submitted.
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
            RunTask(str(manifest.path), (index,))()
    elif not _run_here(manifest, plan.parallel):
        sys.exit(1)
    return []


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
    """What a finished run came to, in a few words."""
    result = RunFolder.of(spec).result()
    seconds = f"{sum(result.get('seconds', {}).values()):.0f} s"
    if spec.evaluates and (judged := result.get("checkpoints", {}).values()):
        return f"{spec.evaluates} {min(judged):.1%} to {max(judged):.1%} over {len(judged)} epochs, {seconds}"
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
