"""`python -m jobs.launch`: one launcher for every study."""

import dataclasses
from collections.abc import Callable
from typing import Any

import click

from jobs.chain import dependency, submit_tables
from jobs.dispatch import Options, launch
from jobs.profile import load_profile
from xdomain import models
from xdomain.cli import Group
from xdomain.errors import UserError
from xdomain.spec import parse_overrides, vary
from xdomain.studies import temporal_shape as ts

TRACKERS = ("tensorboard", "wandb")


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Launch a study: every run that is not finished yet, on Slurm or on this machine.

    The same command again does nothing twice: finished runs are skipped, runs in flight are left alone,
    interrupted and failed ones go on from their last checkpoint.

    \b
    Examples:
      python -m jobs.launch ts-grid --dry-run          what the paper's 400 runs would be
      python -m jobs.launch ts-grid --profile my.toml  submit them
      python -m jobs.launch ts-grid --source 2dot --model convlstm --hidden 16 --seed 42 --cluster local
      python -m jobs.status                            how it goes
    """


class Listed(click.ParamType):
    """Comma-separated values of one type; the option may also be repeated."""

    def __init__(self, kind: type) -> None:
        self.kind, self.name = kind, kind.__name__

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        try:
            values = tuple(self.kind(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            values = ()
        if not values:
            self.fail(f"{value!r} is not a list of {self.name} values such as 2,4,8.", param, ctx)
        return values


def _flat(values: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(value for group in values for value in group))


def _where_and_how(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every study's launch: the fields of `Options`."""
    for option in reversed(
        (
            click.option(
                "--cluster",
                type=click.Choice(["auto", "slurm", "local", "debug"]),
                default="auto",
                show_default=True,
                help="auto: Slurm where sbatch exists, else local; debug: in this process, one after another.",
            ),
            click.option(
                "--profile", help="Slurm settings: a TOML file or a shipped name.  [default: XDOMAIN_PROFILE]"
            ),
            click.option(
                "--max-parallel",
                type=click.IntRange(1),
                help="Jobs at a time.  [default: one per GPU, else per core; on Slurm the profile's throttle]",
            ),
            click.option(
                "--pack", type=click.IntRange(1), help="Slurm: runs that share one job's GPU.  [default: the profile's]"
            ),
            click.option(
                "--after",
                metavar="MODE:LAUNCH",
                help="Slurm: wait for another launch or job; MODE is afterok or afterany, LAUNCH a launch's name, "
                "a job id, or 'last'.",
            ),
            click.option(
                "--tracker",
                type=click.Choice(TRACKERS),
                help="Also report to this; Weights & Biases stays offline unless WANDB_MODE says otherwise.",
            ),
            click.option("--dry-run", is_flag=True, help="Only say what would be done."),
            click.option("--json", "as_json", is_flag=True, help="With --dry-run: one machine-readable document."),
        )
    ):
        command = option(command)
    return command


@main.command("ts-grid")
@click.option("--source", type=click.Choice([*ts.SOURCES, "both"]), default="both", help="The domain trained on.")
@click.option("--model", multiple=True, type=Listed(str), help="Registered models.  [default: the paper's four]")
@click.option("--hidden", multiple=True, type=Listed(int), help="Units per block.  [default: the paper's ten sizes]")
@click.option("--seed", multiple=True, type=Listed(int), help="Seeds.  [default: 42,61,47,53,57]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Deviate from the paper's recipe.")
@click.option("--tag", default="", help="Name such a variant; otherwise its values name it.")
@_where_and_how
def ts_grid(**options: Any) -> None:
    """The Temporal Shape grid: 4 models × 10 sizes × 5 seeds × 2 directions (paper section 3.2).

    Without filters these are the paper's 400 runs, one GPU each. Missing clip sets are generated first.

    A run takes minutes on a GPU (a TimeSformer up to an hour). --set lr=0.01 makes a variant with a folder of its
    own (runs/ts-lr0.01/...), which never mixes with the paper's runs in a table.
    """
    sources = ts.SOURCES if options["source"] == "both" else (options["source"],)
    names = tuple(dict.fromkeys(map(models.canonical_name, _flat(options["model"])))) or ts.MODELS
    sizes = _flat(options["hidden"]) or ts.SIZES
    if unknown := [size for size in sizes if size not in ts.SIZES]:
        raise UserError(f"--hidden {unknown[0]}: the study's sizes are {', '.join(map(str, ts.SIZES))}.")
    if options["as_json"] and not options["dry_run"]:
        raise UserError("--json describes a launch without making it: add --dry-run.")
    grid = ts.grid(sources, names, sizes, _flat(options["seed"]) or ts.SEEDS)
    overrides = parse_overrides(options["settings"])
    grid = vary(grid, overrides, options["tag"])
    launch(grid, Options(**{f.name: options[f.name] for f in dataclasses.fields(Options)}))


@main.command()
@click.option("--study", default="ts", show_default=True, help="A folder below the runs root.")
@click.option("--profile", help="Slurm settings: a TOML file or a shipped name.  [default: XDOMAIN_PROFILE]")
@click.option("--after", metavar="MODE:LAUNCH", default="afterany:last", show_default=True, help="What to wait for.")
def tables(study: str, profile: str | None, after: str) -> None:
    """Submit the tables and figures of a study as a job that waits for its runs.

    The job looks at the result files itself: whatever became of the runs' jobs, incomplete tables say so, and then
    the job ends with exit code 1. Without Slurm, or at any time: make tables figures.
    """
    submit_tables(study, load_profile(profile), dependency(after))


if __name__ == "__main__":
    main(prog_name="python -m jobs.launch")
