"""docs/results.md lists every table and figure: generated from the code, and compared with what a study makes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import made_diving, made_runs
from support.roots import set_roots

from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from xdomain.studies.temporal_shape import DOMAINS, SOURCES

DOCS = Path(__file__).parents[1] / "docs"


def listed(kind: str, section: str) -> set[str]:
    """The names in the lists of that kind below a heading of the page."""
    text = (DOCS / "results.md").read_text().partition(f"### {section}")[2].partition("\n### ")[0]
    lists = re.findall(rf"<!-- {kind} of .*?<!-- end of {kind} -->", text, re.DOTALL)
    rows = [line.split("|")[1] for part in lists for line in part.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_lists_are_those_of_the_code():
    command = [sys.executable, str(DOCS / "describe_results.py"), "--check"]
    done = subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("study", "section"), [("ts-demo", "Temporal Shape"), ("diving48-demo", "Diving48")])
def test_a_study_makes_what_is_listed(study, section, tmp_path, monkeypatch):
    set_roots(monkeypatch, runs=tmp_path / "runs")
    if study == "ts-demo":
        for source in SOURCES:
            right = dict(zip(("validation", *DOMAINS), (8, 8, 6, 4, 2), strict=True))
            for model in ("convlstm", "3dcnn"):
                made_runs.write_run(made_runs.demo(source, model, 2, 42), right)
    else:
        made_diving.write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    analysis = analysis_of(study)
    loaded = analysis.load(study, damaged={})
    made = set(analysis.tables(loaded, TOLERANCE) | analysis.claims_tables(loaded, TOLERANCE))
    of_corruptions = {"corruptions"}  # which nobody evaluated here
    assert made == listed("tables", section) - of_corruptions | listed("tables", "Claims")
    assert set(analysis.figures(loaded, TOLERANCE)) == listed("figures", section) - of_corruptions
