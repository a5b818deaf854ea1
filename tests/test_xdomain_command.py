"""The command `xdomain`: everything that the modules offer, quick, and in words of its own."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.roots import set_roots

import jobs
from analysis.__main__ import main as analysis
from jobs.commands.launch import main as launch
from segment.__main__ import main as segment
from xdomain.__main__ import main as data
from xdomain.core.cli import fold_kept
from xdomain_cli.catalog import COMMANDS
from xdomain_cli.main import main

JOBS = Path(jobs.__file__).parent
GROUPS = {"xdomain": main, "jobs.launch": launch, "xdomain.data": data, "segment": segment, "analysis": analysis}
PROGRAM = [sys.executable, "-c", "from xdomain_cli.main import main; main(prog_name='xdomain')"]


def shown(*words: str) -> str:
    done = CliRunner().invoke(main, [*words], prog_name="xdomain", terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.stdout


def named(name: str) -> click.Command:
    """The command that the catalog's target names."""
    module, _, attribute = COMMANDS[name].target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def pages(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command below one, groups included."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    below = [
        page
        for name in command.list_commands(context)
        for page in pages(command.get_command(context, name), (*path, name))
    ]
    return [path, *below]


def test_every_command_of_the_modules_is_there_under_its_own_name():
    watching = {file.stem for file in JOBS.glob("*.py") if "main(prog_name=" in file.read_text()}
    assert set(COMMANDS) == {*watching, "doctor", "segment", "completion", *data.commands, *analysis.commands}
    assert {name: named(name) for name in data.commands} == data.commands
    assert {name: named(name) for name in analysis.commands} == analysis.commands
    assert [named(name) for name in watching] == [importlib.import_module(f"jobs.{name}").main for name in watching]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_of_itself(name):
    assert COMMANDS[name].summary == named(name).help.partition("\n")[0]


@pytest.mark.parametrize("name", GROUPS)
def test_a_groups_page_fits_a_screen_with_every_summary_complete_and_under_a_heading(name):
    page = CliRunner().invoke(GROUPS[name], ["--help"], terminal_width=80).stdout
    lines = page.splitlines()
    assert len(lines) <= (56 if name == "xdomain" else 46)  # the one of all commands takes a tall screen
    assert "\nCommands:" not in page, "each command has a heading of its task"
    context = click.Context(GROUPS[name])
    for command in GROUPS[name].list_commands(context):
        (line,) = [line for line in lines if line.startswith(f"  {command} ")]
        summary = GROUPS[name].get_command(context, command).help.partition("\n")[0]
        assert line.removeprefix(f"  {command}").strip() == summary
        assert len(line) <= 80


@pytest.mark.parametrize("words", pages(main), ids=" ".join)
def test_a_commands_page_is_one_screen(words):
    """80 columns and 50 lines, of which the paragraphs that click does not wrap keep to the columns, too."""
    lines = CliRunner().invoke(main, [*words, "--help"], prog_name="xdomain", terminal_width=80).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= (56 if words == () else 50)


def test_options_of_a_launch_stand_under_headings():
    page = CliRunner().invoke(launch, ["ts-grid", "--help"], terminal_width=80).stdout
    for heading in ("Which runs:", "How they differ from the paper's:", "Where:", "Only look:"):
        assert f"\n{heading}\n" in page
    assert "\nOptions:\n" not in page


def test_kept_paragraphs_are_folded_between_words():
    command = "    python -m jobs.launch ts-grid --source 2dot --model convlstm      the second column"
    text = fold_kept(f"Wrapped by click.\n\n\b\n  short\n{command}", 40)
    assert text.splitlines()[4:] == [
        "    python -m jobs.launch ts-grid \\",
        "        --source 2dot --model convlstm",
        "        the second column",
    ]


def test_prose_goes_on_without_a_backslash():
    text = fold_kept("\b\n  Or, where the divers are known or the domains are published:", 40)
    assert text.splitlines()[1:] == ["  Or, where the divers are known or", "      the domains are published:"]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_page_is_as_wide_as_the_terminal_and_80_at_most(monkeypatch, columns):
    """Not two columns less, as click leaves: in these, examples would be folded that fit."""
    monkeypatch.setenv("COLUMNS", str(columns))
    page = CliRunner().invoke(launch, ["--help"]).stdout
    assert page == CliRunner().invoke(launch, ["--help"], terminal_width=min(columns, 80)).stdout
    assert max(map(len, page.splitlines())) <= columns
    if columns >= 80:
        assert "python -m jobs.launch for table1         only what a table's cells lack\n" in page


def test_a_narrow_terminal_wraps_summaries_and_cuts_none():
    page = CliRunner().invoke(launch, ["--help"], terminal_width=50).stdout
    assert "..." not in page.partition("A whole study:")[2]
    assert "Train what Diving48 experiments compare (paper section 3.3)." in " ".join(page.split())


@pytest.mark.parametrize("words", pages(main), ids=" ".join)
def test_the_pages_speak_of_the_command_and_not_of_the_modules(words):
    page = shown(*words, "--help")
    assert page.startswith(" ".join(["Usage: xdomain", *words]))
    assert "python -m" not in page
    assert "\\b" not in page, "paragraphs that are not to be wrapped are marked as click wants it"


def test_the_modules_pages_stay_as_they_are():
    shown("launch", "--help")
    assert "python -m jobs.launch ts-grid" in CliRunner().invoke(launch, ["--help"]).stdout


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["completion", "bash"], ["launch", "--help"]], ids=" ".join
)
def test_help_version_and_completion_load_nothing_heavy(tmp_path, words):
    heavy = {"torch", "pytorch_lightning", "sklearn", "pandas", "pyarrow", "matplotlib", "numpy", "scipy"}
    light = heavy if words[0] == "launch" else {*heavy, "submitit", "pydantic", "jobs", "analysis", "segment"}
    code = (
        "import sys\nfrom xdomain_cli.main import main\n"
        f"try: main({words!r}, prog_name='xdomain')\n"
        f"except SystemExit as done: assert not done.code\nprint('LOADED', *({light!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_the_version_names_code_and_image(monkeypatch):
    monkeypatch.setattr("xdomain.runs.provenance.code_version", lambda: "abc123")
    for name in ("APPTAINER_CONTAINER", "XDOMAIN_IMAGE_DIGEST"):
        monkeypatch.delenv(name, raising=False)
    assert shown("--version").startswith("xdomain 0.1.0, code abc123, Python 3.")
    monkeypatch.setenv("APPTAINER_CONTAINER", "/images/xdomain.sif")
    assert ", image /images/xdomain.sif, " in shown("--version")
    monkeypatch.setenv("XDOMAIN_IMAGE_DIGEST", "sha256:feed")
    assert ", image sha256:feed, " in shown("--version"), "what a task knows of its image is more than the path"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("xdomain la", {"launch"}),
        ("xdomain launch ts-", {"ts-grid"}),
        ("xdomain segment tr", {"train", "truth"}),
        ("xdomain --v", {"--version"}),
        ("xdomain launch ts-grid --source m", {"mnist-bg"}),
    ],
)
def test_words_are_completed(typed, offered):
    words = {"_XDOMAIN_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run(PROGRAM, env=os.environ | words, capture_output=True, text=True, check=False)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == offered, done.stderr


def test_bash_takes_the_lines_for_completion():
    done = subprocess.run([*PROGRAM, "completion", "bash"], capture_output=True, text=True, check=True)
    bash = shutil.which("bash")
    said = subprocess.run(
        [bash, "-c", f"{done.stdout}\ncomplete -p xdomain"], capture_output=True, text=True, check=True
    )
    assert said.stdout.rstrip().endswith(" xdomain")


def test_an_unknown_command_is_named(monkeypatch):
    done = CliRunner().invoke(main, ["lunch"], prog_name="xdomain")
    assert done.exit_code == 2
    assert "No such command 'lunch'" in done.output


def test_an_error_ends_with_a_sentence_and_code_two(tmp_path, monkeypatch):
    set_roots(monkeypatch, runs=tmp_path)
    done = CliRunner().invoke(main, ["cancel"], prog_name="xdomain")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert done.output.startswith("Error: Say what to cancel")
