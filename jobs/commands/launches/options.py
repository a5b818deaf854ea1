"""Options that the commands of `python -m jobs.launch` share."""

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jobs.launching.options import Options
from xdomain.core.cli import Option

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TRACKERS = ("tensorboard", "wandb")
WHICH, HOW, WHERE = "Which runs", "How they differ from the paper's", "Where"
SLURM, LOOK = "On Slurm, in place of the profile's", "Only look"  # headings of help pages
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
            what = "whole numbers, such as 2,4,8" if self.kind is int else "names, such as a,b"
            self.fail(f"{value!r} is no list of {what}.", param, ctx)
        return values


def flat(ctx: click.Context, param: click.Parameter, values: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    """Give the values of an option that was repeated, each once."""
    return tuple(dict.fromkeys(value for group in values for value in group))


def option(section: str, *names: str, **settings: Any) -> Decorator:
    """Make an option that stands under a heading of the help page."""
    return click.option(*names, cls=Option, section=section, **settings)


def listed(*names: str, kind: type, help: str) -> Decorator:
    """Make an option that takes comma-separated values, may be repeated, and gives a tuple of distinct values."""
    return option(WHICH, *names, multiple=True, type=Listed(kind), callback=flat, metavar="A,B", help=help)


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
    weights = option(
        HOW,
        "--weights",
        default="",
        metavar="FILE",
        help="What a library's model begins from.",
    )
    frozen = option(HOW, "--frozen", is_flag=True, help="Of a library's model train the new head only.")
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
    for add in reversed(_WHERE_AND_HOW):
        command = add(command)
    return command


_WHERE_AND_HOW = (
    option(
        WHERE,
        "--cluster",
        type=click.Choice(["auto", "slurm", "local", "debug"]),
        default="auto",
        metavar="NAME",
        help="slurm, local, debug.  [default: slurm if here]",
    ),
    option(
        WHERE, "--max-parallel", type=click.IntRange(1), metavar="N", help="At a time.  [default: one a GPU or core]"
    ),
    option(
        WHERE,
        "--tracker",
        type=click.Choice(TRACKERS),
        metavar="NAME",
        help="Also report to tensorboard, or wandb (offline).",
    ),
    option(SLURM, "--profile", metavar="FILE", help="A profile.  [default: XDOMAIN_PROFILE]"),
    option(SLURM, "--time", metavar="LIMIT", help="Of one attempt, such as 04:00:00."),
    option(SLURM, "--memory", metavar="SIZE", help="Of one job, such as 32G."),
    option(SLURM, "--partition", metavar="NAME", help="Where to."),
    option(SLURM, "--pack", type=click.IntRange(1), metavar="N", help="Runs that share one job's GPU."),
    option(SLURM, "--after", metavar="MODE:LAUNCH", help="afterok, afterany; a launch, job id or last."),
    option(LOOK, "--dry-run", is_flag=True, help="Only say what would be done."),
    option(LOOK, "--estimate", is_flag=True, help="What it would take, by earlier runs' records."),
    option(LOOK, "--pilot", is_flag=True, help="The same; what has no record trains two epochs."),
    option(LOOK, "--json", "as_json", is_flag=True, help="With --dry-run: machine-readable."),
)
