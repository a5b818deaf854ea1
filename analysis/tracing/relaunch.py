"""The command that launches runs by their ids."""

import shlex
from collections.abc import Iterable
from fnmatch import fnmatchcase

SEED, SIZE, MODEL = 4, 3, 2  # places in an id: study/source/model/size/seed


def launch_command(ids: Iterable[str], others: Iterable[str] = ()) -> str:
    """Name the runs in one command; it names none of the others."""
    return f"python -m jobs.launch runs {shlex.join(patterns(ids, others))}"


def patterns(ids: Iterable[str], others: Iterable[str] = ()) -> list[str]:
    """Name runs in few patterns such as `ts/2dot/*`: of runs that differ in one part, that part becomes a star.

    Args:
        ids: of the runs.
        others: ids that no pattern may fit.
    """
    wanted = list(dict.fromkeys(tuple(run.split("/")) for run in ids))
    unwanted = set(others) - {"/".join(parts) for parts in wanted}
    for place in (SEED, SIZE, MODEL):
        alike: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for parts in wanted:
            alike.setdefault((*parts[:place], "*", *parts[place + 1 :]), []).append(parts)
        wanted = [
            parts
            for star, members in alike.items()
            for parts in ([star] if len(members) > 1 and not _fits_any(star, unwanted) else members)
        ]
    return [_shortened("/".join(parts)) for parts in wanted]


def _fits_any(parts: tuple[str, ...], ids: Iterable[str]) -> bool:
    return any(fnmatchcase(run, "/".join(parts)) for run in ids)


def _shortened(pattern: str) -> str:
    """Make `ts/2dot/*` of `ts/2dot/*/*/*`: a star fits any number of parts."""
    while pattern.endswith("/*/*"):
        pattern = pattern.removesuffix("/*")
    return pattern
