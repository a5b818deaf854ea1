"""Give all command lines of the project one behaviour: a `UserError` becomes one sentence and exit code 2."""

import math
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from xdomain.core.errors import FULL, CommandFailed, UserError, explain
from xdomain.core.names import did_you_mean, printable
from xdomain.core.output import accept_any_text
from xdomain.core.roots import expand_home

COMMAND = re.compile(r"(python -m|xdomain) ")
WIDEST, ROOMY, NARROWEST = 80, 60, 30  # columns of a help page
HOME = re.compile(r"(?:^|(?<==))~(?:/.*)?$", re.DOTALL)  # a word or what follows its =; a shell leaves the latter alone


def unescape(command: click.Command) -> None:
    r"""Let the \b of a raw docstring be the character by which click knows a paragraph that it must not wrap."""
    if command.help:
        command.help = command.help.replace(r"\b", "\b")


def fold_kept(text: str, width: int) -> str:
    r"""Fold what is too long in the paragraphs marked with \b, which click does not wrap.

    What stands in a second column goes below the first; a command, but no prose, goes on after a backslash.
    """
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        "\n".join(piece for line in paragraph.splitlines() for piece in _folded(line, width))
        if paragraph.lstrip().startswith("\b")
        else paragraph
        for paragraph in paragraphs
    )


def _folded(line: str, width: int) -> Iterator[str]:
    if len(line) <= width:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    first, *others = re.split(r" {2,}", line.strip(), maxsplit=1)
    settings = {"subsequent_indent": f"{indent}    ", "break_long_words": False, "break_on_hyphens": False}
    pieces = textwrap.wrap(first, width - 2, initial_indent=indent, **settings)  # type: ignore[arg-type]
    onward = " \\" if COMMAND.match(first) else ""
    yield from (f"{piece}{onward}" for piece in pieces[:-1])
    yield pieces[-1]
    for other in others:
        yield from textwrap.wrap(other, width, initial_indent=f"{indent}    ", **settings)  # type: ignore[arg-type]


def _no_output(error: OSError, ctx: click.Context | None) -> click.ClickException:
    return click.UsageError(f"The output cannot be written ({error.strerror}). Free some space there.")


class Number(click.FloatRange):
    """A number in a range, or any: never nan, which no bound refuses, nor infinite."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


class Option(click.Option):
    """An option that stands under a heading of its command's help page, without the range of its values."""

    def __init__(self, *args: Any, section: str = "Options", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.section = section

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what stands in brackets behind the help."""
        return {name: value for name, value in super().get_help_extra(ctx).items() if name != "range"}


class _Guarded(click.Command):
    """The part of a click command that turns a `UserError` into its sentence."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        unescape(self)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as a program, whatever its output can show."""
        accept_any_text()
        return super().main(*args, **extra)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Begin a command, whose help pages are as wide as the terminal: click would leave two columns of 80 empty."""
        if parent is None:  # commands below take it over
            extra.setdefault("terminal_width", max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST)))
        try:
            return super().make_context(info_name, args, parent, **extra)
        except OSError as error:  # of a help page
            if error.errno not in FULL:
                raise
            raise _no_output(error, None) from error

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the text of the help page, no line of it wider than the page."""
        kept, self.help = self.help, self.help and fold_kept(self.help, formatter.width - 2)
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = kept

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, in the order of these."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if record := parameter.get_help_record(ctx):
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        if len(sections) > 1 and (own := sections.pop("Options", [])):  # --help has no heading of its own
            sections[[*sections][-1]] += own
        room = 30 if formatter.width >= ROOMY else formatter.width // 4  # for names before what is said of them
        widest = max((len(name) for records in sections.values() for name, _ in records if len(name) < room), default=0)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), said) for name, said in records], col_max=room)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words of the command, ~ in them expanded, also where no shell does so (--out=~/data)."""
        try:
            words = [HOME.sub(lambda match: str(expand_home(Path(match[0]))), word) for word in args]
        except UserError as error:
            raise click.UsageError(str(error), ctx) from error
        return super().parse_args(ctx, words)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a `UserError`, an unusable file or a missing package instead of a traceback."""
        try:
            return super().invoke(ctx)
        except CommandFailed as failed:
            ctx.exit(failed.code)
        except UserError as error:
            sentence = str(error)
        except OSError as error:
            if error.filename is None and error.errno in FULL:
                raise _no_output(error, ctx) from error
            if error.filename is None:  # not of a file: a closed pipe, say, with which click knows what to do
                raise
            sentence = explain(error)
        except ModuleNotFoundError as error:
            if (error.name or "xdomain").startswith("xdomain"):
                raise  # a fault of ours
            is_checkout = (Path(__file__).parents[2] / "pyproject.toml").exists()
            extra = "-e '.[train]'" if is_checkout else "'xdomain[train]'"
            sentence = (
                f"This command needs the Python package {error.name}, which is missing here. Install the extra that "
                f"has it (train for data and models): pip install {extra}"
            )
        click.echo(f"Error: {printable(sentence)}", err=True)
        ctx.exit(2)


class Command(_Guarded, click.Command):
    """A click command that may raise `UserError`, in a group or alone."""


class Group(_Guarded, click.Group):
    """A click group whose commands may raise `UserError`; its help page lists them by task, in whole sentences."""

    command_class = Command

    def __init__(self, *args: Any, sections: dict[str, tuple[str, ...]] | None = None, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.sections = sections or {}  # heading to names of commands

    def summaries(self, ctx: click.Context) -> dict[str, str]:
        """Each command's line in the help page: the first sentence of its own."""
        return {name: command.get_short_help_str(limit=1000) for name, command in self.commands.items()}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, a section for each task, all in the same columns."""
        summaries = self.summaries(ctx)
        listed = {name for names in self.sections.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        width = max(map(len, summaries), default=0)
        for heading, names in {**self.sections, "Commands": others}.items():
            if names:
                with formatter.section(heading):
                    formatter.write_dl([(name.ljust(width), summaries[name]) for name in names])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the words name, also among those that are imported when they are called for."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {name!r}.{did_you_mean(name, names)}", ctx)
        return super().resolve_command(ctx, args)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Register a command, whose help may come from a raw docstring."""
        unescape(cmd)
        super().add_command(cmd, name)
