"""`python -m analysis verify`: whether the tables of a bundle are what its predictions make."""

from pathlib import Path

import click

from xdomain.core.cli import Command
from xdomain.core.errors import CommandFailed
from xdomain.core.names import printable


@click.command(cls=Command)
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
def verify(bundle: Path) -> None:
    r"""Check a bundle, and rebuild its tables byte for byte.

    Checks every file of BUNDLE, rebuilds its tables from its predictions, and compares them. Works in a temporary
    folder, without GPU, cluster or torch. Exit code 0: every file is as its MANIFEST.json says and every table came out
    equal. 1: some table came out different; they are named. 2: the bundle cannot be used.

    \b
    Examples:
      python -m analysis verify paper.tar.gz
    """
    from analysis.tracing.verify import differences

    if lines := differences(bundle):
        click.echo(printable("\n".join(["These differ from what the bundle holds:", *lines])), err=True)
        raise CommandFailed(1)
    click.echo("Every table of the bundle is what its predictions make.")
