"""What all command lines of the project share: a `UserError` becomes one sentence and exit code 2."""

from typing import Any

import click

from xdomain.errors import UserError
from xdomain.names import printable


class _Guarded:
    """The part of a click command that turns a `UserError` into its sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a `UserError`, or a package that is missing, instead of a traceback."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            sentence = str(error)
        except ModuleNotFoundError as error:
            if (error.name or "xdomain").startswith("xdomain"):
                raise  # a fault of ours
            sentence = (
                f"This command needs the Python package {error.name}, which is missing here. Install the "
                "extra of pyproject.toml that has it (train for data and models): pip install -e '.[train]'."
            )
        click.echo(f"Error: {printable(sentence)}", err=True)
        ctx.exit(2)


class Group(_Guarded, click.Group):
    """A click group whose commands may raise `UserError`."""


class Command(_Guarded, click.Command):
    """A click command, not in such a group, that may raise `UserError`."""
