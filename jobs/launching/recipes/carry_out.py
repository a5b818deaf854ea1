"""Carry a recipe out, from its data to its tables: here, on Slurm, or only in words."""

from typing import TYPE_CHECKING

import click

from jobs.launching.chain import submit_tables
from jobs.launching.dispatch import launch
from jobs.launching.diving import trainings
from jobs.launching.options import Options, is_slurm, profile_of
from jobs.launching.paper import PaperRequest, launch_paper
from jobs.launching.recipes.read import read_recipe
from jobs.launching.recipes.runs import as_settings, diving_request, grid_of
from jobs.launching.steps import Step, run_here
from xdomain.core.errors import UserError
from xdomain.core.names import printable
from xdomain.specs.overrides import apply_overrides
from xdomain.specs.videos import VideoDataSpec
from xdomain.studies import diving48

if TYPE_CHECKING:
    from xdomain.schema.recipe import DivingRecipe, GridRecipe


def launch_recipe(name: str, options: Options) -> None:
    """Carry out the recipe that `name` names; the same again goes on where it stopped.

    Raises:
        CommandFailed: a run or a command failed on this machine, or trainings are still on their way.
        UserError: the recipe or the profile is wrong, data is missing, or Slurm refused.
    """
    recipe = read_recipe(name)
    if recipe.about and not options.as_json:
        click.echo(printable(recipe.about.strip()))
    if recipe.study == "ts":
        _carry_out_grid(recipe, options)
    else:
        _carry_out_diving(recipe, options)


def _carry_out_grid(recipe: "GridRecipe", options: Options) -> None:
    grid = grid_of(recipe)
    study = grid[0].study_key
    steps = [Step(what, (("analysis", what, "--study", study),)) for what in ("tables", "figures", "report")]
    jobs = launch(grid, options)
    if options.as_json:
        return
    if not options.dry_run and is_slurm(options):
        submit_tables(study, profile_of(options), "afterany:" + ":".join(jobs) if jobs else "")
        steps = steps[2:]
    _finish(steps, options)


def _carry_out_diving(recipe: "DivingRecipe", options: Options) -> None:
    if options.as_json:
        raise UserError("--json describes a single launch, and a Diving48 recipe makes several: leave it away.")
    data = _data_steps(recipe)
    if options.dry_run:
        _describe(data)
    else:
        run_here(data)
    segment = recipe.segment
    request = PaperRequest(
        studies=("diving48",),
        diving=diving_request(recipe),
        network=segment.network if segment else None,
        segment_train=as_settings(segment.train) if segment else (),
        segment_infer=as_settings(segment.infer) if segment else (),
        shards=None,
        tolerance=recipe.tolerance,
        draws_data=bool(data),
    )
    launch_paper(request, options)
    studies = dict.fromkeys(spec.study_key for spec in trainings(request.diving, options))
    page = ("analysis", "report", *(word for study in studies for word in ("--study", study)))
    _finish([*(Step("compare", (words,)) for words in _comparison(recipe)), Step("report", (page,))], options)


def _finish(steps: list[Step], options: Options) -> None:
    """Carry out what comes after the runs; where these are jobs, say what is to be done after them."""
    if options.dry_run:
        _describe(steps)
    elif is_slurm(options):
        click.echo("When the jobs are done:")
        _describe(steps)
    else:
        run_here(steps)


def _describe(steps: list[Step]) -> None:
    for step in steps:
        step.describe()


def _data_steps(recipe: "DivingRecipe") -> list[Step]:
    """List the commands that draw the data, where the recipe says so; nothing is drawn twice."""
    if recipe.mini_diving is None:
        return []
    values = recipe.mini_diving.model_dump(exclude={"true_masks"})
    words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
    clips = _clips(recipe)
    steps = [Step("data", (("xdomain", "mini-diving", "--out", clips.dataset, *words),))]
    if recipe.mini_diving.true_masks:
        truth = ("segment", "truth", "--dataset", clips.dataset, "--frames", str(clips.frames))
        steps.append(Step("true masks", (truth,)))
    return steps


def _comparison(recipe: "DivingRecipe") -> list[tuple[str, ...]]:
    """Write the command that compares the divers that were found with the true ones, where the recipe demands it."""
    segment, clips = recipe.segment, _clips(recipe)
    if segment is None or (segment.least_box_iou is None and segment.least_hidden is None):
        return []
    demands = {"--at-least-iou": segment.least_box_iou, "--at-least-hidden": segment.least_hidden}
    words = [word for flag, share in demands.items() if share is not None for word in (flag, str(share))]
    return [("segment", "compare", "--dataset", clips.dataset, "--masks", clips.masks, *words)]


def _clips(recipe: "DivingRecipe") -> VideoDataSpec:
    spec = apply_overrides(diving48.training(diving48.models_of("a")[0]), diving_request(recipe).overrides, recipe.tag)
    return spec.data
