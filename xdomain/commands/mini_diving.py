"""`python -m xdomain mini-diving`."""

from typing import Any

import click

from xdomain.commands.options import WORKERS
from xdomain.core.cli import Command, Number
from xdomain.core.roots import data_root
from xdomain.datasets.mini_diving.spec import MiniSpec

PROBABILITY = Number(0, 1)


def _size(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """Parse '240x320' as (240, 320)."""
    height, _, width = value.partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise click.BadParameter(f"{value!r}: give HEIGHTxWIDTH in pixels, such as 240x320.")
    return int(height), int(width)


@click.command(cls=Command)
@click.option(
    "--out",
    default="mini",
    show_default=True,
    help="A folder below the data root (XDOMAIN_DATA, else ./data), or an absolute path.",
)
@click.option("--train", type=int, default=MiniSpec.train, show_default=True, help="Clips of the training listing.")
@click.option("--test", type=int, default=MiniSpec.test, show_default=True, help="Clips of the test listing.")
@click.option(
    "--classes",
    type=int,
    default=MiniSpec.classes,
    show_default=True,
    help="How many of the 48, chosen so that their attributes differ.",
)
@click.option("--size", default="240x320", show_default=True, callback=_size, help="Pixels, height x width, even.")
@click.option("--length", type=int, default=MiniSpec.length, show_default=True, help="Frames of a clip, about.")
@click.option(
    "--bias",
    type=PROBABILITY,
    default=MiniSpec.bias,
    show_default=True,
    help="Probability that a training clip's pool (colours, crowd, camera's place) is the one of its class.",
)
@click.option("--test-bias", type=PROBABILITY, help="The same for test clips.  [default: --bias]")
@click.option(
    "--pairs",
    type=PROBABILITY,
    default=MiniSpec.pairs,
    show_default=True,
    help="Part of the dives made by two divers at once.",
)
@click.option(
    "--labelled", type=int, default=MiniSpec.labelled, show_default=True, help="Labelled frames for segmentation."
)
@click.option(
    "--empty", type=int, default=MiniSpec.empty, show_default=True, help="Further such frames, without any diver."
)
@click.option("--seed", type=click.IntRange(min=0), default=MiniSpec.seed, show_default=True)
@WORKERS
def mini_diving(out: str, size: tuple[int, int], test_bias: float | None, workers: int, **options: Any) -> None:
    r"""Draw Mini-Diving48: small dives in Diving48's layout.

    Every diver's mask comes along. The same options give the same files, whatever --workers. Draws about three clips a
    second on each core; stopped at any time, the same command goes on. A set that is there is left alone.

    With --bias 1 the pool alone tells the class, so that a model that looks at nothing else is right in training;
    with --test-bias 0 it is then wrong on the test clips: texture bias that is known to be there.

    \b
    Examples:
      python -m xdomain mini-diving
      python -m xdomain mini-diving --out mini-biased --bias 0.9 --test-bias 0
      python -m xdomain mini-diving --out /scratch/me/mini48 --classes 48 --train 4800 --test 960 --size 360x480
      python -m xdomain contact-sheet mini --out sheet.png        look at it
    """
    from xdomain.datasets.mini_diving.generate import generate

    height, width = size
    of_test = options["bias"] if test_bias is None else test_bias
    generate(MiniSpec(height=height, width=width, test_bias=of_test, **options), data_root() / out, workers)
