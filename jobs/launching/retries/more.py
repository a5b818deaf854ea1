"""More memory for what was out of memory, more time for what reached its limit: by the profile's factor and caps."""

import dataclasses
import math
import re

from jobs.cluster.profile import Profile, megabytes_of, minutes_of
from jobs.launching.options import Options, profile_of
from jobs.monitor.survey import Surveyed


def more_for(one: Surveyed, options: Options) -> dict[str, str]:
    """Return what takes the place of the profile's `memory` or `time` for this failed run; empty where nothing does.

    What the user says for this launch stays.

    Raises:
        UserError: the profile is wrong.
    """
    profile, failure = profile_of(options), one.failure
    manifest = one.run.launch.manifest
    if failure is None or (failure.kind == "oom" and re.search("CUDA|ALLOC_FAILED", failure.sentence)):
        return {}  # a GPU's memory is what it is
    if failure.kind == "oom" and profile.retry_max_memory and not options.memory:
        return _differing("memory", more_memory(profile, manifest.memory or profile.memory), profile.memory)
    if failure.kind == "timeout" and profile.retry_max_time and not options.time:
        had = math.ceil(manifest.time_limit / 60) if manifest.time_limit else profile.minutes
        return _differing("time", more_time(profile, had), profile.time)
    return {}


def is_most(name: str, amount: str, options: Options) -> bool:
    """Tell whether a run that lacks `memory` or `time` with this amount can get no more."""
    cap = getattr(profile_of(options), f"retry_max_{name}")
    return not _differing(name, amount, cap)


def with_more(options: Options, name: str, amount: str) -> Options:
    """Copy the options of a launch with another `memory` or `time`."""
    if name == "memory":
        return dataclasses.replace(options, memory=amount)
    return dataclasses.replace(options, time=amount)


def more_memory(profile: Profile, had: str) -> str:
    """Return the memory of a run that was out of it with `had`: never less than the profile's, nor over the cap."""
    cap = megabytes_of(profile.retry_max_memory or profile.memory)
    wanted = max(profile.megabytes, profile.retry_factor * megabytes_of(had))
    return f"{int(max(profile.megabytes, min(cap, wanted)))}M"


def more_time(profile: Profile, had: int) -> str:
    """Return the limit of a run that reached one of `had` minutes: never less than the profile's, nor over the cap."""
    cap = minutes_of(profile.retry_max_time or profile.time)
    wanted = max(profile.minutes, math.ceil(profile.retry_factor * had))
    hours, minutes = divmod(max(profile.minutes, min(cap, wanted)), 60)
    days, hours = divmod(hours, 24)
    return f"{days}-{hours:02}:{minutes:02}:00"


def _differing(name: str, amount: str, usual: str) -> dict[str, str]:
    same = megabytes_of(amount) == megabytes_of(usual) if name == "memory" else minutes_of(amount) == minutes_of(usual)
    return {} if same else {name: amount}
