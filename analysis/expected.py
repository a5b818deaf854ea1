"""Which runs a study should have: the denominator N of every table."""

import sys
from dataclasses import replace

from xdomain.errors import UserError, explain
from xdomain.files import read_json
from xdomain.records import STALE, RunFolder
from xdomain.roots import runs_root
from xdomain.spec import RunSpec, TrainSpec, VideoDataSpec
from xdomain.studies import diving48, temporal_shape


def expected_runs(study_key: str) -> tuple[list[RunSpec], list[str]]:
    """Every run that belongs to the study, and the ids of those found that must stay out of it.

    `ts` is the paper's 400 runs, plus any of models that the paper does not have. A run of the paper's models
    outside its grid (another size, another seed) would change what "averaged over sizes and seeds" means, so
    it stays out. `diving48` is the six trainings of the experiments with their evaluations, plus what else was
    launched; a paper's model of another width stays out. A variant, such as `ts-demo`, is what was launched
    under that name.

    Raises:
        UserError: nothing was ever launched, or a folder holds another run than its place says.
    """
    folders = _from_folders(study_key)
    launched = _from_manifests(study_key) | folders
    if not launched:
        raise _nothing_launched(study_key)
    grid = {
        spec.id: spec for spec in _paper_grid(study_key, {spec.data for spec in folders.values() if spec.evaluates})
    }
    outside = sorted(spec.id for spec in launched.values() if spec.id not in grid and _is_outside(spec))
    for run_id in grid.keys() & folders.keys():
        if _decisive(folders[run_id]) != _decisive(grid[run_id]):
            RunFolder.of(grid[run_id]).require_same_spec(grid[run_id])
    return list((grid | {k: v for k, v in launched.items() if k not in outside}).values()), outside


def is_diving(study_key: str) -> bool:
    """Whether the key is of the Diving48 study or a variant of it."""
    return study_key == diving48.STUDY or study_key.startswith(f"{diving48.STUDY}-")


def _paper_grid(study_key: str, evaluated: set[VideoDataSpec]) -> list[RunSpec]:
    """The paper's runs; the evaluations with every mask set that one was made with, else with the default's."""
    if study_key == temporal_shape.STUDY:
        return temporal_shape.grid()
    if study_key != diving48.STUDY:
        return []
    trainings = [diving48.training(model) for model in diving48.models_of("abcdefgh")]
    masks = sorted({data.masks for data in evaluated}) or [trainings[0].data.masks]
    judged = [replace(spec, data=replace(spec.data, masks=name)) for spec in trainings for name in masks]
    return trainings + [replace(spec, evaluates=domain) for spec in judged for domain in diving48.DOMAINS]


def _decisive(spec: RunSpec) -> RunSpec:
    """The spec without what changes no number by intention: on how many GPUs a step is taken, which epochs are kept."""
    train = spec.train
    if not isinstance(spec.data, VideoDataSpec):
        return spec
    if spec.evaluates:
        return replace(spec, train=TrainSpec())
    step = train.batch_size * train.ranks * train.accumulate
    return replace(spec, train=replace(train, batch_size=step, ranks=1, accumulate=1, keep_all=False))


def _is_outside(spec: RunSpec) -> bool:
    """Whether a launched run that is not in its paper's grid would change what the grid's averages mean."""
    if spec.study_key == temporal_shape.STUDY:
        return spec.model.name in temporal_shape.MODELS and spec.source in temporal_shape.SOURCES
    return spec.study_key == diving48.STUDY and diving48.WIDTHS.get(spec.model.name) not in (None, spec.model.hidden)


def _from_manifests(study_key: str) -> dict[str, RunSpec]:
    manifests = sorted((runs_root() / study_key / "launches").glob("*/manifest.json"))
    specs: dict[str, RunSpec] = {}
    for path in manifests:
        try:
            runs = read_json(path)["runs"]
        except PermissionError as error:  # another user's launch; it must not hide the other ones
            print(f"{explain(error)} What only it launched is not shown.", file=sys.stderr)
            continue
        specs |= {spec.id: spec for spec in map(RunSpec.from_dict, runs)}
    return specs


def _from_folders(study_key: str) -> dict[str, RunSpec]:
    specs = {}
    for path in sorted((runs_root() / study_key).glob("*/*/h*/seed*/spec.json")):
        if STALE in path.parent.name:
            continue
        try:
            spec = RunSpec.from_dict(read_json(path))
        except PermissionError:  # what `load` calls missing, if a launch names it
            continue
        if RunFolder.of(spec).path != path.parent:
            raise UserError(f"{path.parent} holds the run {spec.id}. Move the folder to {RunFolder.of(spec).path}.")
        specs[spec.id] = spec
    return specs


def _nothing_launched(study_key: str) -> UserError:
    command = "python -m jobs.launch ts-grid"
    if study_key == diving48.STUDY:
        command = "python -m jobs.launch diving --exp all"
    elif study_key != temporal_shape.STUDY:
        command = "python -m jobs.launch (its --help lists the studies)"
    there = sorted(path.parent.name for path in runs_root().glob("*/launches"))
    known = f" Studies that have runs: {', '.join(there)}." if there else ""
    return UserError(
        f"There are no runs of the study {study_key!r} below {runs_root()}/. "
        f"Make some with: {command}.{known} "
        "Runs that live elsewhere are found through XDOMAIN_RUNS."
    )
