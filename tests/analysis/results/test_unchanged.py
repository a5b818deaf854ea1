"""Where nothing has changed, a command reads files and imports no library of tables, figures or arrays."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.made_runs import demo, right_2dot, write_demo, write_run

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
