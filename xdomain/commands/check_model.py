"""`python -m xdomain check-model`. Heavy imports are made inside the command."""

import click

from xdomain.core.cli import Command
from xdomain.core.names import is_library_model
from xdomain.models import canonical_name
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts
from xdomain.studies.zoo import library_model

SIZE = click.IntRange(min=1)
TEMPORAL_SHAPE = {"hidden": 8, "frames": ts.FRAMES, "side": ts.SIDE, "channels": 1, "classes": len(ts.CLASSES)}
# Fewer units and frames than the paper's, so that finite differences in float64 take minutes on a CPU, not hours.
DIVING48 = {"hidden": 4, "frames": 16, "side": 224, "channels": 3, "classes": diving48.CLASSES}
# Small, for finite differences of millions of weights; some models enlarge the clips to a size of their own.
LIBRARY = {"hidden": 1, "frames": 8, "side": 64, "channels": 3, "classes": diving48.CLASSES}


@click.command(cls=Command)
@click.argument("name")
@click.option("--hidden", type=SIZE, help="Units per block.  [default: 8, of Diving48's models 4]")
@click.option("--frames", type=SIZE, help="Of a clip.  [default: 20, of Diving48's models 16]")
@click.option("--side", type=SIZE, help="Pixels.  [default: 64, of Diving48's models 224]")
@click.option("--channels", type=SIZE, help="1 for Temporal Shape, 3 for Diving48.  [default: by the model's study]")
@click.option("--classes", type=click.IntRange(min=2), help="[default: by the model's study]")
@click.option("--weights", default="", help="Of a library's model: a file, a folder, or a name in the cache.")
@click.option("--frozen", is_flag=True, help="Of a library's model train the new head only.")
@click.pass_context
def check_model(ctx: click.Context, name: str, weights: str, frozen: bool, **sizes: int | None) -> None:
    r"""Check that a model can be trained: the paper's, or yours.

    NAME is a registered model, of the paper or of a package of yours, or a library's, such as torchvision:r3d_18. Its
    shapes; whether clips of a batch influence each other in evaluation; whether the same seed gives the same output and
    gradient; its gradient, against finite differences in float64; and what it costs a clip. A failed check says what is
    wrong in a sentence, and the exit code is 1.

    \b
      python -m xdomain check-model mymodel
      python -m xdomain check-model convlstm-4blocks --hidden 2 --frames 3
      python -m xdomain check-model mymodel --channels 3 --side 224 --classes 48      for clips as Diving48's
      python -m xdomain check-model torchvision:r3d_18 --weights r3d_18.pth           whether these weights fit
    """
    name = canonical_name(name)
    of_diving48 = {model for _, _, model in diving48.distinct_models()} | {row.model for row in diving48.TABLE_17}
    defaults = DIVING48 if name in of_diving48 else LIBRARY if is_library_model(name) else TEMPORAL_SHAPE
    if weights or frozen:
        library_model(name, weights, frozen)  # refuses them where they are not for this model, or not there
    chosen = defaults | {size: value for size, value in sizes.items() if value is not None}

    from xdomain.models.zoo.libraries import declare_operators

    declare_operators()  # before Lightning is imported
    from xdomain.modelcheck.checks import check
    from xdomain.modelcheck.subject import Subject

    click.echo(f"{name} with " + ", ".join(f"{size} {value}" for size, value in chosen.items()))
    failed = False
    for finding in check(Subject(name, **chosen, weights=weights, frozen=frozen)):
        click.echo(f"{'ok' if finding.passed else 'FAILED':<8}{finding.check:<14}{finding.sentence}")
        failed |= not finding.passed
    ctx.exit(int(failed))
