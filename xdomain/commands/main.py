"""The study's command line: `python -m xdomain`. Heavy imports are made inside the commands."""

from pathlib import Path
from typing import Any

import click

from xdomain.commands.check_model import check_model
from xdomain.commands.contact_sheet import contact_sheet
from xdomain.commands.diving48 import cache, import_clips, index, split
from xdomain.commands.fetch import fetch
from xdomain.commands.mini_diving import mini_diving
from xdomain.commands.new_study import new_study
from xdomain.core.cli import Group, Number
from xdomain.core.roots import data_root
from xdomain.specs.shapes import RELEASED, RENDERINGS
from xdomain.studies.temporal_shape import DOMAINS

ROOT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=data_root,
    show_default="XDOMAIN_DATA, else ./data",
    help="Data root; sets are kept in its folder ts/.",
)

SECTIONS = {
    "Temporal Shape": ("generate", "import-ts", "preview"),
    "Diving48": ("index", "split", "cache", "import-clips", "mini-diving", "contact-sheet"),
    "Both": ("fetch", "check-model", "params"),
    "Your own": ("new-study",),
}


@click.group(cls=Group, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    r"""Make the data and check the models of both studies, Temporal Shape and Diving48.

    \b
    Temporal Shape:
      python -m xdomain generate --domain 2dot
      python -m xdomain generate --domain mnist-bg --digits uci --workers 4
      python -m xdomain import-ts ~/downloads/2dot_5000
      python -m xdomain params --study ts > parameters.csv

    \b
    Diving48:
      python -m xdomain fetch diving48
      python -m xdomain index diving48
      python -m xdomain mini-diving            a small data set, drawn here
      python -m xdomain contact-sheet mini --out sheet.png

    \b
    Models:
      python -m xdomain new-study mine         a study of your own in one file
      python -m xdomain check-model convlstm   can it be trained? or yours?
    """


@main.command()
@click.option("--domain", type=click.Choice(DOMAINS), required=True, help="What moves on what.")
@click.option("--clips", type=click.IntRange(min=1), default=5000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--digits",
    default="mnist",
    show_default=True,
    help="For mnist and mnist-bg: 'mnist' (downloaded once), 'uci' (comes with scikit-learn, no network), or "
    "the path of an IDX file or a folder of them, gzipped or not.",
)
@click.option(
    "--digit-split",
    type=click.Choice(["train", "test"]),
    default="train",
    show_default=True,
    help="train: the digits of training clips, and trajectories of their own. test: those of evaluation clips.",
)
@click.option(
    "--intensity",
    type=Number(min=0),
    default=0.5,
    show_default=True,
    help="Of the noise of mnist-bg. As published, 0.5 where it is the source and 1 where it is the target of another.",
)
@click.option(
    "--rendering",
    type=click.Choice(RENDERINGS),
    default=RELEASED,
    show_default=True,
    help="released: through JPEG of quality 75, and a dot that would begin outside the frame is not drawn. "
    "clean: neither.",
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@ROOT
def generate(workers: int, out: Path, **spec: Any) -> None:
    r"""Generate one set of clips, unless it is there already.

    The same options give the same bytes, whatever --workers. The file's name says the options; beside it,
    NAME.json has the class counts (labels are drawn, not balanced) and a checksum.

    \b
    The sets of the paper's study, 5,000 clips to train and validate, 500 to evaluate:
      python -m xdomain generate --domain 2dot
      python -m xdomain generate --domain mnist --clips 500 --seed 1001 --digit-split test
      python -m xdomain generate --domain mnist-bg --clips 500 --seed 1001 --digit-split test --intensity 1
    """
    from xdomain.datasets.temporal_shape.generate import generate as generate_set
    from xdomain.specs.shapes import ClipSetSpec

    generate_set(ClipSetSpec(**spec), out, workers)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", help="The set's name.  [default: the folder's name]")
@ROOT
def import_ts(folder: Path, name: str | None, out: Path) -> None:
    r"""Import a domain of the released Temporal Shape clips.

    The release is doi:10.7910/DVN/EDVAIY. FOLDER has labels.csv (column 'class') and the frames {20·clip + frame}.jpg.
    An imported set stands in for a generated one when it gets that one's name:

    \b
      python -m xdomain import-ts ~/downloads/2dot_5000 --name 2dot-n5000-seed1-train-released
    """
    from xdomain.datasets.temporal_shape.import_release import import_ts as import_folder

    import_folder(folder, out, name or folder.resolve().name)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=".gif or .png")
def preview(file: Path, out: Path) -> None:
    r"""Draw two clips of each class of the set FILE (NAME.npy).

    \b
      python -m xdomain preview data/ts/2dot-n5000-seed1-train-released.npy --out 2dot.gif    a moving grid
      python -m xdomain preview data/ts/2dot-n5000-seed1-train-released.npy --out 2dot.png    frames side by side
    """
    from xdomain.datasets.pictures.preview import preview as draw

    draw(file, out)
    click.echo(f"{out}")


@main.command()
@click.option("--study", type=click.Choice(["ts", "diving48", "table17"]), default="ts", show_default=True)
def params(study: str) -> None:
    """Print the parameter counts of a study's models as CSV.

    Trainable parameters, as in the paper's Tables 15, 16 and 17.
    """
    from xdomain.modelcheck.parameters import rows

    for row in rows(study):
        click.echo(",".join(map(str, row)))


for command in (fetch, index, cache, split, import_clips, mini_diving, contact_sheet, check_model, new_study):
    main.add_command(command)
