"""`python -m jobs.launch diving` and `evaluate`: the Diving48 study."""

from collections.abc import Callable

import click

from jobs.commands.launches.options import HOW, WHERE, WHICH, begins_from, listed, option, where_and_how, with_request
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
from xdomain.core.cli import Command
from xdomain.studies import diving48


def which(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name trainings, which it takes as one `request`."""
    command = with_request(DivingRequest, "request")(command)
    for add in reversed(
        (
            listed("--exp", "experiments", kind=str, help="Experiments a to h; or all; or table17."),
            listed("--model", "models", kind=str, help="Only these models.  [default: all of them]"),
            listed("--seed", "seeds", kind=int, help="Seeds.  [default: 42]"),
            option(
                HOW,
                "--split",
                type=click.Choice(diving48.SPLITS),
                default="random",
                metavar="NAME",
                help="random, source-video, random-sha (validation clips).",
            ),
            option(HOW, "--hidden", type=click.IntRange(1), metavar="N", help="Units per block."),
            begins_from,
            option(HOW, "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Deviate from the recipe."),
            option(HOW, "--tag", default="", metavar="NAME", help="Name the variant; else its values do."),
        )
    ):
        command = add(command)
    return command


@click.command(cls=Command)
@which
@option(WHERE, "--gpus", type=click.IntRange(1), metavar="N", help="Of a training.  [default: those that there are]")
@option(HOW, "--keep-all", is_flag=True, help="Keep every epoch's weights.")
@option(WHERE, "--no-cache", is_flag=True, help="Decode while training, without 82 GB of clips.")
@where_and_how
def diving(request: DivingRequest, options: Options) -> None:
    r"""Train what Diving48 experiments compare (paper section 3.3).

    Each distinct training is launched once; experiments share them. Each keeps the epochs nearest to 30, 35, 38.3, 40,
    45 and 50.07 % validation accuracy, its best and its last. Decoded clips are cached first (82 GB for all). A step
    takes 64 clips: 8 on each of eight GPUs, or, on fewer, as many batches one after another.

    \b
    Examples:
      python -m jobs.launch diving --exp d --dry-run
      python -m jobs.launch diving --exp all --profile a100x8
      python -m jobs.launch evaluate --exp d --after afterok:last
    """
    require_dry_run_for_json(options)
    launch_all(trainings(request, options), options)


@click.command(cls=Command)
@which
@listed("--on", "domains", kind=str, help="Domains.  [default: O,I,S1,S2,T]")
@option(WHICH, "--masks", metavar="NAME", help="Mask set of the domains.  [default: predicted]")
@option(WHERE, "--no-cache", is_flag=True, help="Decode O, and make functions, while evaluating.")
@where_and_how
def evaluate(request: DivingRequest, options: Options) -> None:
    r"""Evaluate finished trainings on domains of the test clips.

    Every kept epoch of them is evaluated (paper section 3.3), each training and domain as a run of its own; what is
    there already is skipped. Domains: O (unmodified), I (same resize and codec), S1, S2, T, controls and functions of
    the clips (python -m segment domains --help), names given to `python -m xdomain import-clips`. Missing ones are
    made first, from the masks of `python -m segment infer`.

    \b
    Examples:
      python -m jobs.launch evaluate --exp all --on S1,T --masks released
      python -m jobs.launch evaluate --exp d --on reversed,noise-3 --no-cache
    """
    require_dry_run_for_json(options)
    grid = evaluations(request, options)
    require_makeable(grid)
    if not options.after and not options.dry_run:
        require_finished_trainings(grid)
    renew(grid, options.dry_run)
    launch_all(grid, options)
