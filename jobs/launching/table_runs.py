"""The runs behind a table's cells: those that it lacks, and those that have gone stale."""

from dataclasses import dataclass

from jobs.cluster.batch import image_digest
from jobs.cluster.profile import load_profile
from jobs.launching.options import Options, is_slurm
from jobs.launching.ordered import launch_ordered
from jobs.monitor.own_runs import own_specs
from jobs.state.stale import move_aside, stale_runs
from xdomain.core.errors import UserError
from xdomain.core.output import say
from xdomain.runs.lineage import Lineage
from xdomain.runs.provenance import code_version
from xdomain.runs.run_folder import STALE, as_begun
from xdomain.specs.spec import RunSpec


@dataclass(frozen=True)
class TableRequest:
    """Which cells are to have all of their runs, and what counts as stale."""

    table: str
    row: str = ""  # empty: all of them
    column: str = ""
    study: str = "ts"
    stale_code: bool = False  # runs of another code version, or image, than now are stale too


def launch_table(request: TableRequest, options: Options) -> None:
    """Move the stale runs of the cells aside and launch what then lacks, or only say so.

    Raises:
        CommandFailed: a run failed on this machine, or trainings are still on their way.
        UserError: the tables were never made, or no run stands behind these cells.
    """
    lineage = Lineage.of_study(request.study)
    numbers = _numbers(lineage, request)
    if not numbers:
        raise UserError(f"No run stands behind {request.table} there: its values are published ones.")
    known = [as_begun(spec) for spec in own_specs(lineage)]
    wanted = [known[number] for number in numbers]
    stale = _stale(wanted, known, request, options)
    for spec, why in stale.items():
        say(f"stale {spec.id}: {why}")
    if stale and options.dry_run:
        again = [spec for spec in wanted if spec in stale]
        say(f"These would be renamed to <folder>{STALE}<date>, and {len(again)} of them launched anew.")
        wanted = [spec for spec in wanted if spec not in stale]
    elif stale:
        for spec in stale:
            say(f"Renamed to {move_aside(spec)}")
    launch_ordered(wanted, options)


def _numbers(lineage: Lineage, request: TableRequest) -> tuple[int, ...]:
    """List the places of the runs that the table, row or column is of."""
    if not request.row and not request.column:
        return lineage.needs(request.table)
    cells = lineage.cells(request.table, request.row, request.column)
    return tuple(dict.fromkeys(number for cell in cells for number in (*cell.runs, *cell.missing)))


def _stale(wanted: list[RunSpec], known: list[RunSpec], request: TableRequest, options: Options) -> dict[RunSpec, str]:
    """Select the stale runs among the wanted, and all evaluations of the trainings among these."""
    code = None
    if request.stale_code:  # in an image, the image's code is what runs
        code = (is_slurm(options) and image_digest(load_profile(options.profile))) or code_version()
    stale = stale_runs(wanted, code)
    trainings = {spec.id for spec in stale if not spec.is_evaluation}
    return stale | stale_runs([spec for spec in known if spec.training.id in trainings], code)
