"""The tables compile in a paper of two columns, and none is wider than its page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support import made_diving, made_runs
from support.roots import set_roots_below

from analysis.published.tables import published_tables
from analysis.report.studies import read_study
from analysis.table.latex import to_latex
from analysis.table.tables import Table

from .slurm_install import Unavailable, ensure_programs

pytestmark = [pytest.mark.cluster, pytest.mark.slow]  # it installs TeX Live
PACKAGES = ("texlive-latex-base", "texlive-latex-recommended")
PAPER = r"""\documentclass[10pt,twocolumn]{article}
\usepackage[letterpaper,textwidth=6.875in,textheight=8.875in]{geometry}
\usepackage[utf8]{inputenc}
\usepackage{booktabs,longtable,array}
\begin{document}
%s
\end{document}
"""
WIDER = re.compile(r"Overfull \\hbox \(([\d.]+)pt too wide\)[^\n]*")


def compiled(tables: list[Table], folder: Path) -> tuple[list[str], str]:
    """The overfull boxes of a document with these tables, and LaTeX's log."""
    parts = [rf"\typeout{{<{table.name}>}}{to_latex(table)}\clearpage" for table in tables]
    (folder / "paper.tex").write_text(PAPER % "\n".join(parts), encoding="utf-8")
    for _ in range(2):  # longtable takes its widths from the first time
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
    log = re.sub(r"\n(?!Overfull|<)", " ", done.stdout)
    return [found[0] for found in WIDER.finditer(log) if float(found[1]) > 1], log


@pytest.fixture(scope="module", autouse=True)
def tex() -> None:
    try:
        ensure_programs(("pdflatex",), packages=PACKAGES)
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Table]]:
    """Every table of a written study of each kind, and the paper's own."""
    set_roots_below(monkeypatch, tmp_path)
    made_runs.write_demo()
    made_diving.write_study()
    made = {"published": list(published_tables().values())}
    for key in ("ts-demo", "diving48-demo"):
        made[key] = list(read_study(key).tables.values())
    return made


def test_no_table_is_wider_than_the_page(studies: dict[str, list[Table]], tmp_path: Path) -> None:
    assert any(len(table.rows) > 40 for table in studies["diving48-demo"])  # a longtable
    for tables in studies.values():
        wider, log = compiled(tables, tmp_path)
        assert wider == [], log[-8000:]
