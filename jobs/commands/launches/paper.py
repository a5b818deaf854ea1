"""`python -m jobs.launch paper`: both studies, from data to tables, as one chain."""

import dataclasses

import click

from jobs.commands.launches.diving import which
from jobs.commands.launches.options import HOW, WHERE, WHICH, listed, option, where_and_how
from jobs.launching.diving import DivingRequest
from jobs.launching.options import Options
from jobs.launching.paper import STUDIES, PaperRequest, launch_paper
from jobs.launching.segmentation import NETWORK
from xdomain.core.cli import Command, Number
from xdomain.core.errors import UserError


@click.command(cls=Command)
@option(WHICH, "--study", "studies", multiple=True, type=click.Choice(STUDIES), help="Only this.  [default: both]")
@which
@listed("--on", "domains", kind=str, help="Domains.  [default: O,I,S1,S2,T]")
@option(WHERE, "--gpus", type=click.IntRange(1), metavar="N", help="Of a training.  [default: those that there are]")
@option(HOW, "--keep-all", is_flag=True, help="Keep every epoch's weights.")
@option(HOW, "--tolerance", type=Number(0, 100), metavar="POINTS", help="Off a level, of matched epochs.")
@option(WHERE, "--no-cache", is_flag=True, help="Decode the videos while training.")
@option(HOW, "--network", default=NETWORK, metavar="NAME", help=f"Finds the divers.  [default: {NETWORK}]")
@option(HOW, "--segment-train", multiple=True, metavar="NAME=VALUE", help="Of `python -m segment train`.")
@option(HOW, "--segment-infer", multiple=True, metavar="NAME=VALUE", help="Of `python -m segment infer`.")
@option(HOW, "--shards", type=click.IntRange(1), metavar="N", help="Parts of finding the divers.")
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

    The whole paper, as one chain; fetch and index the data first. The same command again skips what is done.
    """
    if options.as_json:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    diving = dataclasses.replace(request, experiments=request.experiments or ("all",))
    chain = PaperRequest(studies or STUDIES, diving, network, segment_train, segment_infer, shards, tolerance)
    launch_paper(chain, options)
