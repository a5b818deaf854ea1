"""Models by name: the paper's four, and those of a user's package."""

import subprocess
import sys

import pytest

from xdomain import models
from xdomain.core.errors import UserError


@pytest.mark.parametrize("typed", ["3dcnn", "3D CNN", "3d cnn", "3DCNN"])
def test_a_model_is_known_by_its_names(typed):
    assert models.canonical_name(typed) == "3dcnn"


def test_an_unknown_model_lists_the_known_ones_and_says_how_to_add_one():
    with pytest.raises(
        UserError, match=r"no model 'slowfast'.*3dcnn, convlstm, timesformer-1, timesformer-8.*entry-point"
    ):
        models.canonical_name("slowfast")
    with pytest.raises(UserError, match="no model"):
        models.build("slowfast", 2, 20, 64, 1, 5)


def test_every_name_of_a_figure_is_that_of_a_model():
    assert list(models.DISPLAY) == list(models.BUILT_IN)
    assert models.display_name("a-users-own") == "a-users-own"


def with_package(tmp_path, entry_points: str, code: str) -> str:
    """The output of `code` where a distribution with these entry points is installed."""
    described = tmp_path / "mine-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text(f"[xdomain.models]\n{entry_points}\n")
    (tmp_path / "mine.py").write_text("def build(**sizes): return sizes\nclass Zoo: build = staticmethod(build)")
    command = [sys.executable, "-c", f"from xdomain import models\n{code}"]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


BUILD = "print(models.build('mymodel', 2, 20, 64, 1, 5))"
SIZES = "{'hidden': 2, 'frames': 20, 'side': 64, 'channels': 1, 'classes': 5}"


@pytest.mark.parametrize("target", ["mine:build", "mine:Zoo.build", "mine : build [an-extra]"])
def test_a_users_model_gets_the_sizes_by_name(tmp_path, target):
    """Every form that packaging's entry points may have."""
    assert with_package(tmp_path, f"mymodel = {target}", BUILD) == SIZES


def test_a_users_model_may_have_capitals(tmp_path):
    code = "print(models.canonical_name('MyModel'), models.build('MyModel', 2, 20, 64, 1, 5))"
    assert with_package(tmp_path, "MyModel = mine:build", code) == f"MyModel {SIZES}"


def test_a_users_package_cannot_replace_a_model_of_the_paper(tmp_path):
    """The run would be filed, and drawn, as the paper's."""
    code = "print(models.build('3dcnn', 2, 20, 64, 1, 5).__class__.__name__)"
    assert with_package(tmp_path, "3dcnn = mine:build", code) == "CNN3D"
