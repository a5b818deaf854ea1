"""`python -m analysis report`: one HTML page of every study that has results."""

from pathlib import Path

import click

from analysis.report.write import write_page
from analysis.runs.studies import studies_with_results
from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.roots import results_root


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--study",
    "studies",
    multiple=True,
    metavar="NAME",
    help="Only this study, such as ts or diving48-demo; may be repeated.  [default: every one with results]",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.  [default: report.html below the results root]",
)
def report(studies: tuple[str, ...], out: Path | None) -> None:
    r"""Write one page that shows everything.

    Its first screen has the answer and the claims that it rests on; clips, contrasts, figures, tables, curves, gaps and
    provenance follow. The page is a single HTML file of a few
    megabytes. It needs no network, so it can be mailed, archived or printed; tables sort and can be copied as CSV or
    LaTeX, figures enlarge, clips can be stepped through. The clips need the data (XDOMAIN_DATA); without it the page
    says so and has everything else.

    \b
    Examples:
      python -m analysis report                             every study that has results
      python -m analysis report --study ts --study diving48
      python -m analysis report --study ts-demo --out demo.html
    """
    out = out or results_root() / "report.html"
    if out.is_dir():
        raise UserError(f"{out} is a folder. Give --out the name of a file.")
    write_page(list(dict.fromkeys(studies)) or studies_with_results(), out)
