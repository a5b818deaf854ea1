"""The commands of README.md and docs/: what is cheap is run, the rest says why not, and every option of all exists."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from xdomain_cli.main import main

TOP = Path(__file__).parent.parent
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- not run: ([^>]+) -->\n)?```(?:sh|bash|console)\n(.*?)```", re.DOTALL)
PICTURE = re.compile(r'!\[[^\]]*\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"')


def blocks(page: Path) -> Iterator[tuple[str | None, str]]:
    """(why it is not run, commands) of every shell block of a page."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield match[1], match[2]


RUN = [(page.name, code) for page in PAGES for reason, code in blocks(page) if reason is None]
ALL = [(page.name, line) for page in PAGES for _, code in blocks(page) for line in code.splitlines() if line.strip()]


@pytest.mark.parametrize(("page", "code"), RUN, ids=[f"{page}-{i}" for i, (page, _) in enumerate(RUN)])
def test_a_block_without_a_reason_runs(page, code, tmp_path):
    (tmp_path / "bin").mkdir()
    for name, words in (("python", ""), ("xdomain", "-c 'from xdomain_cli.main import main; main()'")):
        program = tmp_path / "bin" / name  # a link would lose the environment's packages
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(0o755)
    shutil.copytree(TOP / "recipes", tmp_path / "recipes")
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        ["bash", "-eu", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_most_pages_with_commands_have_some_that_run():
    assert len({page for page, _ in RUN}) >= 3


def words_of(line: str) -> list[str] | None:
    """The words after `xdomain` of a line's command in our own modules; None of another program."""
    line = re.split(r"&&| > ", re.sub(r"\s#.*", "", line))[0]
    words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
    words = [word.removeprefix(".venv/bin/") for word in words]
    if words[:1] == ["xdomain"]:
        return words[1:]
    if words[:2] == ["python", "-m"] and re.fullmatch(r"jobs\.\w+", words[2]):
        return [words[2].removeprefix("jobs."), *words[3:]]
    if words[:2] == ["python", "-m"] and words[2] in ("xdomain", "analysis"):
        return words[3:]
    if words[:2] == ["python", "-m"] and words[2] == "segment":
        return words[2:]
    return None


def refusal(command: click.Command, words: list[str], parent: click.Context | None = None) -> str:
    """What a command says of words that it cannot take; files that are not there are no fault of a page."""
    try:
        context = command.make_context(command.name or "xdomain", list(words), parent=parent)
        if isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            _, below, rest = command.resolve_command(context, rest)
            return refusal(below, rest, context)
    except click.exceptions.Exit:  # --help, --version
        return ""
    except click.UsageError as error:
        return "" if "does not exist" in error.message else error.message
    return ""


@pytest.mark.parametrize(("page", "line"), [pair for pair in ALL if words_of(pair[1]) is not None])
def test_every_command_takes_the_words_that_a_page_gives_it(page, line):
    assert refusal(main, words_of(line)) == ""


def test_a_wrong_option_is_found():
    assert refusal(main, ["status", "--wacht"]).startswith("No such option")
    assert refusal(main, ["lunch"]).startswith("No such command")
    assert refusal(main, ["launch", "ts-grid", "--hidden", "many"])
    assert refusal(main, ["launch", "ts-grid", "--hidden", "16"]) == ""


def test_every_target_of_make_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z0-9-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for _, line in ALL
        if line.startswith("make ")
        for word in re.sub(r"\s#.*", "", line).split()[1:]
        if "=" not in word
    }
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_of_a_page_is_there_and_small(page):
    for match in PICTURE.finditer(page.read_text(encoding="utf-8")):
        picture = page.parent / (match[1] or match[2])
        assert 0 < picture.stat().st_size < 300_000, picture


def test_the_readme_is_read_in_a_minute():
    assert len((TOP / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
