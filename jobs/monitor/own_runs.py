"""The runs that a lineage names, as this project defines them: from its grids and launches, never from the lineage.

A lineage may have come with somebody else's results. What it says of a run is its id, and that is looked up.
"""

import dataclasses

from jobs.monitor.launches import launched_runs
from jobs.records.manifest import LAUNCHES
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import one_line
from xdomain.core.roots import runs_root
from xdomain.runs.lineage import Lineage
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48, temporal_shape


def own_specs(lineage: Lineage) -> list[RunSpec]:
    """The specs of a lineage's runs, in its order.

    Raises:
        UserError: a run is in no grid and no launch, nor an evaluation of one that is.
    """
    theirs = [lineage.spec(number) for number in range(len(lineage.runs))]
    known = {spec.id: spec for spec in (*temporal_shape.grid(), *_diving())}
    for study in {spec.study_key for spec in theirs}:
        if any((runs_root() / study / LAUNCHES).glob("*/manifest.json")):
            known |= {run: launched.spec for run, launched in launched_runs(study).items()}
    return [_looked_up(spec, known, lineage) for spec in theirs]


def _diving() -> list[RunSpec]:
    models = diving48.models_of("".join(diving48.EXPERIMENTS))
    trainings = [diving48.training(model, split) for model in models for split in diving48.SPLITS]
    return trainings + [diving48.variant(row, split) for row in diving48.TABLE_17 for split in diving48.SPLITS]


def _looked_up(theirs: RunSpec, known: dict[str, RunSpec], lineage: Lineage) -> RunSpec:
    if theirs.id in known:
        return known[theirs.id]
    stored = RunFolder.of(theirs).spec_file
    if stored.exists():
        return RunSpec.from_dict(read_json(stored), stored)
    training = known.get(theirs.training.id)
    if not theirs.evaluates or training is None:
        raise UserError(
            f"{lineage.path} names the run {one_line(theirs.id)}, which is in no grid of this project and was never "
            f"launched below {runs_root()}. Make the tables again: python -m analysis tables --study "
            + one_line(lineage.values["study"])
        )
    # An evaluation that was never launched: of a training that was, on a domain and masks of plain names.
    judging = dataclasses.replace(training.data, masks=theirs.data.masks)
    return dataclasses.replace(training, data=judging, evaluates=theirs.evaluates)
