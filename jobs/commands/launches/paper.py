"""`python -m jobs.launch paper`: both studies, from data to tables, as one chain."""

import dataclasses

import click

from jobs.commands.launches.diving import which
from jobs.commands.launches.options import listed, where_and_how
from jobs.launching.diving import DivingRequest
from jobs.launching.options import Options
from jobs.launching.paper import STUDIES, PaperRequest, launch_paper
from jobs.launching.segmentation import NETWORK
from xdomain.core.errors import UserError


@click.command()
@click.option("--study", "studies", multiple=True, type=click.Choice(STUDIES), help="Only this one.  [default: both]")
@which
@listed("--on", "domains", kind=str, help="Domains.  [default: O,I,S1,S2,T]")
@click.option("--gpus", type=click.IntRange(1), help="GPUs a training.  [default: the profile's, or this machine's]")
@click.option("--keep-all", is_flag=True, help="Keep every epoch's weights, not only those near the levels.")
@click.option("--no-cache", is_flag=True, help="Decode the videos while training.")
@click.option("--network", default=NETWORK, show_default=True, help="What finds the divers.")
@click.option("--segment-train", multiple=True, metavar="NAME=VALUE", help="An option of `python -m segment train`.")
@click.option("--segment-infer", multiple=True, metavar="NAME=VALUE", help="An option of `python -m segment infer`.")
@click.option("--shards", type=click.IntRange(1), help="Parts of the inference.  [default: 16 on Slurm, 1 here]")
@click.option("--tolerance", type=click.FloatRange(0, 100), help="Points off a level (analysis tables --help).")
@where_and_how
def paper(
    request: DivingRequest,
    options: Options,
    studies: tuple[str, ...],
    network: str,
    segment_train: tuple[str, ...],
    segment_infer: tuple[str, ...],
    shards: int | None,
    tolerance: float | None,
) -> None:
    r"""Run everything: divers, domains, models, tables and figures.

    This is the whole paper, as one chain. The data has to be there (python -m xdomain fetch diving48 diver-frames;
    index). On Slurm the segmentation and the trainings run side by side, the evaluations wait for both, tables and
    figures for all. Give the same command again at any time: what is done is skipped.

    \b
    Examples:
      python -m jobs.launch paper --dry-run
      python -m jobs.launch paper --profile one-gpu.toml
      python -m jobs.launch paper --study diving48 --profile a100x8
    """
    if options.as_json:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    diving = dataclasses.replace(request, experiments=request.experiments or ("all",))
    chain = PaperRequest(studies or STUDIES, diving, network, segment_train, segment_infer, shards, tolerance)
    launch_paper(chain, options)
