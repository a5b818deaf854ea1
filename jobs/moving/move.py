"""Move folders one by one: each is complete in one of the two roots at any time, so that a second try goes on."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from jobs.monitor.slurm_queue import ask
from jobs.moving.compare import OTHER_ASIDE, OWN_ASIDE, SAME, Move, digests, moves
from jobs.records.manifest import LAUNCHES
from xdomain.core.errors import UserError
from xdomain.core.files import require_space, write_text
from xdomain.core.names import counted, did_you_mean
from xdomain.runs.run_folder import STALE, RunFolder

MOVED = ".moved"  # at the end of a folder's hidden name: it is in the other root, and is being removed here


def plan_moves(source: Path, target: Path, studies: tuple[str, ...]) -> list[Move]:
    """List what would be moved.

    Raises:
        UserError: a root is wrong, jobs of these studies are in the queue, or see `moves`.
    """
    if not source.is_dir():
        raise UserError(f"There is no {source}: name the root that the runs are in with --from, or XDOMAIN_RUNS.")
    if source.resolve() == target.resolve():
        raise UserError(f"{target} is where the runs are already.")
    if target.resolve().is_relative_to(source.resolve()) or source.resolve().is_relative_to(target.resolve()):
        raise UserError(f"{source} and {target} lie within each other: a root's folders are its studies.")
    for study in studies:  # neither to be moved, nor moved before
        if not (source / study).is_dir() and not (target / study).is_dir():
            there = [path.name for path in source.glob("*/")]
            raise UserError(f"There is no study {study} below {source}.{did_you_mean(study, there)}")
    if queue := ask():
        if queue.error:
            raise UserError(f"{queue.error} Try again when `squeue` works.")
        if waiting := [job.study for job in queue.jobs if not studies or job.study in studies]:
            jobs = counted(len(waiting), "job")
            raise UserError(
                f"In Slurm's queue: {jobs} of {waiting[0]}. Move them when they have ended, or cancel them."
            )
    return moves(source, target, studies)


def carry_out(planned: list[Move], source: Path, target: Path, report: Callable[[Move], None]) -> None:
    """Move the folders, and check that the runs can be read where they are now.

    Raises:
        UserError: a copy differs from its original, which is then still there; or a file cannot be written.
    """
    for left in (*source.glob(f"*/*/*/h*/.*{MOVED}"), *source.glob(f"*/{LAUNCHES}/.*{MOVED}")):
        shutil.rmtree(left)  # of an earlier try
    for move in planned:
        own, other = source / move.name, target / move.name
        if move.kind == SAME:
            _remove(own)
        else:
            aside = f"{other.name}{STALE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
            if move.kind == OTHER_ASIDE:
                other.rename(other.with_name(aside))
            _name_new_logs(own, target / move.name.partition("/")[0] / LAUNCHES)
            _place(own, other.with_name(aside) if move.kind == OWN_ASIDE else other)
        if (other / "spec.json").exists() and RunFolder(other).is_finished():
            RunFolder(other).result()
        report(move)
    _remove_empty(source)


def _place(own: Path, other: Path) -> None:
    """Give a folder its new place: by renaming it, or as a copy on another disk that is compared before it counts."""
    other.parent.mkdir(parents=True, exist_ok=True)
    if own.stat().st_dev == other.parent.stat().st_dev:
        own.rename(other)
        return
    draft = other.with_name(f".{other.name}.moving")
    if draft.exists():  # of an earlier try
        shutil.rmtree(draft)
    require_space(other.parent, sum(path.stat().st_size for path in own.rglob("*") if path.is_file()))
    try:
        shutil.copytree(own, draft)
    except shutil.Error as error:  # of all files that could not be copied
        _, copy, why = error.args[0][0]
        raise UserError(
            f"{copy} cannot be written ({why}). {own} stays where it is: free some space or correct the rights there, "
            "then give the same command again."
        ) from error
    if digests(draft) != digests(own):
        raise UserError(f"The copy of {own} is not like it: {draft} was read back with other bytes. Check that disk.")
    draft.rename(other)
    _remove(own)


def _remove(own: Path) -> None:
    """Remove a folder that is elsewhere now; at no time is a part of it there under its name."""
    shutil.rmtree(own.rename(own.with_name(f".{own.name}{MOVED}")))


def _name_new_logs(folder: Path, launches: Path) -> None:
    """Let the attempts of a run name their logs where these are moved to, whatever the root was called till now."""
    file = RunFolder(folder).attempts_file
    if not file.exists():
        return
    place = json.dumps(str(launches.absolute()))[:-1]
    old = rf'"log": "(?:[^"\\]|\\.)*/{re.escape(launches.parent.name)}/{LAUNCHES}(?=/)'
    text = file.read_text(encoding="utf-8")
    if (moved := re.sub(old, lambda _: f'"log": {place}', text)) != text:
        write_text(file, moved)


def _remove_empty(root: Path) -> None:
    """Remove the folders that nothing is left in; the root stays."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
