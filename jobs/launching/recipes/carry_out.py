"""Carry a recipe out, from its data to its tables: here, on Slurm, or only in words."""

from dataclasses import replace
from typing import TYPE_CHECKING

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
from xdomain.core.output import say
from xdomain.specs.overrides import apply_overrides
from xdomain.specs.videos import VideoDataSpec
from xdomain.studies import diving48

if TYPE_CHECKING:
    from xdomain.schema.recipe import DivingRecipe, GridRecipe

# What each step says where it runs here: what happens, and why.
_TRAINING = "Data and training: each run trains a model from one seed and scores it on domains it has never seen."
_OF_RESULTS = (
    ("tables", "Tables: means over the runs with their uncertainty, the paper's values beside them."),
    ("figures", "Figures: the same numbers as the paper draws them, as PNG and PDF."),
    ("claims", "The answer: each of the paper's claims is tested on these runs."),
)
_PAGE = "The page: clips, findings, figures, tables and what is missing, in one file to look at or to send."
_DRAWING = "Data: dives are drawn in the archive's layout, so that the truth about every pixel is known."
_MASKS = "True masks: where the divers are, as they were drawn; in real videos they have to be found."
_CHAIN = "Domains, training, evaluation: divers are cut out or covered; each kept epoch is scored on every such domain."
_COMPARISON = "Check: the divers that the network found, beside those that were drawn."


def launch_recipe(name: str, options: Options) -> None:
    """Carry out the recipe that `name` names; the same again goes on where it stopped.

    Raises:
        CommandFailed: a run or a command failed on this machine, or trainings are still on their way.
        UserError: the recipe or the profile is wrong, data is missing, or Slurm refused.
    """
    recipe = read_recipe(name)
    if recipe.about and not options.as_json:
        say(printable(recipe.about.strip()))
    if recipe.study == "ts":
        _carry_out_grid(recipe, options)
    else:
        _carry_out_diving(recipe, options)


def _carry_out_grid(recipe: "GridRecipe", options: Options) -> None:
    grid = grid_of(recipe)
    study = grid[0].study_key
    made = (*_OF_RESULTS, ("report", _PAGE))
    steps = [Step(name, (_command(name, study),), why=why) for name, why in made]
    if _is_guided(options):
        steps = _numbered(steps, first=2)
        say(f"\nStep 1 of {len(steps) + 1}. {_TRAINING}")
    jobs = launch(grid, options)
    if options.as_json:
        return
    if not options.dry_run and is_slurm(options):
        submit_tables(study, profile_of(options), "afterany:" + ":".join(jobs) if jobs else "")
        steps = steps[2:]
    _finish(steps, options, recipe.next)


def _carry_out_diving(recipe: "DivingRecipe", options: Options) -> None:
    if options.as_json:
        raise UserError("--json describes a single launch, and a Diving48 recipe makes several: leave it away.")
    data = _data_steps(recipe)
    last = [Step("compare", (words,), why=_COMPARISON) for words in _comparison(recipe)]
    last.append(Step("report", (), why=_PAGE))
    if _is_guided(options):
        last = _numbered(last, first=len(data) + 2)
        data = _numbered(data, first=1, after=len(last) + 1)
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
    if _is_guided(options):
        say(f"\nStep {len(data) + 1} of {len(data) + 1 + len(last)}. {_CHAIN}")
    launch_paper(request, options)
    studies = dict.fromkeys(spec.study_key for spec in trainings(request.diving, options))
    page = ("analysis", "report", *(word for study in studies for word in ("--study", study)))
    _finish([*last[:-1], replace(last[-1], commands=(page,))], options, recipe.next)


def _is_guided(options: Options) -> bool:
    """Whether it runs here and now, so that each step says what happens and why."""
    return not options.dry_run and not options.as_json and not is_slurm(options)


def _numbered(steps: list[Step], first: int, after: int = 0) -> list[Step]:
    """Count the steps in what they say of themselves, from `first` on; `after` more follow."""
    total = first - 1 + len(steps) + after
    return [replace(step, why=f"Step {first + i} of {total}. {step.why}") for i, step in enumerate(steps)]


def _command(name: str, study: str) -> tuple[str, ...]:
    return ("analysis", name, "--study", study, *(("--brief",) if name == "claims" else ()))


def _finish(steps: list[Step], options: Options, then: str) -> None:
    """Carry out what comes after the runs; where these are jobs, say what is to be done after them."""
    if options.dry_run:
        _describe(steps)
    elif is_slurm(options):
        say("When the jobs are done:")
        _describe(steps)
    else:
        run_here(steps)
        if then:
            say(f"\n{printable(then.strip())}")


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
    drawing = ("xdomain", "mini-diving", "--out", clips.dataset, *words)
    steps = [Step("data", (drawing,), why=_DRAWING)]
    if recipe.mini_diving.true_masks:
        truth = ("segment", "truth", "--dataset", clips.dataset, "--frames", str(clips.frames))
        steps.append(Step("true masks", (truth,), why=_MASKS))
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
