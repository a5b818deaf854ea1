"""`python -m jobs.retry`: launch failed and interrupted runs again, those of some classes of failure or all."""

import dataclasses
import sys
from collections import Counter

import click

from jobs.cluster.batch import image_digest
from jobs.cluster.profile import load_profile
from jobs.launching.dispatch import launch
from jobs.launching.options import Options, is_slurm
from jobs.launching.retries.more import is_most, more_for, with_more
from jobs.monitor.launches import Launched
from jobs.monitor.survey import Surveyed, survey
from jobs.state.failures import CLASSES
from jobs.state.state import FAILED, INTERRUPTED
from xdomain.core.cli import Command
from xdomain.core.errors import CommandFailed, UserError
from xdomain.core.names import counted
from xdomain.core.roots import STREAM
from xdomain.runs.provenance import code_version
from xdomain.runs.run_folder import DIVERGED, NONFINITE, RunFolder

RETRIED = [kind for kind in CLASSES if kind not in (DIVERGED, NONFINITE)]  # which are results
ADVICE = {
    "oom": "They will do so again unless they get more: raise `memory` or set retry_max_memory in the profile, "
    "or lower `pack`.",
    "data": "Fix what the sentence names first, or they will fail again.",
    "access": "Correct what the sentence names first, or they will fail again.",
    "disk": "Free some space first, or they will fail again.",
}


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--class",
    "kinds",
    multiple=True,
    type=click.Choice(RETRIED),
    help="Only these classes of failure, as `python -m jobs.status` names them; may be repeated.  [default: all]",
)
@click.option("--stranded", is_flag=True, help="The same as --class stranded.")
@click.option("--study", help="Only runs of this study, such as ts or ts-demo.")
@click.option("--cluster", type=click.Choice(["auto", "slurm", "local", "debug"]), default="auto", show_default=True)
@click.option("--profile", help="Slurm settings: a TOML file or a shipped name.  [default: XDOMAIN_PROFILE]")
@click.option("--max-parallel", type=click.IntRange(1), help="Runs at a time.")
@click.option("--pack", type=click.IntRange(1), help="On Slurm: runs that share one GPU.  [default: the profile's]")
@click.option("--time", help="On Slurm: limit of one attempt, such as 04:00:00.  [default: the profile's]")
@click.option("--memory", help="On Slurm: of one job, such as 32G.  [default: the profile's]")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def main(
    kinds: tuple[str, ...],
    stranded: bool,
    study: str | None,
    cluster: str,
    profile: str | None,
    max_parallel: int | None,
    pack: int | None,
    time: str | None,
    memory: str | None,
    dry_run: bool,
) -> None:
    r"""Launch failed and interrupted runs again.

    Each goes on from its last checkpoint.

    Where the profile has retry_max_memory, runs that were out of memory get more than they had (times retry_factor);
    with retry_max_time, those that reached their time limit get more time.

    \b
    Examples:
      python -m jobs.retry --class node --class timeout    the cluster's faults
      python -m jobs.retry --class oom --profile big.toml  with more memory
      python -m jobs.retry --stranded                      after Slurm was away
    """
    kinds = (*kinds, "stranded") if stranded else kinds
    overview = survey(study, fresh=cluster in ("auto", "slurm"))
    for problem in overview.problems:
        click.echo(problem, err=True)
    candidates = [
        one
        for one in overview.runs
        if one.failure and one.state.state in (FAILED, INTERRUPTED) and one.failure.kind in (kinds or RETRIED)
    ]
    specs = [one.run.spec for one in candidates]
    early = [spec for spec in specs if spec.is_evaluation and not RunFolder.of(spec.training).is_finished()]
    if early:
        click.echo(f"Left until their trainings have finished: {counted(len(early), 'evaluation')}.")
        candidates = [one for one in candidates if one.run.spec not in early]
    if not candidates:
        click.echo("Nothing to retry.")
        return
    counts = Counter(one.failure.kind for one in candidates if one.failure)
    for kind, count in counts.items():
        click.echo(f"{kind}: {count} run{'s' if count > 1 else ''} ({CLASSES[kind]}). {ADVICE.get(kind, '')}".rstrip())
    _warn_of_same_code([one.run for one in candidates if one.failure and one.failure.kind == "bug"], profile)
    code = 0
    given = Options(cluster, profile, max_parallel, None, dry_run, as_json=False, pack=pack, time=time, memory=memory)
    # A launch is of one study and one number of ranks, reports to one tracker, and reads its clips in one way.
    for (_, _, tracker, no_cache, more), group in _groups(candidates, given).items():
        options = dataclasses.replace(given, tracker=tracker, no_cache=no_cache)
        for name, amount in more:
            options = with_more(options, name, amount)
            most = f", the most that retry_max_{name} allows" * is_most(name, amount, options)
            click.echo(f"{len(group)} of them get {name} = {amount}{most}.")
        try:
            launch([one.run.spec for one in group], options)
        except CommandFailed as failed:  # a run failed on this machine; the other studies still have their turn
            code = max(code, failed.code)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            code = 2
    sys.exit(code)


Group = tuple[str, int, str | None, bool, tuple[tuple[str, str], ...]]


def _groups(candidates: list[Surveyed], options: Options) -> dict[Group, list[Surveyed]]:
    groups: dict[Group, list[Surveyed]] = {}
    for one in candidates:
        spec, manifest = one.run.spec, one.run.launch.manifest
        more = more_for(one, options) if is_slurm(options) else {}
        key = (spec.study_key, spec.train.ranks, manifest.tracker, STREAM in manifest.environment, (*more.items(),))
        groups.setdefault(key, []).append(one)
    return groups


def _warn_of_same_code(runs: list[Launched], profile: str | None) -> None:
    if not runs:
        return
    digest = image_digest(load_profile(profile))
    # In an image, the image's code is what runs.
    now = digest or code_version()
    same = [run for run in runs if now == _code_of(run)]
    if same:
        click.echo(
            f"Warning: nothing in the code ({now}) has changed since {len(same)} of these failed with an error in "
            "the program; they will most likely fail again.",
            err=True,
        )


def _code_of(run: Launched) -> str:
    manifest = run.launch.manifest
    return manifest.environment.get("XDOMAIN_IMAGE_DIGEST") or manifest.code_version
