"""Say how and where a grid is launched, whatever the study."""

import dataclasses
from dataclasses import dataclass

from jobs.backends import local, slurm
from jobs.cluster.profile import Profile, load_profile
from xdomain.core.errors import UserError


@dataclass(frozen=True)
class Options:
    """What every launch is told, whatever the study."""

    cluster: str  # auto, slurm, local or debug
    profile: str | None
    max_parallel: int | None
    tracker: str | None
    dry_run: bool
    as_json: bool
    pack: int | None = None
    after: str | None = None
    no_cache: bool = False  # decode videos while training
    time: str | None = None  # this and what follows take the place of the profile's
    memory: str | None = None
    partition: str | None = None
    estimate: bool = False  # with dry_run: what the runs will take
    pilot: bool = False  # with estimate: what no run has timed is timed first


def is_slurm(options: Options) -> bool:
    """Tell whether the runs go to Slurm: where it is asked for, or is there."""
    return options.cluster == "slurm" or (options.cluster == "auto" and slurm.is_available())


def profile_of(options: Options) -> Profile:
    """Load the profile of a launch, with what its options say in the place of the profile's own.

    Raises:
        UserError: the profile, or such an option, is wrong.
    """
    given = {name: getattr(options, name) for name in ("pack", "time", "memory", "partition")}
    given["throttle"] = options.max_parallel
    return dataclasses.replace(
        load_profile(options.profile), **{name: value for name, value in given.items() if value is not None}
    )


def gpus_of_one(options: Options) -> int:
    """Count the GPUs that one training can have: the profile's on Slurm, else this machine's; 1 for a CPU."""
    return max(1, load_profile(options.profile).gpus if is_slurm(options) else len(local.visible_gpus()))


def require_dry_run_for_json(options: Options) -> None:
    """Refuse --json for a launch that is really made.

    Raises:
        UserError: it was given without --dry-run, or with --pilot.
    """
    if options.as_json and options.pilot:
        raise UserError("--pilot launches runs, which --json does not describe: give --estimate --json afterwards.")
    if options.as_json and not options.dry_run:
        raise UserError("--json describes a launch without making it: add --dry-run.")
