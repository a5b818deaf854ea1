"""A study of a package outside goes through all of the analysis, claims and power too, without an edit elsewhere."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.made_runs import write_manifest, write_run

from analysis.__main__ import main
from analysis.results.registry import analysis_of
from xdomain.core.errors import UserError
from xdomain.specs.spec import ModelSpec, RunSpec
from xdomain.studies.claims_file import COLUMNS

RUNS = """
from xdomain.specs.spec import RunSpec


class Coins:
    key, command = "coins", "python -m jobs.launch runs 'coins/*'"

    def kind_of(self, values):
        return RunSpec

    def grid(self):
        return []


STUDY = Coins()
"""
TABLES = '''
"""Coins: how often a model calls the side of a coin that it knows, and of one that it does not."""

from analysis.runs.load import Study, load_study
from analysis.studies.base import StudyAnalysis
from analysis.table.tables import Cell, Column, Count, Table, percent, with_needs


class Coins(StudyAnalysis[Study]):
    key, title = "coins", "Coins"

    def load(self, study_key, runs_root=None, damaged=None):
        return load_study(study_key, runs_root, damaged, self)

    def tables(self, loaded, tolerance):
        rows = []
        for model, runs in loaded.runs.groupby("model"):
            known = loaded.accuracies[loaded.accuracies["model"] == model]
            row = {"model": model}
            for coin in ("penny", "dime"):
                right = known[known["domain"] == coin]
                count = Count(len(right), len(runs))
                row[coin] = Cell(right["accuracy"].mean(), right["accuracy"].std(), count, tuple(right["id"]))
            rows.append(with_needs(row, tuple(runs["id"])))
        columns = (Column("model", "Model"), Column("penny", "Penny", percent), Column("dime", "Dime", percent))
        needs = tuple(loaded.runs["id"])
        return {"calls": Table("calls", "Coins: right calls (%)", columns, tuple(rows), loaded.problems, (), needs)}


ANALYSIS = Coins()
'''
# What claims and power ask of a study, besides.
CLAIMS = """

import numpy as np
from analysis.claims.quantities import Basis
from analysis.studies.base import Variances
from analysis.table.samples import PlainSample


class Calls:
    chance = 0.5

    def __init__(self, loaded):
        self.runs, self.accuracies = loaded.runs, loaded.accuracies

    def sample(self, test):
        of_coin = self.accuracies[self.accuracies["domain"] == test.first.where]
        right = of_coin.loc[of_coin["model"] == test.first.model, ["id", "accuracy"]]
        if right.empty:
            return PlainSample.absent("not called")
        draws = np.random.default_rng(1).choice(right["accuracy"], (999, len(right))).mean(axis=1)
        return PlainSample(right["accuracy"].mean(), draws, tuple(right["id"]))

    def needs(self, test):
        return tuple(self.runs["id"])


class WithClaims(Coins):
    def bases(self, loaded, tolerance, seed_sd=None):
        return [Basis(Calls(loaded), notes=("Draws are of seeds.",))]

    def variances(self, loaded, tolerance):
        return Variances("dime/penny", 2.0, 0.25)


ANALYSIS = WithClaims()
"""
LINES = len([line for line in TABLES.strip().splitlines() if line])
ENTRY_POINTS = "[xdomain.studies]\ncoins = coin_runs:STUDY\n[xdomain.analyses]\ncoins = coin_tables:ANALYSIS\n"


def spec(seed: int) -> RunSpec:
    """A run that learns from pennies and is evaluated on a dime, too."""
    return RunSpec("coins", "penny", ("penny", "dime"), ModelSpec("3dcnn", 4), seed)


def install(folder: Path, tables: str) -> None:
    """The package as pip leaves it."""
    (folder / "coin_runs.py").write_text(RUNS)
    (folder / "coin_tables.py").write_text(tables)
    described = folder / "coins-1.0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: coins\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text(ENTRY_POINTS)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that Python looks in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "coin_tables", raising=False)
    return folder


@pytest.fixture
def coins(site: Path) -> None:
    """Three launched runs of the study, of which two have finished."""
    install(site, TABLES)
    specs = [spec(seed) for seed in (1, 2, 3)]
    write_manifest("coins", specs)
    for one, right in zip(specs[:2], (6, 8), strict=True):
        write_run(one, {"validation": 9, "penny": right, "dime": 5})


def analysis(*words: str | Path) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done


def test_it_is_of_about_thirty_lines() -> None:
    assert LINES <= 31


@pytest.mark.usefixtures("coins")
def test_its_tables_its_gaps_and_where_a_cell_comes_from(roots: Path) -> None:
    said = analysis("tables", "--study", "coins").output
    assert "| 3dcnn | 70.0 ± 14.1 (2/3†) | 50.0 ± 0.0 (2/3†) |" in said
    assert "coins: 2 of 3 runs finished, 1 missing." in said
    assert "Nothing has changed" in analysis("tables", "--study", "coins").output
    why = analysis("why", "calls", "3dcnn", "penny", "--study", "coins").output.splitlines()
    assert "Runs: 2 of 3" in why
    assert f"  {spec(3).id}  missing" in why
    assert "Seeds: 2/3 (1, 2); missing 3" in why
    assert "  python -m jobs.launch runs 'coins/penny/3dcnn/h4/*'" in why
    assert analysis("figures", "--study", "coins").exit_code == 0


@pytest.mark.usefixtures("coins")
def test_its_code_is_part_of_what_tables_are_made_from(site: Path) -> None:
    analysis("tables", "--study", "coins")
    (site / "coin_tables.py").write_text(TABLES.replace("right calls", "calls that were right"))
    sys.modules.pop("coin_tables")
    assert "Coins: calls that were right (%)" in analysis("tables", "--study", "coins").output


@pytest.mark.usefixtures("coins")
def test_the_page_shows_it_beside_the_others(roots: Path) -> None:
    analysis("report")
    page = (roots / "results/report.html").read_text()
    assert '<h2 id="coins">Coins</h2>' in page
    assert re.search(r"<dt>Trained on</dt><dd>penny</dd><dt>Evaluated on</dt><dd>penny, dime</dd>", page)
    assert f"python -m jobs.launch runs {spec(3).id}" in page
    assert "Coins: right calls (%)" in page
    assert ">70.0" in page


@pytest.mark.usefixtures("coins")
def test_a_bundle_of_it_is_verified_elsewhere(roots: Path, site: Path) -> None:
    analysis("bundle", roots / "coins.tar.gz", "--study", "coins")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{site}:{Path(__file__).parents[2]}", "HOME": str(roots)}
    command = [sys.executable, "-m", "analysis", "verify", str(roots / "coins.tar.gz")]
    done = subprocess.run(command, cwd=roots, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "coins: 1 tables rebuilt, all equal byte for byte." in done.stdout
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run(command, cwd=roots, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "There is no study 'coins'" in done.stderr


@pytest.mark.usefixtures("coins")
def test_claims_of_it_and_what_it_can_resolve(roots: Path, site: Path) -> None:
    (site / "coin_tables.py").write_text(TABLES + CLAIMS)
    file = roots / "mine.csv"
    with file.open("w", newline="") as text:
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        for name, coin, model, bound in (("c-1", "penny", "3dcnn", 0.3), ("c-2", "euro", "3dcnn", 0.3)):
            tests = f"calls [{coin}] {model} > {bound}"
            writer.writerow({"id": name, "study": "coins", "claim": name, "tests": tests, "margin": "0.1"})
    said = analysis("claims", "--study", "coins", "--file", file).output
    rows = {row["claim"]: row for row in csv.DictReader((roots / "results/coins/tables/claims-mine.csv").open())}
    # Penny: 6 and 8 of 10; no draw of seeds is below 0.3.
    assert (rows["c-1"]["estimate"], rows["c-1"]["verdict"]) == ("0.7", "holds")
    assert (rows["c-2"]["verdict"], rows["c-2"]["why"]) == ("cannot tell", "calls [euro]: 3dcnn: not called")
    assert "Draws are of seeds." in said
    power = analysis("power", "--study", "coins", "--seeds", "4", "--clips", "100", "--difference", "0.5").output
    assert "The smallest difference of ln dime/penny" in power
    assert "+0.500" in power
    # 2.8016 · √(2 · 0.25² / 4 + 2² / 100)
    assert "0.748" in power


@pytest.mark.usefixtures("coins")
def test_without_quantities_no_claim_of_it_can_be_tested(roots: Path) -> None:
    done = CliRunner().invoke(main, ["claims", "--study", "coins"])
    assert (done.exit_code, "no claim about coins" in done.output) == (2, True)
    done = CliRunner().invoke(main, ["power", "--study", "coins"])
    assert (done.exit_code, "T/S1 is a ratio of Diving48" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ("import nothing_of_that_name", "of the package coins cannot be loaded (ModuleNotFoundError"),
        ("ANALYSIS = 1", "of the package coins is no analysis of its own"),
        (TABLES.replace('"coins", "Coins"', '"ts", "Mine"'), "whose key is the entry point's name"),
    ],
)
def test_a_package_that_does_not_fit_is_named(tables: str, sentence: str, site: Path) -> None:
    install(site, tables)
    with pytest.raises(UserError) as raised:
        analysis_of("ts")
    assert sentence in str(raised.value)
