"""A click group whose commands are imported when they are called for."""

import copy
import importlib
import re

import click
from click.shell_completion import CompletionItem

from xdomain.core.cli import Group, unescape
from xdomain_cli.catalog import COMMANDS

# How the help pages of the modules name commands, and what the same command is called here.
SPELLINGS = (
    (re.compile(r"python -m jobs\.(?=\w)"), "xdomain "),
    (re.compile(r"python -m segment\b"), "xdomain segment"),
    (re.compile(r"python -m (?:xdomain|analysis)\b"), "xdomain"),
)


class LazyGroup(Group):
    """The catalog's commands, each imported by its first use; the list of them needs no import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List every name of the catalog, in its order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].target.partition(":")
        return respelled(getattr(importlib.import_module(module), name))

    def summaries(self, ctx: click.Context) -> dict[str, str]:
        """Each command's line in the help page, from the catalog."""
        return {name: entry.summary for name, entry in COMMANDS.items()}

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """List the commands and options that begin with `incomplete`."""
        names = self.summaries(ctx).items()
        commands = [CompletionItem(name, help=text) for name, text in names if name.startswith(incomplete)]
        return commands + click.Command.shell_complete(self, ctx, incomplete)


def respelled(command: click.Command) -> click.Command:
    """Copy a command, and those below it, so that their help speaks of `xdomain …` and not of `python -m …`."""
    twin = copy.copy(command)
    twin.help = _respelled_text(command.help)
    unescape(twin)
    twin.params = [copy.copy(parameter) for parameter in command.params]
    for parameter in twin.params:
        if isinstance(parameter, click.Option):
            parameter.help = _respelled_text(parameter.help)
    if isinstance(twin, click.Group):
        twin.commands = {name: respelled(below) for name, below in twin.commands.items()}
    return twin


def _respelled_text(text: str | None) -> str | None:
    for pattern, here in SPELLINGS:
        text = text and pattern.sub(here, text)
    return text
