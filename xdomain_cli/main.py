"""The entry point of the command `xdomain`; `python -m jobs.launch` and all others stay what they are."""

import os
import platform

import click

from xdomain_cli.catalog import SECTIONS
from xdomain_cli.lazy import LazyGroup


def version_line() -> str:
    """Name the version of the package, of the code, of the image where one is known, and of Python."""
    from importlib.metadata import version

    from xdomain.runs.provenance import code_version

    parts = [f"xdomain {version('xdomain')}", f"code {code_version()}"]
    if image := os.environ.get("XDOMAIN_IMAGE_DIGEST") or os.environ.get("APPTAINER_CONTAINER"):
        parts.append(f"image {image}")
    return ", ".join([*parts, f"Python {platform.python_version()}"])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(version_line())
        ctx.exit()


@click.group(
    cls=LazyGroup,
    sections={section: tuple(entries) for section, entries in SECTIONS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of package, code, image and Python.",
)
def main() -> None:
    r"""Cross-domain robustness of video models, from data to tables.

    \b
      xdomain launch ts-grid --dry-run     what would be launched
      xdomain COMMAND --help               what a command does, with examples
    """
