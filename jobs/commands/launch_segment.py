"""`python -m jobs.launch segment`: find the divers and make the domains."""

from typing import Any

import click

from jobs.backends import slurm
from jobs.cluster.profile import load_profile
from jobs.commands.launch_options import Listed, flat
from jobs.launching.chain import dependency
from jobs.launching.steps import Step, run_here, submit_steps
from xdomain.core.errors import UserError
from xdomain.specs.spec import VideoDataSpec

PAPER = VideoDataSpec()
STAGES = ("train", "infer", "domains", "report")
SHARDS = 16  # array elements of inference on Slurm


@click.command()
@click.argument("stage", type=click.Choice([*STAGES, "all"]))
@click.option("--dataset", default=PAPER.dataset, show_default=True, help="A folder below the data root.")
@click.option("--masks", default=PAPER.masks, show_default=True, help="The mask set to make and to use.")
@click.option("--frames", type=click.IntRange(1), default=PAPER.frames, show_default=True, help="Sampled from a clip.")
@click.option("--side", type=click.IntRange(8), default=PAPER.side, show_default=True, help="Pixels, of the domains.")
@click.option("--model", default="deeplabv3plus-r50", show_default=True, help="The network (segment train --help).")
@click.option("--domain", multiple=True, type=Listed(str), help="Domains to make.  [default: I,S1,S2,T]")
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
def segment(stage: str, cluster: str, profile: str | None, after: str | None, dry_run: bool, **options: Any) -> None:
    """The segmentation stage: train → infer → domains → report, or one of these (paper, appendix E.2).

    On Slurm each is a job that waits for the one before, the inference an array over shards of the test clips. What
    is there already is found and left alone, so that the same command continues.

    \b
    Examples:
      python -m jobs.launch segment all --dry-run
      python -m jobs.launch segment all --train pretrained=resnet50_v1c.pth
      python -m jobs.launch segment infer --shards 32
      python -m jobs.launch segment domains --domain boxes,blur
    """
    on_slurm = cluster == "slurm" or (cluster == "auto" and slurm.is_available())
    workers = load_profile(profile).cpus_per_gpu if on_slurm else None
    chosen = [step for step in steps(options, on_slurm, workers) if stage in (step.name, "all")]
    if dry_run:
        for step in chosen:
            for words in step.commands:
                click.echo(f"{step.name}: python -m {' '.join(words)}")
        return
    if not on_slurm:
        if after:
            raise UserError("--after waits for jobs of Slurm; here, give one command after the other.")
        run_here(chosen)
        return
    submit_steps("segment", chosen, load_profile(profile), dependency(after) if after else None)


def steps(options: dict[str, Any], on_slurm: bool, workers: int | None = None) -> list[Step]:
    """The four stages for `options`, those of the command above."""
    dataset, masks = ("--dataset", options["dataset"]), ("--masks", options["masks"])
    clips = ("--frames", str(options["frames"]))
    domains = flat(options["domain"]) or ("I", "S1", "S2", "T")
    size = (*clips, "--side", str(options["side"]))
    threads = ("--workers", str(workers)) if workers else ()
    shards = options["shards"] or (SHARDS if on_slurm else 1)
    tag = ("--tag", options["masks"] if options["masks"] != PAPER.masks else f"{options['dataset']}-{options['model']}")
    train = ("train", *dataset, "--model", options["model"], *tag, *_flags(options["train_settings"], "--train"))
    infer = ("infer", *dataset, *masks, *clips, "--run", tag[1], *_flags(options["infer_settings"], "--infer"))
    return [
        Step("train", (("segment", *train, *threads),), gpu=True),
        Step(
            "infer",
            tuple(("segment", *infer, "--shard", str(k), "--of", str(shards), *threads) for k in range(shards)),
            gpu=True,
        ),
        Step("domains", (("segment", "domains", *dataset, *masks, *size, "--domain", ",".join(domains), *threads),)),
        Step("report", (("segment", "report", *dataset, *masks),)),
    ]


def _flags(settings: tuple[str, ...], option: str) -> tuple[str, ...]:
    words: list[str] = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise UserError(f"{option} {setting}: give NAME=VALUE.")
        words += [f"--{name.replace('_', '-')}", value]
    return tuple(words)
