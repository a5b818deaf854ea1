"""`python -m xdomain new-study`."""

from pathlib import Path

import click

from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.files import write_text
from xdomain.core.names import is_plain

TEMPLATE = Path(__file__).parent.parent / "studies" / "new_study.toml"


@click.command("new-study", cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def new_study(folder: Path) -> None:
    r"""Write a study file with comments into DIR, to begin with.

    It is DIR/study.toml, of a study that is called as the folder is. It runs as it stands, on dives that its first
    lines say how to draw.

    \b
      python -m xdomain new-study mine
      python -m jobs.launch study mine/study.toml --dry-run
    """
    file, name = folder / "study.toml", folder.absolute().name
    if file.exists():
        raise UserError(f"{file} is there already. Name another folder.")
    if "-" in name or not is_plain(name):
        raise UserError(f"{folder}: the study is called as its folder: use letters, digits, '_' and '.'.")
    folder.mkdir(parents=True, exist_ok=True)
    write_text(file, TEMPLATE.read_text(encoding="utf-8").format(name=name, file=file))
    click.echo(f"{file}: look through it; its first lines say how it is run.")
