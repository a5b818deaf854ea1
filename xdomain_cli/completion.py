"""`xdomain completion`: what a shell needs to complete the command's words."""

import click
from click.shell_completion import get_completion_class

from xdomain.core.cli import Command

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print the lines that complete commands in your shell.

    \b
      eval "$(xdomain completion bash)"      in ~/.bashrc
      eval "$(xdomain completion zsh)"       in ~/.zshrc, after compinit
      xdomain completion fish > ~/.config/fish/completions/xdomain.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click has all three"
    click.echo(kind(ctx.find_root().command, {}, "xdomain", "_XDOMAIN_COMPLETE").source())
