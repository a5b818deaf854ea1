"""Which runs a study should have: the denominator N of every table."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xdomain.core.errors import UserError, explain
from xdomain.core.files import read_json
from xdomain.core.names import did_you_mean
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import STALE, RunFolder
from xdomain.schema.launch import Manifest
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec

Damaged = dict[str, str]  # a run's id, or a launch's manifest -> a sentence


@contextmanager
def unless_damaged(name: str, damaged: Damaged | None) -> Iterator[None]:
    """Keep in `damaged`, if given, what is wrong with the run or launch `name`, so that it hides no other."""
    try:
        yield
    except UserError as error:
        if damaged is None:
            raise
        damaged[name] = str(error)
    except OSError as error:  # a colleague's folder without the right to read it
        if damaged is None:
            raise UserError(explain(error, Path(name))) from error
        damaged[name] = explain(error, Path(name))


class Grid:
    """Which runs a study should have. Of itself it has what was launched or begun; a paper's grid says more."""

    def command(self, study_key: str) -> str:
        """Name the command that launches a study of that key."""
        return "python -m jobs.launch (its --help lists the studies)"

    def paper_runs(self, study_key: str, begun: Iterable[RunSpec]) -> list[RunSpec]:
        """List the runs that are expected even where nobody has launched them; `begun` are those with a folder."""
        return []

    def is_outside(self, spec: RunSpec) -> bool:
        """Tell whether a launched run that is none of the paper's would change what the grid's averages mean."""
        return False


LAUNCHED = Grid()


def expected_runs(
    study_key: str, grid: Grid, runs: Path | None = None, damaged: Damaged | None = None
) -> tuple[list[RunSpec], list[str]]:
    """List every run that belongs to the study, and the ids of those found that must stay out of it.

    A study has the runs of its grid, and whatever else was launched or begun under its key.

    Args:
        study_key: such as `ts` or `ts-demo`.
        grid: of the study.
        runs: stands for the runs root, where it is another.
        damaged: where it is given, a folder or launch that cannot be read is left out, and a sentence about it is kept
            there.

    Raises:
        UserError: nothing was ever launched, or a folder holds another run than its place says.
    """
    runs = runs or runs_root()
    folders = _from_folders(study_key, runs, damaged)
    launched = _from_manifests(study_key, runs, damaged) | folders
    if not launched:
        raise _nothing_launched(study_key, grid.command(study_key), runs)
    paper = {spec.id: spec for spec in grid.paper_runs(study_key, folders.values())}
    outside = sorted(spec.id for spec in launched.values() if spec.id not in paper and grid.is_outside(spec))
    for run_id in paper.keys() & folders.keys():
        if folders[run_id].decisive() == paper[run_id].decisive():
            continue
        with unless_damaged(run_id, damaged):
            RunFolder.of(paper[run_id], runs).require_same_spec(paper[run_id])
    return list((paper | {k: v for k, v in launched.items() if k not in outside}).values()), outside


def _from_manifests(study_key: str, runs: Path, damaged: Damaged | None) -> dict[str, RunSpec]:
    specs: dict[str, RunSpec] = {}
    for path in sorted((runs / study_key / "launches").glob("*/manifest.json")):
        with unless_damaged(str(path), damaged):
            specs |= {spec.id: spec for spec in Manifest.read(path).runs}
    return specs


def _from_folders(study_key: str, runs: Path, damaged: Damaged | None) -> dict[str, RunSpec]:
    specs = {}
    for path in sorted((runs / study_key).glob("*/*/h*/seed*/spec.json")):
        if STALE in path.parent.name:
            continue
        with unless_damaged(path.parent.relative_to(runs).as_posix(), damaged):
            spec = read_spec(read_json(path), path)
            if (expected := RunFolder.of(spec, runs).path) != path.parent:
                raise UserError(f"{path.parent} holds the run {spec.id}. Move the folder to {expected}.")
            specs[spec.id] = spec
    return specs


def _nothing_launched(study_key: str, command: str, runs: Path) -> UserError:
    studies = sorted(path.parent.name for path in runs.glob("*/launches"))
    known = f" Studies that have runs: {', '.join(studies)}." if studies else ""
    return UserError(
        f"There are no runs of the study {study_key!r} below {runs}/.{did_you_mean(study_key, studies)} "
        f"Make some with: {command}.{known} "
        "Runs that live elsewhere are found through XDOMAIN_RUNS."
    )
