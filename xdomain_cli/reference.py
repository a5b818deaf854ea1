"""The reference of all commands, made from the commands themselves; docs/site_hooks.py puts it into the site."""

from collections.abc import Iterator

import click

from xdomain_cli.catalog import SECTIONS
from xdomain_cli.main import main


def reference() -> str:
    """Write a page in Markdown: every command by task, with its help page as a terminal shows it."""
    lines = [
        "# Commands",
        "",
        "Each is also there as `python -m` and a module's name, such as `python -m jobs.launch`.",
        "",
    ]
    context = click.Context(main, info_name="xdomain")
    for section, entries in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in entries:
            command = main.get_command(context, name)
            assert command is not None, "the catalog names it"
            for path, page in _pages(command, _below(context, name, command)):
                lines += [f"### {path}", "", "```text", page, "```", ""]
    return "\n".join(lines)


def _pages(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the words of a command and of those below it, each with its help page."""
    context.terminal_width = 80
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, "its group lists it"
            yield from _pages(below, _below(context, name, below))


def _below(context: click.Context, name: str, command: click.Command) -> click.Context:
    """Make the context of a command in a group, with the command's own settings: they name its help option."""
    return click.Context(command, parent=context, info_name=name, **command.context_settings)
