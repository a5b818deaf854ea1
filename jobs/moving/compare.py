"""Decide for every run of a root what becomes of it in another one, before anything is moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jobs.records.manifest import LAUNCHES, MANIFEST
from xdomain.core.claims.claim import is_live, read_claim
from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.read import read_spec

MOVE, SAME, OTHER_ASIDE, OWN_ASIDE = "move", "same", "other aside", "own aside"


@dataclass(frozen=True)
class Move:
    """A folder of a run or a launch, by its path below the root, and what becomes of it."""

    name: str
    kind: str  # MOVE; SAME: there already; OTHER_ASIDE: replaces an unfinished one; OWN_ASIDE: it is the unfinished one


def moves(source: Path, target: Path, studies: tuple[str, ...]) -> list[Move]:
    """List what is to be moved, in the order of names.

    Args:
        source: the root that is left.
        target: the root that is moved to, which may have runs.
        studies: their folders' names; none: all that there are.

    Raises:
        UserError: a run is at work, or both roots have one and nothing says which counts; nothing was moved.
    """
    planned: list[Move] = []
    problems: list[str] = []
    for folder in _folders(source, studies):
        name = folder.relative_to(source).as_posix()
        try:
            planned.append(Move(name, _kind(folder, target / name)))
        except UserError as error:
            problems.append(str(error))
    if problems:
        more = f" ({len(problems) - 1} more are like it.)" if len(problems) > 1 else ""
        raise UserError(f"Nothing was moved. {problems[0]}{more}")
    return planned


def _folders(root: Path, studies: tuple[str, ...]) -> Iterator[Path]:
    for study in [root / name for name in studies] or sorted(root.glob("*")):
        yield from sorted(path.parent for path in study.glob("*/*/h*/seed*/spec.json"))
        yield from sorted(path.parent for path in study.glob(f"{LAUNCHES}/*/{MANIFEST}"))


def _kind(own: Path, other: Path) -> str:
    """Tell what becomes of one folder.

    Raises:
        UserError: it cannot be moved.
    """
    is_run = (own / "spec.json").exists()
    for folder in (RunFolder(own), RunFolder(other)) if is_run else ():
        if (claim := read_claim(folder.claim_file)) and is_live(folder.claim_file, claim):
            raise UserError(f"{folder.path} is at work on {claim['host']}: wait for it, or cancel it.")
    if is_run:
        read_spec(read_json(own / "spec.json"), own / "spec.json")  # damaged ones stay where they are
    if not other.exists():
        return MOVE
    if digests(own) == digests(other):
        return SAME
    if not is_run:
        raise UserError(f"Both roots have the launch {own.name}, and they differ: rename one of the two.")
    if not (other / "spec.json").exists() or read_json(own / "spec.json") != read_json(other / "spec.json"):
        raise UserError(f"{own} and {other} are runs of different specs: rename one of the two.")
    finished = (RunFolder(own).is_finished(), RunFolder(other).is_finished())
    if finished[0] == finished[1]:
        state = "finished, with other files" if finished[0] else "unfinished"
        raise UserError(f"{own} and {other} are both {state}: rename the one that does not count.")
    return OTHER_ASIDE if finished[0] else OWN_ASIDE


def digests(folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of every file of a folder, by its path in there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}
