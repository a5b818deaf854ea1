"""The reference of all commands that the site has: every command once, under its task, as its help shows it."""

import re

import click
from click.testing import CliRunner

from xdomain_cli.catalog import SECTIONS
from xdomain_cli.main import main
from xdomain_cli.reference import reference


def helped(words: str) -> str:
    """What a terminal of 80 columns shows of a command."""
    done = CliRunner().invoke(main, [*words.split()[1:], "--help"], prog_name="xdomain", terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def test_every_command_has_a_heading_below_its_task_in_the_catalogs_order() -> None:
    page = reference()
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == list(SECTIONS)
    parts = dict(zip(SECTIONS, re.split(r"^## .*$", page, flags=re.MULTILINE)[1:], strict=True))
    for section, entries in SECTIONS.items():
        headings = re.findall(r"^### xdomain (\S+)$", parts[section], re.MULTILINE)
        assert headings == list(entries)


def test_each_is_followed_by_its_help_and_groups_by_their_commands() -> None:
    page = reference()
    shown = dict(re.findall(r"^### (xdomain [^\n]*)\n\n```text\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL))
    assert {"xdomain launch ts-grid", "xdomain segment infer", "xdomain tables"} <= shown.keys()
    for words in ("xdomain launch", "xdomain launch ts-grid", "xdomain segment infer", "xdomain status"):
        assert shown[words].strip() == helped(words)
    context = click.Context(main)
    groups = {name for name in main.list_commands(context) if isinstance(main.get_command(context, name), click.Group)}
    for group in groups:
        below = {words.split()[2] for words in shown if words.startswith(f"xdomain {group} ")}
        assert below == set(main.get_command(context, group).list_commands(context))


def test_no_help_page_ends_the_block_that_it_stands_in() -> None:
    assert reference().count("```") == 2 * len(re.findall(r"^### ", reference(), re.MULTILINE))
