"""Options that the commands of `python -m jobs.launch` share."""

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jobs.launching.options import Options

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TRACKERS = ("tensorboard", "wandb")
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
Request = TypeVar("Request", bound="DataclassInstance")  # a frozen one


class Listed(click.ParamType):
    """Comma-separated values of one type; the option may also be repeated."""

    def __init__(self, kind: type) -> None:
        self.kind, self.name = kind, kind.__name__

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Parse the comma-separated text into a tuple of values."""
        try:
            values = tuple(self.kind(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            values = ()
        if not values:
            self.fail(f"{value!r} is not a list of {self.name} values such as 2,4,8.", param, ctx)
        return values


def _flat(ctx: click.Context, param: click.Parameter, values: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    """Give the values of an option that was repeated, each once."""
    return tuple(dict.fromkeys(value for group in values for value in group))


def listed(*names: str, kind: type, help: str) -> Decorator:
    """Make an option that takes comma-separated values, may be repeated, and gives a tuple of distinct values."""
    return click.option(*names, multiple=True, type=Listed(kind), callback=_flat, help=help)


def collect(request: type[Request], values: dict[str, Any]) -> tuple[Request, dict[str, Any]]:
    """Make a frozen request of those of a command's options that are its fields; the other options come second."""
    names = {field.name for field in dataclasses.fields(request)}
    others = {name: value for name, value in values.items() if name not in names}
    return request(**{name: value for name, value in values.items() if name in names}), others


def with_request(request: "type[DataclassInstance]", name: str) -> Decorator:
    """Let a command take those of its options that are fields of `request` as one argument, `name`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def collected(**values: Any) -> None:
            instance, others = collect(request, values)
            command(**{name: instance}, **others)

        return collected

    return decorate


def begins_from(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of models of libraries."""
    weights = click.option(
        "--weights",
        default="",
        help="What a library's model begins from: a file, a folder, or a name in the cache that `python -m xdomain "
        "fetch weights` fills.  [default: random weights]",
    )
    frozen = click.option("--frozen", is_flag=True, help="Of a library's model train the new head only.")
    return weights(frozen(command))


def _estimate_without_launching(command: Callable[..., None]) -> Callable[..., None]:
    """Let --estimate be a dry run, too, and --pilot an estimate."""

    @functools.wraps(command)
    def estimated(**values: Any) -> None:
        estimate = values["estimate"] or values["pilot"]
        command(**values | {"estimate": estimate, "dry_run": values["dry_run"] or estimate})

    return estimated


def where_and_how(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every launch, which it takes as one `Options`, named `options`."""
    command = _estimate_without_launching(with_request(Options, "options")(command))
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
            click.option("--time", help="Slurm: limit of one attempt, such as 04:00:00.  [default: the profile's]"),
            click.option("--memory", help="Slurm: of one run, such as 32G.  [default: the profile's]"),
            click.option("--partition", help="Slurm: where to.  [default: the profile's]"),
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
            click.option(
                "--estimate", is_flag=True, help="Only say what it would take, by the records of earlier runs."
            ),
            click.option(
                "--pilot",
                is_flag=True,
                help="The same, once models and sizes without a record have trained two epochs where they would run.",
            ),
            click.option("--json", "as_json", is_flag=True, help="With --dry-run: one machine-readable document."),
        )
    ):
        command = option(command)
    return command
