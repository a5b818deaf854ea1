"""The command `python -m segment import-masks`."""

from pathlib import Path

import click

from segment.network.spec import SegmentSpec
from xdomain.core.cli import Command, Number
from xdomain.core.roots import data_root

FRAMES = 32  # of a clip, in the paper's study


@click.command(cls=Command, name="import-masks")
@click.argument("masks_from", metavar="FOLDER|FILE", type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", default=SegmentSpec.dataset, show_default=True, help="Folder below the data root.")
@click.option("--masks", default="imported", show_default=True, help="Name of the mask set to write.")
@click.option("--frames", default=FRAMES, show_default=True, type=click.IntRange(1), help="Sampled from each clip.")
@click.option(
    "--covers",
    default="all",
    show_default=True,
    type=click.Choice(("all", "sampled")),
    help="The masks are of all frames of each video, or of its sampled ones alone.",
)
@click.option("--category", default="", help="Of COCO's JSON.  [default: diver and person]")
@click.option(
    "--min-confidence",
    default=0.5,
    show_default=True,
    type=Number(0),
    help="Less sure detections are left out; what has no confidence counts.",
)
def import_masks(
    masks_from: Path, dataset: str, masks: str, frames: int, covers: str, category: str, min_confidence: float
) -> None:
    r"""Import masks or boxes that another program found.

    \b
    One of these, which the files show:
      <clip>/<number>.png   pictures; each value or colour but 0 or black is one diver
      <clip>.npy            an array (T, h, w), likewise
      <clip>.npz            masks (T, K, h, w), and scores (T, K) if wanted
      FILE.json             COCO's: run lengths, or boxes alone; images are <clip>/<number>.jpg
      <clip>.csv            boxes alone: frame,x0,y0,x1,y1 and confidence if wanted

    Frames are numbered from 0 or 1 without a gap (in a CSV from 0). Sizes are the videos' own, or 369×492. What does
    not fit is named, and nothing is imported then. The same command again does nothing. Of boxes alone there is no S1.

    \b
    Examples:
      python -m segment import-masks detections.json --masks detector
      python -m segment import-masks masks/ --covers sampled --frames 32
      python -m segment domains --masks detector --domain I,S2,T
    """
    from segment.sources.import_masks import Import
    from segment.sources.import_masks import import_masks as run

    folder = run(data_root() / dataset, masks, masks_from, Import(frames, covers, category, min_confidence))
    click.echo(f"{folder}")
