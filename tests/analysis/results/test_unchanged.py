"""Where nothing has changed, a command reads files and imports no library of tables, figures or arrays."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.report import inputs
from analysis.runs import unchanged

HEAVY = ("matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels", "jinja2", "pydantic")
CODE = f"""
import sys
from analysis.commands.main import main
main(sys.argv[1:], standalone_mode=False)
print("LOADED", *sorted(set(sys.modules) & set({HEAVY!r})))
"""


def run(*words: str) -> tuple[str, list[str]]:
    """What a command of a process of its own says, and the heavy libraries that it has imported."""
    done = subprocess.run([sys.executable, "-c", CODE, *words], capture_output=True, text=True, check=True)
    said, _, loaded = done.stdout.rpartition("LOADED")
    return said, loaded.split()


@pytest.mark.parametrize("words", [("tables", "--study", "ts-demo"), ("report",)])
def test_an_unchanged_study_is_recognised_from_files_alone(words: tuple[str, ...]) -> None:
    write_demo()
    first, loaded = run(*words)
    assert {"numpy", "pandas", "pyarrow"} <= set(loaded)
    second, loaded = run(*words)
    assert second.startswith(first.rstrip("\n"))
    assert "Nothing has changed" in second
    assert loaded == []
    write_run(demo("2dot", "3dcnn", 4, 61), right_2dot(5, 5, 4))
    assert "Nothing has changed" not in run(*words)[0]


def test_a_described_study_whose_file_changes_is_made_again(roots: Path) -> None:
    """Its domains and claims are in that file, not in its runs."""
    write_demo()
    run("tables", "--study", "ts-demo")
    assert "Nothing has changed" in run("tables", "--study", "ts-demo")[0]
    (roots / "runs" / "ts").mkdir()
    (roots / "runs" / "ts" / "study.json").write_text("{}")
    assert "Nothing has changed" not in run("tables", "--study", "ts-demo")[0]


@pytest.mark.parametrize(
    "name",
    ["xdomain/studies/Diving48_vocab.json", "analysis/published/diving48_ratios.csv", "analysis/claims/claims.csv"],
)
def test_a_file_of_the_project_that_is_no_code_decides_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vocabulary says which attributes a class has, and so what `attribute-share` and div-11 come to."""
    file = tmp_path / "project" / name
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(unchanged, "ROOT", tmp_path / "project")
    assert (Path(__file__).parents[3] / name).is_file()
    digests = set()
    for text in ("one", "another"):
        file.write_text(text)
        digests.add(unchanged.inputs_digest("ts-demo", ()))
    assert len(digests) == 2


def test_the_frame_of_all_pages_decides_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "xdomain/pages/templates/base.html"
    file = tmp_path / "project" / name
    file.parent.mkdir(parents=True)
    monkeypatch.setenv("XDOMAIN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(inputs, "ROOT", tmp_path / "project")
    assert (Path(__file__).parents[3] / name).is_file()
    digests = set()
    for text in ("one", "another"):
        file.write_text(text)
        digests.add(inputs.page_digest(["ts-demo"], tmp_path / "page.html", {"ts-demo": unchanged.Sources()}))
    assert len(digests) == 2
