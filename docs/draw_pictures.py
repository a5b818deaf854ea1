"""Draw the pictures of README.md and docs/ from what `make demo` has left: a figure, screens of commands, the page.

    python docs/draw_pictures.py            all of them
    python docs/draw_pictures.py screens    only these: figure, screens or page

XDOMAIN_RUNS, XDOMAIN_RESULTS and XDOMAIN_DATA say where the demo is, if not here. The page needs chromium.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.spines import Spine
from matplotlib.text import Text as Letters
from PIL import Image
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from analysis.plotting.canvas import LOOK
from analysis.results.registry import analysis_of
from analysis.temporal_shape.figures import accuracy_by_domain
from xdomain.core.roots import results_root
from xdomain.runs.run_folder import FINISHED

TOP = Path(__file__).resolve().parent.parent
PICTURES = TOP / "docs" / "pictures"
STUDY = "ts-demo"
COLUMNS = 100
PAPER, INK, LINES = "#0d1117", "#d8dee6", "#30363d"  # of figures on dark pages
GRID = "ts-grid --source 2dot --model convlstm --hidden 16,24 --cluster local --dry-run"
SCREENS = {  # file: what is typed, the words after `python`, how many of the last lines are shown
    "help": ("xdomain --help", "-c 'from xdomain_cli.main import main; main()' --help", None),
    "dry-run": (f"xdomain launch {GRID}", f"-m jobs.launch {GRID}", None),
    "status": ("xdomain status", f"-m jobs.status --study {STUDY}", None),
    "demo": ("make demo", "-m jobs.launch recipe --cluster local recipes/ts-demo.toml", 24),
}


def draw_figure() -> None:
    """Draw the demo's accuracies for light and for dark pages; README.md has the note that belongs below.

    Raises:
        SystemExit: the demo has not finished.
    """
    study = analysis_of(STUDY).load(STUDY, damaged={})
    if not (study.runs["status"] == FINISHED).all():
        raise SystemExit("Not every run of the demo has finished: make demo")
    with mpl.rc_context(LOOK):
        figure = accuracy_by_domain(study)
        for note in list(figure.subfigs[1].texts):
            note.remove()
        options = {"dpi": 150, "bbox_inches": "tight", "metadata": {"Software": None}}
        figure.savefig(PICTURES / "demo-light.png", facecolor="white", **options)
        darken(figure)
        figure.savefig(PICTURES / "demo-dark.png", facecolor=PAPER, **options)


def darken(figure: Figure) -> None:
    """Turn dark on white into light on dark: letters, axes and grid; the models' colours become lighter."""
    for artist in figure.findobj(Artist):
        if isinstance(artist, Letters | Line2D):
            artist.set_color(on_dark(artist.get_color()))
        elif isinstance(artist, Axes):
            artist.set_facecolor(PAPER)
        elif isinstance(artist, Spine):
            artist.set_edgecolor(INK)


def on_dark(colour: object) -> object:
    """Return what a line's colour becomes on a dark page: a grid's grey dark, other greys light, the rest paler."""
    if not is_grey(colour):
        return tuple(0.6 * part + 0.4 for part in to_rgb(colour))
    return LINES if to_rgb(colour)[0] > 0.8 else INK


def is_grey(colour: object) -> bool:
    """Whether a colour has no hue."""
    red, green, blue = to_rgb(colour)
    return max(red, green, blue) - min(red, green, blue) < 0.02


def draw_screens() -> None:
    """Run the commands and draw what they print."""
    for name, (typed, words, last) in SCREENS.items():
        command = f"{sys.executable} {words}"
        environment = {**os.environ, "COLUMNS": str(COLUMNS)}
        done = subprocess.run(
            ["bash", "-c", command], cwd=TOP, env=environment, capture_output=True, text=True, check=True
        )
        printed = done.stdout.replace(str(TOP), "~/xdomain").replace("python -c", "xdomain").rstrip().splitlines()
        shown = printed if last is None else ["…", *printed[-last:]]
        (PICTURES / f"screen-{name}.svg").write_text(terminal(typed, shown), encoding="utf-8")


def terminal(typed: str, lines: list[str]) -> str:
    """Draw a terminal with a command and its output as SVG, with the reader's own fonts."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {typed}", style="bold"))
    console.print(Text.from_ansi("\n".join(lines)))
    fontless = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="xdomain", code_format=fontless)


def draw_page() -> None:
    """Photograph the upper part of the report in a browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("The picture of the page needs chromium, which is not there.")
    page = results_root().absolute() / "report.html"
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1100,1300", "--disable-gpu"]
        subprocess.run(
            [browser, *options, f"--user-data-dir={folder}", f"--screenshot={shot}", page.as_uri()],
            check=True,
            capture_output=True,
        )
        Image.open(shot).convert("RGB").quantize(64).save(PICTURES / "report.png", optimize=True)


PARTS = {"figure": draw_figure, "screens": draw_screens, "page": draw_page}


def main() -> None:
    """Draw the parts that are named, or all."""
    PICTURES.mkdir(exist_ok=True)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
