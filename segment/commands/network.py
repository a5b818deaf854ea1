"""The commands `python -m segment train` and `python -m segment infer`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from segment.masks.rules import Rules
from segment.network.models import MODELS
from segment.network.spec import SegmentSpec
from xdomain.core.cli import Command, Number
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root, runs_root

Callback = Callable[..., None]
SPEC = SegmentSpec()
RULES = Rules()
SHARE = Number(0, 1)
NOT_NEGATIVE = click.IntRange(0)


def _options(*names_and_help: tuple[str, str]) -> Callable[[Callback], Callback]:
    """Make an option with SegmentSpec's default and type for each of its fields."""

    def decorate(command: Callback) -> Callback:
        for name, text in reversed(names_and_help):
            default = getattr(SPEC, name)
            flag = f"--{name.replace('_', '-')}"
            kind = Number() if isinstance(default, float) else type(default)
            command = click.option(flag, name, default=default, type=kind, show_default=True, help=text)(command)
        return command

    return decorate


@click.command(cls=Command)
@click.option("--dataset", default=SPEC.dataset, show_default=True, help="Folder below the data root.")
@click.option(
    "--model",
    default=SPEC.model,
    show_default=True,
    type=click.Choice(list(MODELS)),
    metavar="NAME",
    help=f"The network: {', '.join(MODELS)}.",
)
@click.option("--tag", default=SPEC.tag, help="The run's name.  [default: the network's]")
@click.option("--pretrained", default=SPEC.pretrained, help="Path or URL of weights to begin with.")
@_options(
    ("height", "Height of the network's input."),
    ("width", "Width of the network's input."),
    ("crop", "Side of the square that a training sample shows."),
    ("scale_min", "Frames are resized by a factor from here ..."),
    ("scale_max", "... to here."),
    ("val_frames", "Frames held out."),
    ("split_seed", "Of the choice of those."),
    ("seed", "Of weights, order and augmentation."),
    ("iterations", "Steps of the optimiser."),
    ("val_interval", "Steps between two validations; each leaves a checkpoint."),
    ("batch_size", "Frames a step."),
    ("lr", "Learning rate."),
    ("cpu_threads", "Threads on a CPU; part of the run, since sums depend on it."),
)
@click.option("--workers", default=0, show_default=True, type=NOT_NEGATIVE, help="Processes that prepare frames.")
def train(workers: int, **values: Any) -> None:
    r"""Train a network to find divers, on labelled frames.

    Frames are in <data root>/<dataset>/frames, in the layout of doi:10.7910/DVN/OXKE6E: images/<name>.png and
    masks/<name>.png, RGB, each diver one colour, black elsewhere. The best checkpoint by box IoU on the held-out
    frames, curves and sample pictures go to <runs root>/segment/<tag>/. The same command continues a training that
    was killed, and does nothing where one is finished.

    \b
    Examples:
      python -m segment train --pretrained resnet50_v1c.pth --workers 8
      python -m segment train --model maskrcnn-r50 --pretrained maskrcnn_resnet50_fpn_coco.pth
      python -m segment train --model segformer-b0 --tag b0-seed7 --seed 7
      python -m segment train --dataset mini --model unet-small --height 240 --width 320 --batch-size 4 --lr 0.006
    """
    from segment.training.train import train as run
    from xdomain.core.claims.claim import AlreadyClaimed

    try:
        result = run(SegmentSpec(**values), workers)
    except AlreadyClaimed as error:
        raise UserError(f"{error}. Wait for it, or give this training another --tag.") from error
    click.echo(
        f"Box IoU {result['box_iou']:.1%} at confidence {result.get('confidence', RULES.min_confidence):.2f}, "
        f"{_as_published(result)}mIoU {result['miou']:.1%} on {result['frames']['val']} held-out frames, "
        f"after iteration {result['best_iteration']}: {runs_root() / result['id']}"
    )


def _as_published(result: dict[str, Any]) -> str:
    measured = result.get("reference_box_iou")
    return "" if measured is None else f"measured as the paper's {measured:.1%}, "


@click.command(cls=Command)
@click.option("--dataset", default=SPEC.dataset, show_default=True, help="Folder below the data root.")
@click.option("--masks", default="predicted", show_default=True, help="Name of the mask set to write.")
@click.option("--run", default=SPEC.model, show_default=True, help="Training whose best checkpoint finds the divers.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A best.pth from elsewhere, instead of --run.")
@click.option("--shard", default=0, show_default=True, type=NOT_NEGATIVE, help="Which part of the clips, from 0 ...")
@click.option(
    "--of",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="... of how many; the same number for the whole set.",
)
@click.option("--frames", default=32, show_default=True, type=click.IntRange(1), help="Sampled from each clip.")
@click.option(
    "--min-area",
    default=RULES.min_area,
    show_default=True,
    type=NOT_NEGATIVE,
    help="Smaller groups of pixels are specks.",
)
@click.option(
    "--min-confidence",
    type=SHARE,
    help="Less sure groups are none.  [default: what the training chose on its held-out frames]",
)
@click.option(
    "--link",
    default=RULES.link,
    show_default=True,
    type=NOT_NEGATIVE,
    help="Groups at most twice as far apart are one diver.",
)
@click.option("--batch", default=32, show_default=True, type=click.IntRange(1), help="Frames at a time.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Decoding threads.")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1), help="CPU threads of the network.")
def infer(
    dataset: str,
    masks: str,
    run: str,
    checkpoint: Path | None,
    shard: int,
    of: int,
    frames: int,
    min_area: int,
    min_confidence: float | None,
    link: int,
    **speed: int,
) -> None:
    r"""Find the divers in the test clips of a dataset.

    Masks and boxes go to <data root>/<dataset>/masks/<masks>/. The same command continues a shard that was killed
    and tries the clips that failed again. Ends with exit code 1 if a clip failed; the others are done all the same.

    \b
    Examples:
      python -m segment infer
      python -m segment infer --shard 3 --of 16 --batch 64 --workers 8
      python -m segment infer --dataset mini --run mini-unet-small
    """
    from segment.inference.infer import infer_shard

    path = checkpoint or runs_root() / "segment" / run / "checkpoints" / "best.pth"
    changed: dict[str, float] = {"min_area": min_area, "link": link}
    if min_confidence is not None:
        changed["min_confidence"] = min_confidence
    summary = infer_shard(data_root() / dataset, masks, path, shard, of, frames, changed=changed, **speed)
    click.echo(f"{summary.done} clips done, {summary.there} were there, {len(summary.failed)} failed. {summary.timing}")
    for name, why in summary.failed.items():
        click.echo(f"{name}: {why}", err=True)
    if summary.failed:
        sys.exit(1)


@click.command(cls=Command)
@click.option("--dataset", default="mini", show_default=True, help="Folder below the data root.")
@click.option("--masks", default="predicted", show_default=True, help="The mask set to evaluate; several with commas.")
@click.option("--truth", default="truth", show_default=True, help="The mask set to compare it with.")
@click.option("--at-least-iou", type=SHARE, default=0.0, help="Fail where the box IoU is less.")
@click.option("--at-least-hidden", type=SHARE, default=0.0, help="Fail where T hides less of the divers' pixels.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Picture of the sets on a clip.")
def compare(
    dataset: str, masks: str, truth: str, at_least_iou: float, at_least_hidden: float, sheet: Path | None
) -> None:
    r"""Say how well found divers agree with known ones.

    In box IoU, mask IoU, and what T hides of them. Every clip of the true set has to be in the other. Ends with exit
    code 1 where a share is less than demanded. The picture is of the clip that the sets differ most in, a row for each.

    \b
    Examples:
      python -m segment truth --dataset mini && python -m segment compare --dataset mini
      python -m segment compare --at-least-iou 0.80 --at-least-hidden 0.95
      python -m segment compare --masks unet,maskrcnn --sheet both.png
    """
    from segment.review.compare import open_comparison
    from xdomain.core.files import atomic_file

    names = list(dict.fromkeys(name.strip() for name in masks.split(",")))
    comparison = open_comparison(data_root() / dataset, names, truth)
    missed = False
    for name, result in comparison.agreements().items():
        box_iou, hidden = result.box_iou or 0, result.hidden_by_t or 0
        click.echo(
            f"{name}: {result.frames} frames of {result.clips} clips: box IoU {box_iou:.1%}, "
            f"mask IoU {_percent(result.mask_iou)}, T hides {_percent(result.hidden_by_t)} of the divers' pixels."
        )
        if box_iou < at_least_iou:
            click.echo(f"The box IoU is below {at_least_iou:.1%}: train longer, or on more frames.", err=True)
        if hidden < at_least_hidden:
            click.echo(f"T hides less than {at_least_hidden:.1%} of the divers' pixels: train longer.", err=True)
        missed |= box_iou < at_least_iou or hidden < at_least_hidden
    if sheet:
        with atomic_file(sheet) as file:
            comparison.sheet().save(file, "PNG")
        click.echo(f"{sheet}")
    if missed:
        sys.exit(1)


def _percent(share: float | None) -> str:
    return "not known (boxes alone)" if share is None else f"{share:.1%}"
