"""`python -m jobs.launch`: one launcher for every study."""

import click

from jobs.cluster.profile import load_profile
from jobs.commands.launches.diving import diving, evaluate
from jobs.commands.launches.options import (
    HOW,
    WHICH,
    Listed,
    begins_from,
    flat,
    listed,
    option,
    where_and_how,
    with_request,
)
from jobs.commands.launches.paper import paper
from jobs.commands.launches.recipe import recipe
from jobs.commands.launches.runs import runs
from jobs.commands.launches.segment import segment
from jobs.commands.launches.study import study
from jobs.commands.launches.table import launch_for
from jobs.launching.chain import dependency, submit_tables
from jobs.launching.dispatch import launch
from jobs.launching.options import Options, require_dry_run_for_json
from jobs.launching.temporal_shape import GridRequest, grid_runs
from xdomain.core.cli import Group
from xdomain.studies import temporal_shape as ts

SECTIONS = {
    "A whole study": ("ts-grid", "diving", "evaluate", "paper", "recipe", "study"),
    "Parts of one": ("for", "runs", "segment", "tables"),
}


@click.group(cls=Group, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    r"""Launch every unfinished run of a study, on Slurm or here.

    The same command again does nothing twice: finished runs are skipped, runs in flight are left alone,
    interrupted and failed ones go on from their last checkpoint.

    \b
    Examples:
      python -m jobs.launch ts-grid --dry-run  the paper's 400 runs
      python -m jobs.launch ts-grid --pilot    what they would cost
      python -m jobs.launch ts-grid --source 2dot --model convlstm --seed 42
      python -m jobs.launch diving --exp d     trainings of experiment d
      python -m jobs.launch evaluate --exp d   their checkpoints, everywhere
      python -m jobs.launch paper              everything, as one chain
      python -m jobs.launch study mine.toml    a study of your own
      python -m jobs.launch for table1         only what a table's cells lack
      python -m jobs.status                    how it goes
    """


@main.command("ts-grid")
@option(
    WHICH,
    "--source",
    type=click.Choice([*ts.SOURCES, "both"]),
    default="both",
    metavar="NAME",
    help="Trained on: 2dot, mnist-bg.  [default: both]",
)
@listed("--model", "models", kind=str, help="Registered models.  [default: the paper's four]")
@listed("--hidden", "sizes", kind=int, help="Units per block.  [default: the paper's ten]")
@listed("--seed", "seeds", kind=int, help="Seeds.  [default: 42,61,47,53,57]")
@begins_from
@option(HOW, "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Deviate from the recipe.")
@option(HOW, "--tag", default="", metavar="NAME", help="Name the variant; else its values do.")
@option(
    HOW,
    "--also",
    "also",
    multiple=True,
    type=Listed(str),
    callback=flat,
    metavar="A,B",
    help="Evaluate on functions of the source's clips, too.",
)
@with_request(GridRequest, "request")
@where_and_how
def ts_grid(request: GridRequest, options: Options) -> None:
    """Launch the Temporal Shape grid (paper section 3.2).

    4 models × 10 sizes × 5 seeds × 2 directions: without filters the paper's 400 runs, one GPU each. Missing clip sets
    are generated first.

    --set lr=0.01 makes a variant with a folder of its own (runs/ts-lr0.01/...), which never mixes with the paper's
    runs in a table. --set timesformer-8.lr=0.01 --tag mine is for one model of it. So does --also with reversed,
    shuffled, frozen, half-rate, noise-1 to noise-5, or functions of your package (runs/ts-also.reversed.frozen/...).
    """
    require_dry_run_for_json(options)
    launch(grid_runs(request), options)


@main.command()
@click.option("--study", default="ts", show_default=True, help="A folder below the runs root.")
@click.option("--profile", help="Slurm settings: a TOML file or a shipped name.  [default: XDOMAIN_PROFILE]")
@click.option("--after", metavar="MODE:LAUNCH", default="afterany:last", show_default=True, help="What to wait for.")
def tables(study: str, profile: str | None, after: str) -> None:
    """Submit a study's tables and figures, to wait for its runs.

    The job looks at the result files itself: whatever became of the runs' jobs, incomplete tables say so, and then
    the job ends with exit code 1. `last` is the study's last launch, and whatever runs of it are in the queue
    besides, such as those that were not retried. Without Slurm, or at any time: make tables figures.
    """
    submit_tables(study, load_profile(profile), dependency(after, study))


for command in (diving, evaluate, segment, paper, recipe, study, launch_for, runs):
    main.add_command(command)
