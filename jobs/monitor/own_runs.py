"""Runs by their ids, as this project defines them: from its grids, launches and run folders.

A lineage may have come with another user's results. What it says of a run is its id, and that is looked up.
"""

from jobs.monitor.find import matching
from jobs.monitor.launches import launched_runs
from jobs.records.manifest import MANIFEST, in_launches
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import did_you_mean, one_line
from xdomain.core.roots import runs_root
from xdomain.execute.registry import all_studies, study_of
from xdomain.runs.lineage import Lineage
from xdomain.runs.run_folder import RunFolder, stored_specs
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec


def own_specs(lineage: Lineage) -> list[RunSpec]:
    """Rebuild the specs of a lineage's runs, in its order.

    Raises:
        UserError: a run is in no grid and no launch, nor an evaluation of one that is.
    """
    theirs = [lineage.spec(number) for number in range(len(lineage.runs))]
    specs = {spec.id: spec for spec in _grids()}
    for study in {spec.study_key for spec in theirs}:
        if in_launches(f"*/{MANIFEST}", study):
            specs |= {run: launched.spec for run, launched in launched_runs(study).items()}
    return [_looked_up(spec, specs, lineage) for spec in theirs]


def find_runs(patterns: tuple[str, ...], problems: list[str]) -> list[RunSpec]:
    """Find the runs whose ids fit any of these patterns, such as 'ts/2dot/*/h16/*', those of the grids first.

    Known are the studies' grids, what was ever launched or begun, and every training's evaluations on the five domains.

    Args:
        patterns: ids, or patterns of them.
        problems: a sentence about each launch that cannot be read is added here.

    Raises:
        UserError: a pattern fits none, or the spec in a run's folder is damaged.
    """
    specs = {spec.id: spec for spec in _grids()}
    if in_launches(f"*/{MANIFEST}"):
        specs |= {run: launched.spec for run, launched in launched_runs(problems=problems).items()}
    begun = {run: file for run, file in stored_specs().items() if run not in specs}
    specs |= {run: read_spec(read_json(begun[run]), begun[run]) for run in matching(patterns, begun)}
    evaluations = [run for spec in specs.values() for run in study_of(spec.study).evaluations(spec)]
    specs |= {spec.id: spec for spec in evaluations if spec.id not in specs}
    for pattern in patterns:
        if not matching([pattern], specs):
            hint = did_you_mean(pattern, specs) or f" An id looks like {next(iter(specs))}; quote a pattern."
            raise UserError(f"No run fits {pattern!r}.{hint}")
    return [specs[run] for run in matching(patterns, specs)]


def _grids() -> list[RunSpec]:
    """List every run of the studies, without evaluations."""
    return [spec for study in all_studies() for spec in study.grid()]


def _looked_up(theirs: RunSpec, specs: dict[str, RunSpec], lineage: Lineage) -> RunSpec:
    if theirs.id in specs:
        return specs[theirs.id]
    stored = RunFolder.of(theirs).spec_file
    if stored.exists():
        return read_spec(read_json(stored), stored)
    training = specs.get(theirs.training.id)
    if not theirs.is_evaluation or training is None:
        raise UserError(
            f"{lineage.path} names the run {one_line(theirs.id)}, which is in no grid of this project and was never "
            f"launched below {runs_root()}. Make the tables again: python -m analysis tables --study "
            + one_line(lineage.values["study"])
        )
    # An evaluation that was never launched: of a training that was, on a domain and masks of plain names.
    return theirs.follow(training)
