"""Recipes: every shipped one is taken, their keys are checked, and what they name is what the options name."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.commands.launch import main
from jobs.launching.recipes.read import SHIPPED, read_recipe
from jobs.launching.recipes.runs import diving_request, grid_of
from jobs.launching.temporal_shape import GridRequest, grid_runs
from xdomain.core.errors import UserError

TOP = Path(__file__).parents[4]


@pytest.fixture
def recipe(tmp_path):
    """Read a recipe of this text."""

    def read(text: str):
        (tmp_path / "mine.toml").write_text(text)
        return read_recipe(str(tmp_path / "mine.toml"))

    return read


def test_the_recipes_stand_beside_the_makefile_and_go_by_their_names():
    names = sorted(path.stem for path in (TOP / "recipes").glob("*.toml"))
    assert {"ts-demo", "demo-diving", "demo-paper", "ts", "diving48"} <= set(names)
    for name in names:
        assert read_recipe(name) == read_recipe(str(TOP / "recipes" / f"{name}.toml"))


def test_a_grid_with_settings_of_one_model_is_that_of_the_options(recipe):
    mine = recipe(
        'study = "ts"\ntag = "mine"\nsource = "2dot"\nhidden = [2, 4]\nseeds = [42]\n[settings]\nlr = 0.005\n'
        "[models.3dcnn]\n[models.convlstm]\nlr = 0.01\nmax_epochs = 1\n"
    )
    settings = ("lr=0.005", "convlstm.lr=0.01", "convlstm.max_epochs=1")
    options = GridRequest("2dot", ("3dcnn", "convlstm"), (2, 4), (42,), settings=settings, tag="mine")
    assert grid_of(mine) == grid_runs(options)
    assert [(spec.model.name, spec.train.lr, spec.train.max_epochs) for spec in grid_of(mine)[:2]] == [
        ("3dcnn", 0.005, 100),
        ("convlstm", 0.01, 1),
    ]


def test_the_papers_grid_is_a_recipe_without_settings():
    assert [spec.id for spec in grid_of(read_recipe("ts"))] == [spec.id for spec in grid_runs(GridRequest())]


def test_a_diving_recipe_becomes_the_request_of_the_options(recipe):
    mine = recipe(
        'study = "diving48"\ntag = "mine"\nexperiments = ["a"]\n[settings]\nlevels = [0.3, 0.35]\nkeep_all = true\n'
        "[models.convlstm]\nlr = 0.02\n"
    )
    request = diving_request(mine)
    assert request.settings == ("levels=0.3,0.35", "keep_all=true", "convlstm.lr=0.02")
    assert (request.experiments, request.models, request.tag) == (("a",), ("convlstm",), "mine")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('study = "ts"\nsead = [1]', "mine.toml: unknown key sead. Did you mean seeds? It may have: about,"),
        ('study = "ts"\ntag = "a"\n[settings]\nlrr = 1', "settings: unknown key lrr. Did you mean lr? They may have:"),
        ('study = "ts"\ntag = "a"\n[models.3dcnn]\nlevels = 1', "models.3dcnn: unknown key levels."),
        ('study = "diving48"\n[segment]\nnetwrk = "a"', "segment: unknown key netwrk. Did you mean network?"),
        ('study = "ts"\nseeds = ["a"]', 'mine.toml: seeds.0: input should be a valid integer (it is "a").'),
        ('study = "ts"\n[settings]\nlr = 0.1', 'needs a name of its own: write tag = "mine"'),
        ('study = "ts"\n[models.3dcnn]\nlr = 0.1', 'needs a name of its own: write tag = "mine"'),
        ('study = "other"', 'is of the study other: write study = "ts" or study = "diving48".'),
        ("seeds = [1]", 'has no study: write study = "ts"'),
        ("study = ", "mine.toml is not valid TOML"),
        ('study = "ts"\ntag = "a/b"', "tag: has to be a plain name"),
    ],
)
def test_what_a_recipe_cannot_mean_is_refused_with_the_way_out(recipe, text, sentence):
    with pytest.raises(UserError) as refused:
        recipe(text)
    assert sentence in str(refused.value)


def test_a_wrong_value_of_a_setting_is_refused(recipe):
    with pytest.raises(UserError, match="lr takes a number"):
        grid_of(recipe('study = "ts"\ntag = "a"\n[settings]\nlr = "fast"'))


def test_no_such_recipe_names_those_that_there_are():
    with pytest.raises(UserError, match=r"There is no recipe 'demo'.*ts-demo"):
        read_recipe("demo")


def test_a_dry_run_as_json_is_one_document(empty_roots):
    done = CliRunner().invoke(main, ["recipe", "ts-demo", "--cluster", "local", "--dry-run", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["study"], document["to_launch"]) == ("ts-demo", 16)


def test_the_models_of_the_demo_set_rates_of_their_own():
    """Against the file itself, read here."""
    values = tomllib.loads((SHIPPED / "ts-demo.toml").read_text())
    rates = {(spec.model.name, spec.train.lr, spec.train.max_epochs) for spec in grid_of(read_recipe("ts-demo"))}
    assert rates == {(name, own["lr"], own["max_epochs"]) for name, own in values["models"].items()}
