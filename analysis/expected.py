"""Which runs a study should have: the denominator N of every table."""

from xdomain.errors import UserError
from xdomain.files import read_json
from xdomain.records import RunFolder
from xdomain.roots import runs_root
from xdomain.spec import RunSpec
from xdomain.studies import temporal_shape


def expected_runs(study_key: str) -> tuple[list[RunSpec], list[str]]:
    """Every run that belongs to the study, and the ids of those found that must stay out of it.

    `ts` is the paper's 400 runs, plus any of models that the paper does not have. A run of the paper's models
    outside its grid (another size, another seed) would change what "averaged over sizes and seeds" means, so
    it stays out. A variant, such as `ts-demo`, is what was launched under that name.

    Raises:
        UserError: nothing was ever launched, or a folder holds another run than its place says.
    """
    folders = _from_folders(study_key)
    launched = _from_manifests(study_key) | folders
    if not launched:
        raise _nothing_launched(study_key)
    if study_key != temporal_shape.STUDY:
        return list(launched.values()), []
    grid = {spec.id: spec for spec in temporal_shape.grid()}
    outside = sorted(
        spec.id
        for spec in launched.values()
        if spec.id not in grid and spec.model.name in temporal_shape.MODELS and spec.source in temporal_shape.SOURCES
    )
    for run_id in grid.keys() & folders.keys():
        RunFolder.of(grid[run_id]).require_same_spec(grid[run_id])
    return list((grid | {k: v for k, v in launched.items() if k not in grid and k not in outside}).values()), outside


def _from_manifests(study_key: str) -> dict[str, RunSpec]:
    manifests = sorted((runs_root() / study_key / "launches").glob("*/manifest.json"))
    specs = [RunSpec.from_dict(run) for path in manifests for run in read_json(path)["runs"]]
    return {spec.id: spec for spec in specs}


def _from_folders(study_key: str) -> dict[str, RunSpec]:
    specs = {}
    for path in sorted((runs_root() / study_key).glob("*/*/h*/seed*/spec.json")):
        spec = RunSpec.from_dict(read_json(path))
        if RunFolder.of(spec).path != path.parent:
            raise UserError(f"{path.parent} holds the run {spec.id}. Move the folder to {RunFolder.of(spec).path}.")
        specs[spec.id] = spec
    return specs


def _nothing_launched(study_key: str) -> UserError:
    command = "python -m jobs.launch ts-grid"
    if study_key != temporal_shape.STUDY:
        command = "python -m jobs.launch (its --help lists the studies)"
    there = sorted(path.parent.name for path in runs_root().glob("*/launches"))
    known = f" Studies that have runs: {', '.join(there)}." if there else ""
    return UserError(
        f"There are no runs of the study {study_key!r} below {runs_root()}/. "
        f"Make some with: {command}.{known} "
        "Runs that live elsewhere are found through XDOMAIN_RUNS."
    )
