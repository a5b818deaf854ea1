"""`python -m jobs.launch diving` and `evaluate`: the Diving48 study."""

from collections.abc import Callable

import click

from jobs.commands.launches.options import begins_from, listed, where_and_how, with_request
from jobs.launching.dispatch import launch_all
from jobs.launching.diving import (
    DivingRequest,
    evaluations,
    renew,
    require_finished_trainings,
    require_makeable,
    trainings,
)
from jobs.launching.options import Options, require_dry_run_for_json
from xdomain.studies import diving48


def which(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name trainings, which it takes as one `request`."""
    command = with_request(DivingRequest, "request")(command)
    for option in reversed(
        (
            listed(
                "--exp",
                "experiments",
                kind=str,
                help="Experiments a to h, such as d or a,b,c; 'all'; or 'table17', the eleven TimeSformer variants.",
            ),
            listed("--model", "models", kind=str, help="Only these models.  [default: all of them]"),
            click.option(
                "--split",
                type=click.Choice(diving48.SPLITS),
                default="random",
                show_default=True,
                help="Validation clips: the published ones, whole source videos, or random ones drawn in another way.",
            ),
            listed("--seed", "seeds", kind=int, help="Seeds.  [default: 42]"),
            click.option("--hidden", type=click.IntRange(1), help="Units per block.  [default: the paper's]"),
            begins_from,
            click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Deviate from the recipe."),
            click.option("--tag", default="", help="Name such a variant; otherwise its values name it."),
        )
    ):
        command = option(command)
    return command


@click.command()
@which
@click.option("--gpus", type=click.IntRange(1), help="GPUs a training.  [default: the profile's, or this machine's]")
@click.option("--keep-all", is_flag=True, help="Keep every epoch's weights, not only those near the levels.")
@click.option("--no-cache", is_flag=True, help="Decode the videos while training, without 82 GB of decoded clips.")
@where_and_how
def diving(request: DivingRequest, options: Options) -> None:
    r"""Train what Diving48 experiments compare (paper section 3.3).

    Each distinct training is launched once. Experiments a, b and c share their trainings; the ConvLSTM is one training
    for all eight. Each keeps the epochs nearest to 30, 35, 38.3, 40, 45 and 50.07 % validation accuracy, its best and
    its last. Decoded clips are cached first (82 GB for the whole archive).

    A step takes 64 clips: 8 on each of eight GPUs, or, on fewer, as many batches one after another.

    \b
    Examples:
      python -m jobs.launch diving --exp d --dry-run
      python -m jobs.launch diving --exp all --profile a100x8
      python -m jobs.launch diving --exp a,b,c --model convlstm --split source-video
      python -m jobs.launch evaluate --exp d --after afterok:last
    """
    require_dry_run_for_json(options)
    launch_all(trainings(request, options), options)


@click.command()
@which
@listed(
    "--on",
    "domains",
    kind=str,
    help="Domains: O (unmodified), I (same resize and codec), S1, S2, T, a control, a function of the clips such as "
    "reversed or noise-3, or a name given to `python -m xdomain import-clips`.  [default: O,I,S1,S2,T]",
)
@click.option("--masks", help="The mask set that the domains were made with.  [default: predicted]")
@click.option("--no-cache", is_flag=True, help="Decode O, and make functions of the clips, while evaluating.")
@where_and_how
def evaluate(request: DivingRequest, options: Options) -> None:
    r"""Evaluate finished trainings on domains of the test clips.

    Every kept epoch of them is evaluated (paper section 3.3). Each training and domain is a run of its own; what is
    there already is skipped, so that a new domain costs only itself. Domains that are missing are made first, from the
    masks of `python -m segment infer`.

    \b
    Examples:
      python -m jobs.launch evaluate --exp all
      python -m jobs.launch evaluate --exp d --on O
      python -m jobs.launch evaluate --exp all --on S1,T --masks released
      python -m jobs.launch evaluate --exp d --on reversed,frozen,noise-1,noise-3,noise-5 --no-cache
    """
    require_dry_run_for_json(options)
    grid = evaluations(request, options)
    require_makeable(grid)
    renew(grid, options.dry_run)
    if not options.after and not options.dry_run:
        require_finished_trainings(grid)
    launch_all(grid, options)
