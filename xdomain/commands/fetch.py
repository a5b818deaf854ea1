"""`python -m xdomain fetch`."""

from pathlib import Path

import click

from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.core.roots import data_root
from xdomain.datasets.download.sources import SOURCES


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("dataset", type=click.Choice([*SOURCES, "weights"]))
@click.argument("name", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=data_root,
    show_default="XDOMAIN_DATA, else ./data",
    help="Data root.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be fetched, from where, how large, and where to.")
@click.option(
    "--from",
    "given",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Use the files in FOLDER, fetched by hand, and no network. They stay there.",
)
@click.option(
    "--mirror",
    metavar="URL",
    help="Ask this server: the URL of a folder for diving48 and mnist, of a Dataverse for the others.",
)
@click.option("--keep-archives", is_flag=True, help="Leave archives beside what is unpacked from them.")
def fetch(
    dataset: str,
    name: str | None,
    out: Path,
    dry_run: bool,
    given: Path | None,
    mirror: str | None,
    keep_archives: bool,
) -> None:
    r"""Fetch a public data set into the data root and unpack it, or a library's weights into its cache.

    \b
      diving48          the videos and labels of Diving48 V2       diving48/rgb/, diving48/*.json
      diver-frames      303 frames with labelled divers            diving48/frames/images/, …/masks/
      diving48-domains  the released S1, S2 and T of its test set  diving48/released/
      ts                the released Temporal Shape                ts-released/
      mnist             the digits of mnist and mnist-bg           digits/
      weights NAME      of torchvision or transformers             the library's own cache (TORCH_HOME, HF_HOME)

    Checksums are verified where they are published. Interrupted, killed or out of space: the same command goes on
    where it broke off. Complete: it checks that every file is still there with its size, and does nothing.
    Proxies are taken from HTTP_PROXY and HTTPS_PROXY.

    \b
    Examples:
      python -m xdomain fetch diving48 --dry-run
      python -m xdomain fetch diving48 --out /scratch/me/data
      python -m xdomain fetch ts --mirror https://dataverse.example.org
      python -m xdomain fetch weights torchvision:r3d_18
      python -m xdomain fetch weights transformers:MCG-NJU/videomae-base
    \b
    Without a network: list what is needed, get it elsewhere, then
      python -m xdomain fetch diving48 --from ~/downloads
    """
    if dataset == "weights":
        from xdomain.commands.fetch_weights import fetch_weights

        if not name:
            raise UserError("Name the weights, such as: python -m xdomain fetch weights torchvision:r3d_18")
        if given or mirror or keep_archives:
            raise UserError("Weights go into their library's cache: of the options only --dry-run is for them.")
        fetch_weights(name, dry_run)
        return
    if name:
        raise UserError(f"{dataset} is all that is fetched by that name: leave {one_line(name)} away.")
    from xdomain.datasets.download.obtain import obtain
    from xdomain.datasets.download.plan import make_plan

    if dry_run:
        make_plan(dataset, out, mirror, given).show()
    else:
        obtain(dataset, out, mirror, given, keep_archives)
