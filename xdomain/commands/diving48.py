"""Commands for a dataset in Diving48's layout: index, split, cache, import-clips. Heavy imports are inside them."""

from pathlib import Path

import click

from xdomain.commands.options import FRAMES, PAPER, SIDE, WORKERS
from xdomain.core.cli import Command
from xdomain.core.roots import data_root
from xdomain.datasets.diving48.listing import FRAMES_LACKING
from xdomain.datasets.diving48.split import SPLIT_KINDS
from xdomain.datasets.layouts.clip import PARTS
from xdomain.specs.videos import ClipCacheSpec

DATASET = click.argument("dataset")


@click.command(cls=Command)
@DATASET
@WORKERS
@click.option(
    "--frames-lacking",
    type=click.IntRange(min=0),
    default=FRAMES_LACKING,
    show_default=True,
    help="How many frames before its listed end a video may end. Its last one then stands for those that it lacks, "
    "in caches, masks and domains alike; one that lacks more is left out.",
)
@click.pass_context
def index(ctx: click.Context, dataset: str, workers: int, frames_lacking: int) -> None:
    r"""Check that every listed video can be decoded to its end.

    DATASET is a folder below the data root (XDOMAIN_DATA, else ./data). Writes into it index.json, the full report,
    and leave-out.txt, the ids that cannot be used, one a line: from then on every command leaves them out, and
    nothing takes their place. Exit code 1 if there are any.

    \b
      python -m xdomain index diving48
    """
    from xdomain.datasets.diving48.index import index as check
    from xdomain.datasets.diving48.index import summary

    root = data_root() / dataset
    report = check(root, workers, allowed=frames_lacking)
    click.echo(summary(report))
    click.echo(f"The full report: {root / 'index.json'}; ids left out: {root / 'leave-out.txt'}")
    ctx.exit(1 if report["left_out"] else 0)


@click.command(cls=Command)
@DATASET
@click.option("--kind", type=click.Choice(SPLIT_KINDS), default="random", show_default=True)
@click.option(
    "--val-clips", type=click.IntRange(min=1), default=PAPER.val_clips, show_default=True, help="Clips to hold out."
)
@click.option("--seed", type=click.IntRange(min=0), default=PAPER.split_seed, show_default=True)
def split(dataset: str, kind: str, val_clips: int, seed: int) -> None:
    r"""Split the training listing into training and validation.

    The split is written to a file. random is the published split: of Diving48 the 13,525 and 1,502 clips of the paper,
    less those that leave-out.txt names. source-video keeps all clips that were cut from one video (the id before the
    last underscore) on one side, so it meets --val-clips only about. random-sha is random in another way: it is what
    random was in earlier versions.

    \b
      python -m xdomain split diving48
      python -m xdomain split diving48 --kind source-video
    """
    from xdomain.datasets.diving48.listing import read_listing, shared_videos
    from xdomain.datasets.diving48.split import left_out_of_split, membership_sentence, read_split, split_path

    root = data_root() / dataset
    train, val = read_split(root, kind, val_clips, seed)
    click.echo(f"{split_path(root, kind, val_clips, seed)}: {len(train):,} training, {len(val):,} validation clips")
    if sentence := membership_sentence(left_out_of_split(root, kind, val_clips, seed)):
        click.echo(sentence)
    listed, held_out, used = read_listing(root, "train", everything=True), set(val), set(train)
    sides = {"validation": [clip for clip in listed if clip.name in held_out], "test": read_listing(root, "test")}
    trained_on = [clip for clip in listed if clip.name in used]
    for side, clips in sides.items():
        shared = len(shared_videos(clips, trained_on))
        click.echo(f"{shared:,} of {len(clips):,} {side} clips are of a source video that training clips are of, too.")


@click.command(cls=Command)
@DATASET
@click.option("--part", type=click.Choice(PARTS), required=True, help="Which listing.")
@FRAMES
@SIDE
@WORKERS
def cache(dataset: str, part: str, frames: int, side: int, workers: int) -> None:
    r"""Decode the clips of a listing once, into a few files.

    Training reads these through memory maps. Diving48 at 32 frames of 224×224 takes 72 GB (train) and 9.5 GB (test).
    After a kill or a full disk give the same command again: files that are finished stay. A video that cannot be used
    stops it: see index. A cache that is there already has its checksums compared.

    \b
      python -m xdomain cache diving48 --part train --workers 16
      python -m xdomain cache mini --part test --frames 8 --side 32
    """
    from xdomain.datasets.clip_cache.build import build_cache
    from xdomain.datasets.clip_cache.reader import open_cache

    spec = ClipCacheSpec(dataset, part, frames, side)
    was_there = spec.marker(data_root()).exists()
    folder = build_cache(spec, data_root(), workers)
    if was_there:
        open_cache(folder, verify=True)
        click.echo("Its files have the SHA-256 that they were written with.")


@click.command("import-clips", cls=Command)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dataset", default="diving48", show_default=True, help="Whose test clips the videos show.")
@click.option("--name", required=True, help="The domain's name.")
@click.option("--group", default="own", show_default=True, help="Stands where a mask set's name does.")
@FRAMES
@SIDE
@WORKERS
def import_clips(folder: Path, dataset: str, name: str, group: str, frames: int, side: int, workers: int) -> None:
    r"""Make a domain of a folder of videos, to evaluate models on.

    The videos are <vid_name>.mp4, or <vid_name>_cropped.mp4 as in the released domains; labels come from the test
    listing. Test clips without a video are counted and named.

    \b
      python -m xdomain import-clips ~/downloads/shape --dataset diving48 --name S1 --group released
    """
    from xdomain.datasets.clip_cache.folder_clips import import_folder

    import_folder(folder, ClipCacheSpec(dataset, name, frames, side, masks=group), data_root(), workers)
