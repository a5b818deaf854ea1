"""Which runs a study should have: the denominator N of every table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from xdomain.core.errors import UserError, explain
from xdomain.core.files import read_json
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import STALE, RunFolder
from xdomain.schema.launch import Manifest
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoEvaluation
from xdomain.studies import diving48, temporal_shape

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


def expected_runs(
    study_key: str, runs: Path | None = None, damaged: Damaged | None = None
) -> tuple[list[RunSpec], list[str]]:
    """List every run that belongs to the study, and the ids of those found that must stay out of it.

    `ts` is the paper's 400 runs, plus any of models that the paper does not have. A run of the paper's models
    outside its grid (another size, another seed) would change what "averaged over sizes and seeds" means, so
    it stays out. `diving48` is the six trainings of the experiments with their evaluations, plus what else was
    launched; a paper's model of another width stays out. A variant, such as `ts-demo`, is what was launched
    under that name. `runs` stands for the runs root, where it is another. With `damaged`, a folder or launch that
    cannot be read is left out, and a sentence about it is kept there.

    Raises:
        UserError: nothing was ever launched, or a folder holds another run than its place says.
    """
    runs = runs or runs_root()
    folders = _from_folders(study_key, runs, damaged)
    launched = _from_manifests(study_key, runs, damaged) | folders
    if not launched:
        raise _nothing_launched(study_key, runs)
    evaluated = {spec.data.masks for spec in folders.values() if isinstance(spec, VideoEvaluation)}
    grid = {spec.id: spec for spec in _paper_grid(study_key, evaluated)}
    outside = sorted(spec.id for spec in launched.values() if spec.id not in grid and _is_outside(spec))
    for run_id in grid.keys() & folders.keys():
        if folders[run_id].decisive() == grid[run_id].decisive():
            continue
        with unless_damaged(run_id, damaged):
            RunFolder.of(grid[run_id], runs).require_same_spec(grid[run_id])
    return list((grid | {k: v for k, v in launched.items() if k not in outside}).values()), outside


def is_diving(study_key: str) -> bool:
    """Tell whether the key is of the Diving48 study or a variant of it."""
    return study_key == diving48.STUDY or study_key.startswith(f"{diving48.STUDY}-")


def _paper_grid(study_key: str, masks: set[str]) -> Sequence[RunSpec]:
    """List the paper's runs; the evaluations with every mask set that one was made with, else with the default's."""
    if study_key == temporal_shape.STUDY:
        return temporal_shape.grid()
    if study_key != diving48.STUDY:
        return []
    trainings = [diving48.training(model) for model in diving48.models_of("abcdefgh")]
    names = sorted(masks) or [trainings[0].data.masks]
    evaluations = [spec.evaluation(domain, name) for spec in trainings for name in names for domain in diving48.DOMAINS]
    return [*trainings, *evaluations]


def _is_outside(spec: RunSpec) -> bool:
    """Tell whether a launched run that is not in its paper's grid would change what the grid's averages mean."""
    if spec.study_key == temporal_shape.STUDY:
        return spec.model.name in temporal_shape.MODELS and spec.source in temporal_shape.SOURCES
    return spec.study_key == diving48.STUDY and diving48.WIDTHS.get(spec.model.name) not in (None, spec.model.hidden)


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
            spec = RunSpec.from_dict(read_json(path), path)
            if (expected := RunFolder.of(spec, runs).path) != path.parent:
                raise UserError(f"{path.parent} holds the run {spec.id}. Move the folder to {expected}.")
            specs[spec.id] = spec
    return specs


def _nothing_launched(study_key: str, runs: Path) -> UserError:
    command = "python -m jobs.launch ts-grid"
    if study_key == diving48.STUDY:
        command = "python -m jobs.launch diving --exp all"
    elif study_key != temporal_shape.STUDY:
        command = "python -m jobs.launch (its --help lists the studies)"
    studies = sorted(path.parent.name for path in runs.glob("*/launches"))
    known = f" Studies that have runs: {', '.join(studies)}." if studies else ""
    return UserError(
        f"There are no runs of the study {study_key!r} below {runs}/. "
        f"Make some with: {command}.{known} "
        "Runs that live elsewhere are found through XDOMAIN_RUNS."
    )
