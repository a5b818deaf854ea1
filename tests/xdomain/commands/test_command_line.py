"""python -m xdomain: what is printed, and with which exit code."""

import csv
import io
import subprocess
import sys
from importlib import resources

import click
import pytest
from click.testing import CliRunner

from xdomain.__main__ import main
from xdomain.core.cli import Group
from xdomain.core.errors import UserError


def call(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_generate_then_preview(tmp_path):
    made = call("generate", "--domain", "2dot", "--clips", 12, "--out", tmp_path)
    assert made.exit_code == 0, made.output
    file = tmp_path / "ts" / "2dot-n12-seed1-train-released.npy"
    assert str(file) in made.output
    assert call("preview", file, "--out", tmp_path / "a.gif").exit_code == 0
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")


def test_the_data_root_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("XDOMAIN_DATA", str(tmp_path / "elsewhere"))
    assert call("generate", "--domain", "2dot", "--clips", 2).exit_code == 0
    assert (tmp_path / "elsewhere" / "ts" / "2dot-n2-seed1-train-released.json").exists()


def test_a_user_error_is_one_sentence_and_exit_code_2(tmp_path):
    failed = call("preview", tmp_path / "none.npy", "--out", tmp_path / "a.gif")
    assert failed.exit_code == 2
    assert failed.stderr.startswith("Error: There is no clip set")
    assert failed.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ["generate", "--domain", "3dot"],
        ["generate", "--domain", "2dot", "--clips", "0"],
        ["generate", "--domain", "2dot", "--seed", "-1"],
        ["generate"],
        ["import-ts", "no-such-folder"],
        ["params", "--study", "other"],
    ],
)
def test_wrong_options_exit_with_2(words):
    assert call(*words).exit_code == 2


def test_parameters_are_the_papers(tmp_path):
    printed = call("params", "--study", "ts")
    assert printed.exit_code == 0
    rows = list(csv.reader(io.StringIO(printed.stdout)))
    published = csv.DictReader(
        io.StringIO(resources.files("analysis").joinpath("published/temporal_shape_parameters.csv").read_text())
    )
    names = ("TimeSformer-1", "3D CNN", "ConvLSTM", "TimeSformer-8")
    wanted = [[name, row["hidden_units"], row[name]] for row in published for name in names]
    assert rows == [["model", "hidden", "parameters"], *wanted]


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = (
        "import sys; from click.testing import CliRunner; from xdomain.__main__ import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "heavy = {'torch', 'numpy', 'PIL', 'requests', 'sklearn'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@click.group(cls=Group)
def group() -> None:
    """A group of failing commands."""


@group.command()
@click.argument("kind")
def fail(kind: str) -> None:
    """Fail in some way."""
    if kind == "user":
        raise UserError("Fix this.")
    if kind == "package":
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    if kind == "ours":
        raise ModuleNotFoundError("No module named 'xdomain.gone'", name="xdomain.gone")
    raise ZeroDivisionError


def test_a_group_explains_what_a_user_can_fix_and_nothing_else():
    user, package, ours, fault = (
        CliRunner().invoke(group, ["fail", kind]) for kind in ("user", "package", "ours", "fault")
    )
    assert (user.exit_code, user.stderr) == (2, "Error: Fix this.\n")
    assert package.exit_code == 2
    assert "torch" in package.stderr
    assert "[train]" in package.stderr
    assert isinstance(ours.exception, ModuleNotFoundError)
    assert isinstance(fault.exception, ZeroDivisionError)
