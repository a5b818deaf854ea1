"""`python -m jobs.launch segment`: find the divers and make the domains."""

import click

from jobs.commands.launches.options import listed, with_request
from jobs.launching.segmentation import NETWORK, PAPER, STAGES, SegmentRequest, launch_segment
from xdomain.core.cli import Command


@click.command(cls=Command)
@click.argument("stage", type=click.Choice([*STAGES, "all"]))
@click.option("--dataset", default=PAPER.dataset, show_default=True, help="A folder below the data root.")
@click.option("--masks", default=PAPER.masks, show_default=True, help="The mask set to make and to use.")
@click.option("--frames", type=click.IntRange(1), default=PAPER.frames, show_default=True, help="Sampled from a clip.")
@click.option("--side", type=click.IntRange(8), default=PAPER.side, show_default=True, help="Pixels, of the domains.")
@click.option("--model", "network", default=NETWORK, show_default=True, help="The network (segment train --help).")
@listed("--domain", "domains", kind=str, help="Domains to make.  [default: I,S1,S2,T]")
@click.option("--shards", type=click.IntRange(1), help="Parts of the inference.  [default: 16 on Slurm, 1 here]")
@click.option(
    "--train",
    "train_settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of `python -m segment train`, such as iterations=8000 or pretrained=resnet50_v1c.pth.",
)
@click.option(
    "--infer", "infer_settings", multiple=True, metavar="NAME=VALUE", help="The same of `python -m segment infer`."
)
@click.option("--cluster", type=click.Choice(["auto", "slurm", "local"]), default="auto", show_default=True)
@click.option("--profile", help="Slurm settings: a TOML file or a shipped name.  [default: XDOMAIN_PROFILE]")
@click.option("--after", metavar="MODE:LAUNCH", help="Slurm: wait for another launch or job (see ts-grid).")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@with_request(SegmentRequest, "request")
def segment(
    request: SegmentRequest, stage: str, cluster: str, profile: str | None, after: str | None, dry_run: bool
) -> None:
    r"""Run the segmentation stage or a step of it (appendix E.2).

    The steps are train → infer → domains → report. On Slurm each is a job that waits for the one before, the inference
    an array over shards of the test clips. What is there already is found and left alone, so that the same command
    continues.

    \b
    Examples:
      python -m jobs.launch segment all --dry-run
      python -m jobs.launch segment all --train pretrained=resnet50_v1c.pth
      python -m jobs.launch segment infer --shards 32
      python -m jobs.launch segment domains --domain boxes,blur
    """
    launch_segment(request, stage, cluster, profile, after, dry_run)
