"""The segmentation stage's command line: `python -m segment`. Heavy imports are made inside the commands."""

from pathlib import Path

import click

from segment.commands.import_masks import import_masks
from segment.commands.network import compare, infer, train
from xdomain.commands.options import FRAMES, PAPER, SIDE, WORKERS
from xdomain.core.cli import Group
from xdomain.core.roots import data_root, results_root
from xdomain.specs.videos import ClipCacheSpec

DATASET = click.option(
    "--dataset", default=PAPER.dataset, show_default=True, help="A folder below the data root (XDOMAIN_DATA)."
)
MASKS = click.option(
    "--masks", default=PAPER.masks, show_default=True, help="A mask set of it, below its folder masks/."
)

SECTIONS = {
    "Masks": ("train", "infer", "truth", "import-masks", "compare", "report"),
    "Domains": ("domains", "import-release"),
}


@click.group(cls=Group, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    r"""Find the divers, and make the shape and texture domains.

    \b
    From labelled frames to domains, one command after the other:
      python -m segment train --dataset diving48
      python -m segment infer --dataset diving48
      python -m segment domains --dataset diving48 --workers 16
      python -m segment report --dataset diving48
    Or, where the divers are known or the domains are published:
      python -m segment truth --dataset mini
      python -m segment import-masks ~/detections.json --masks detector
      python -m segment import-release ~/downloads/shape --as S1
    """


main.add_command(train)
main.add_command(infer)
main.add_command(compare)
main.add_command(import_masks)


@main.command()
@DATASET
@MASKS
@click.option("--domain", default="I,S1,S2,T", show_default=True, help="Names with commas in between, or 'all'.")
@FRAMES
@SIDE
@WORKERS
@click.option("--videos", is_flag=True, help="Also write <vid_name>_cropped.mp4 files, as the released domains are.")
@click.option("--allow-missing", is_flag=True, help="Leave out clips without masks instead of refusing; names them.")
def domains(
    dataset: str, masks: str, domain: str, frames: int, side: int, workers: int, videos: bool, allow_missing: bool
) -> None:
    r"""Make domains of the test clips, to evaluate models on.

    They are caches of decoded clips.

    \b
      S1         the divers' pixels on a blurred background
      S2         the divers' bounding boxes on a blurred background
      T          every bounding box filled with ImageNet's mean colour
      I          the clips unmodified, through the same resize and codec (I′)
      boxes      control: the boxes on the mean colour
      displaced  control: boxes of T's sizes filled elsewhere in the frame
      blur       control: blurred whole
      union      control: one box for the whole clip filled

    They are kept in DATASET/domains/MASKS/. The same command again does nothing, and continues after a kill.

    Functions of the clips as a model sees them need no masks and are kept in DATASET/domains/: reversed, shuffled,
    frozen (one frame) and half-rate tell whether time is used; noise-1 to noise-5, blur-N, brightness-N, compression-N
    and frame-drop-N corrupt. A package of yours adds others (README). 'all' is those above, made of masks.

    \b
    Examples:
      python -m segment domains --dataset diving48 --workers 16
      python -m segment domains --dataset mini --masks truth --domain S1,S2,T --frames 8 --side 32
      python -m segment domains --domain all --videos
      python -m segment domains --domain reversed,noise-3
    """
    from segment.domains.build import Build, build_domains
    from segment.domains.pictures import DOMAINS
    from xdomain.core.errors import UserError
    from xdomain.core.names import did_you_mean
    from xdomain.datasets.clip_cache.changed import build_changed
    from xdomain.domains.registry import built_in_names, find, is_of_frames

    names = tuple(DOMAINS) if domain == "all" else tuple(dict.fromkeys(domain.split(",")))
    if unknown := [name for name in names if name not in DOMAINS and not find(name)]:
        raise UserError(
            f"--domain {domain}: there is no {unknown[0]!r}. Choose of: {', '.join(DOMAINS)}, or all; "
            f"or of {', '.join(built_in_names())}.{did_you_mean(unknown[0], [*DOMAINS, *built_in_names()])}"
        )
    of_frames = [name for name in names if is_of_frames(name)]
    if of_frames and videos:
        raise UserError(f"--videos: {of_frames[0]} is made of clips, not of videos. Give it in a command of its own.")
    for name in of_frames:
        build_changed(ClipCacheSpec(dataset, name, frames, side), data_root(), workers)
    if of_masks := tuple(name for name in names if name not in of_frames):
        build_domains(Build(dataset, masks, of_masks, frames, side, videos, allow_missing), data_root(), workers)


@main.command()
@click.option("--dataset", default="mini", show_default=True, help="A folder that python -m xdomain mini-diving made.")
@FRAMES
def truth(dataset: str, frames: int) -> None:
    r"""Make the mask set `truth` of mini-Diving48.

    It is made from where the divers are known to be.

    \b
      python -m segment truth --dataset mini
    """
    from segment.masks.truth import make_truth

    click.echo(f"{make_truth(data_root() / dataset, frames)}")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as", "name", required=True, help="The domain that its videos are: S1, S2 or T.")
@DATASET
@FRAMES
@SIDE
@WORKERS
def import_release(folder: Path, name: str, dataset: str, frames: int, side: int, workers: int) -> None:
    r"""Import a FOLDER of released videos as a domain.

    They are <vid_name>_cropped.mp4 files (doi:10.7910/DVN/MXJPIZ). It is kept in DATASET/domains/released/, so it takes
    the place of a mask set's: --masks released.

    \b
      python -m segment import-release ~/downloads/shape --as S1
    """
    from xdomain.datasets.clip_cache.folder_clips import import_folder

    import_folder(folder, ClipCacheSpec(dataset, name, frames, side, "released"), data_root(), workers)


@main.command()
@DATASET
@MASKS
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder.  [default: segment/DATASET-MASKS below XDOMAIN_RESULTS, else ./results]",
)
def report(dataset: str, masks: str, out: Path | None) -> None:
    r"""Make a page that shows how good a mask set is.

    It has contact sheets of random and of suspicious clips, and counts.

    \b
      python -m segment report --dataset diving48 --masks predicted
    """
    from segment.review.report import write_report

    folder = out or results_root() / "segment" / f"{dataset}-{masks}"
    click.echo(f"Open {write_report(data_root() / dataset, masks, folder)} in a browser.")
