"""`python -m xdomain contact-sheet`."""

from pathlib import Path

import click

from xdomain.core.cli import Command
from xdomain.core.roots import data_root


@click.command(cls=Command)
@click.argument("dataset")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The sheet, a .png.")
@click.option("--part", type=click.Choice(["train", "test"]), default="train", show_default=True)
@click.option("--clips", type=click.IntRange(1, 200), default=12, show_default=True, help="Rows, drawn at random.")
@click.option("--frames", type=click.IntRange(1, 64), default=12, show_default=True, help="Columns, evenly spaced.")
@click.option("--seed", type=int, default=1, show_default=True, help="Draws other clips.")
@click.option("--masks", is_flag=True, help="Outline the divers (data sets of mini-diving).")
def contact_sheet(dataset: str, out: Path, part: str, clips: int, frames: int, seed: int, masks: bool) -> None:
    r"""Draw some clips of DATASET, a row each.

    Above each row are the label and its attributes. DATASET is a folder below the data root (XDOMAIN_DATA, else
    ./data), or an absolute path.

    \b
    Examples:
      python -m xdomain contact-sheet mini --out sheet.png
      python -m xdomain contact-sheet diving48 --part test --clips 20 --seed 3 --out test.png
      python -m xdomain contact-sheet mini --masks --out masks.png
    """
    from xdomain.datasets.pictures.sheet import write_sheet

    write_sheet(data_root() / dataset, out, part, clips, frames, seed, masks)
