"""A file of claims is checked when its study is launched, dry or not, before anything is trained."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_own_study import STUDY, write_study

import jobs.commands.launch
from xdomain.datasets.clip_cache.writer import CacheWriter

COLUMNS = "id,study,section,claim,statistic,direction,published evidence,tests,margin,family"
GOOD = "O/V [a] small - O/V [a] large > 0"


@pytest.fixture
def study(made_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study that names claims.csv; nothing of it may be made."""

    def made(*_: object) -> None:
        raise AssertionError("a cache was begun")

    monkeypatch.setattr(CacheWriter, "__init__", made)
    file = write_study(made_roots / "work")
    file.write_text(STUDY.replace("seeds = [1]", 'seeds = [1]\nclaims = "claims.csv"'))
    return file


def said(study: Path, content: str, *words: str, code: int) -> str:
    (study.parent / "claims.csv").write_text(content)
    done = CliRunner().invoke(jobs.commands.launch.main, ["study", str(study), *words])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def row(tests: str = GOOD, **changes: str) -> str:
    values = {"id": "m-1", "study": "mine", "margin": "0.02"} | changes
    return f'{COLUMNS}\n{values["id"]},{values["study"]},,Some claim,,> 0,,"{tests}",{values["margin"]},primary\n'


@pytest.mark.parametrize(
    "tests",
    [
        GOOD,
        "O/V [best] Little > 0.5",
        "O/V [a,best] large near chance",
        "spread O/V [best] < 1; V/O [a] small > 0",
    ],
)
def test_claims_on_what_the_study_has_are_taken(study: Path, tests: str) -> None:
    study.write_text(study.read_text().replace("[experiments.b]", "[experiments.best]"))
    assert "2 to launch" in said(study, row(tests), "--dry-run", "--cluster", "local", code=0)


@pytest.mark.parametrize("words", [("--dry-run",), ()])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,claim\n1,2\n", "claims.csv has no column study, section, statistic"),
        (row("small is better"), "line 2 (m-1): 'small is better' is no test"),
        (row("O/V [a] small > chance"), "only `near` goes with chance"),
        (row(margin="-1"), "line 2: the margin '-1' is no number above 0"),
        (row(study="yours"), "there is no study 'yours', only ts"),
        (row(study="ts", tests="A(mnist) [2dot] 3D CNN > 0"), "has no claim about mine"),
        (row("O/V [a] small - O/V [a] huge > 0"), "there is no model 'huge' in a, only large, small"),
        (row("O/V [a] Little > 0"), "there is no model 'Little' in a, only large, small"),
        (row("O/V [c] small > 0"), "there is no experiment 'c', only a, b"),
        (row("T/V [a] small > 0"), "there is no domain 'T'; the study has V, O"),
        (row("O [a] small > 0"), "O [a] is no ratio of two domains, such as O/V"),
        (row("slope O/V [a] small > 0"), "of a study of its own there are a ratio"),
    ],
)
def test_a_claim_that_cannot_be_tested_is_refused(
    study: Path, content: str, expected: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    assert expected in said(study, content, *words, "--cluster", "local", code=2)
    assert not list((tmp_path / "runs").iterdir())
