"""How the runs stand as one HTML file that needs no server: a browser that shows it loads it again by itself."""

import time
from collections.abc import Sequence
from pathlib import Path

from jobs.monitor.columns import COLOURS, Block, Table
from xdomain.core.files import write_text
from xdomain.core.names import printable

REFRESH = 30  # seconds, in a browser that shows a page which is still written anew


def write_page(path: Path, blocks: Sequence[Block], is_over: bool) -> None:
    """Write blocks of a command's output as a page; one that is not over asks its browser to look again.

    Raises:
        UserError: the file cannot be written.
    """
    from xdomain.pages.templates import Templates  # jinja2, which a look at the terminal does without

    parts = [
        {"table": block, "line": ""} if isinstance(block, Table) else {"table": None, "line": printable(block)}
        for block in blocks
        if block
    ]
    values = {"title": "xdomain: status", "scripts": "", "parts": parts, "states": COLOURS, "refresh": REFRESH}
    clock = time.strftime("%Y-%m-%d %H:%M:%S")
    write_text(path, Templates(__package__).render("status", **values, clock=clock, is_over=is_over))
