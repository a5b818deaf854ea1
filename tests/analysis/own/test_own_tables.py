"""A study of one file has tables, figures, a page and a bundle; its numbers are those of runs made by hand."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_diving import clips, right_answers, write_answers, write_result
from support.made_own_study import STUDY

from analysis.__main__ import main
from analysis.diving48.page.findings import diving_finding
from analysis.own.figures import styles_of_models
from analysis.own.study import design_of
from analysis.plotting.style import styles_of_roles
from analysis.table.tables import Estimate, Table
from xdomain.studies.own import read_study, store_study, stored_study

KEPT = {3: 0.3, 5: 0.5}  # validation accuracy by epoch: one at experiment a's level, one better
DOMAINS = {"O": 0.75, "fog": 0.5}  # test accuracy ÷ validation accuracy
LARGE = 0.5  # of the larger model's domains
CLASSES = tuple(f"class of {name}" for name in ("dark", "grey", "bright", *map(str, range(45))))

COLUMNS = "id,study,section,claim,statistic,direction,published evidence,tests,margin,family"
CLAIMS = f"""{COLUMNS}
m-1,mine,,The small model keeps more in fog,,> 0,,fog/V [a] small - fog/V [a] large > 0,0.02,primary
m-2,mine,,The large one does,,< 0,,fog/V [b] Little - fog/V [b] Big < 0,0.02,primary
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The study `mine` of two models and two domains, one of them a folder of the user's."""
    file = tmp_path / "study.toml"
    text = STUDY.replace('domains = ["O"]', 'question = "Does size matter in fog?"\ndomains = ["O", "fog"]')
    file.write_text(text.replace("seeds = [1]", 'seeds = [1]\nclaims = "claims.csv"'))
    (tmp_path / "claims.csv").write_text(CLAIMS)
    described = read_study(file)
    store_study(file, described, CLASSES)
    for place, spec in enumerate(described.trainings()):
        names, videos, labels = clips("v", 200)
        right = {epoch: right_answers(200, level, epoch) for epoch, level in KEPT.items()}
        folder = write_result(spec, right, parameters=1000 + place)
        write_answers(folder.predictions_file("validation"), names, videos, labels, right)
        for domain, factor in DOMAINS.items():
            names, videos, labels = clips("t", 240)
            share = factor if place == 0 or domain == "O" else factor * LARGE
            right = {epoch: right_answers(240, share * level, epoch) for epoch, level in KEPT.items()}
            folder = write_result(spec.evaluation(domain), right)
            write_answers(folder.predictions_file(domain), names, videos, labels, right)
    return tmp_path


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == code, done.output
    return done.output


def table(study: Path, name: str) -> list[dict[str, str]]:
    text = (study / "results/mine/tables" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_its_tables_figures_page_and_bundle(study: Path) -> None:
    assert "mine: robustness ratios averaged over experiments" in said("tables", "--study", "mine")

    # fog/V is 0.5 for the small model and 0.5 · 0.5 for the large one, at whatever level; two roles for each.
    means = {row["model"]: float(row["mean"]) for row in table(study, "ratios") if row["ratio"] == "fog/V"}
    assert means == pytest.approx({"small": 0.5, "large": 0.25, "Little": 0.5, "Big": 0.25})
    (small, large) = table(study, "experiment-a")
    assert (small["model"], small["epochs"], large["epochs"]) == ("small", "3", "3")
    assert [row["epochs"] for row in table(study, "experiment-b")] == ["5", "5"], "each by its best"
    accuracies = {(row["experiment"], row["model"]): row for row in table(study, "accuracies")}
    assert float(accuracies["b", "Big"]["fog"]) == pytest.approx(0.5 * 0.25)
    assert float(accuracies["a", "small"]["O"]) == pytest.approx(0.3 * 0.75)

    # Robustness is to O, as there is no I′: 0.5 ÷ 0.75 and 0.25 ÷ 0.75.
    robust = {(row["experiment"], row["model"]): float(row["robustness"]) for row in table(study, "decomposition")}
    assert robust["a", "small"] == pytest.approx(2 / 3)
    assert robust["b", "Big"] == pytest.approx(1 / 3)
    notes = (study / "results/mine/tables/accuracies.md").read_text(encoding="utf-8")
    for absent in ("I′", "S1", "S2", "T: boxes", "`matching`"):
        assert absent not in notes, "a note on what this study does not have"
    assert "codec" not in table(study, "decomposition")[0]
    deltas = [row for row in table(study, "contrasts") if row["ratio"] == "fog/O"]
    assert [float(row["delta"]) for row in deltas] == pytest.approx([np.log(2), np.log(2)])
    assert all(row["p_holm"] for row in deltas), "its domains are the primary family"

    claims = {row["claim"]: (float(row["estimate"]), row["verdict"]) for row in table(study, "claims")}
    assert claims == {"m-1": (pytest.approx(0.25), "holds"), "m-2": (pytest.approx(0.25), "contradicted")}

    named = {key for name in ("claims", "claims-comparisons") for key in table(study, name)[0]}
    assert not [key for key in named if "paper" in key or "published" in key], "nobody has published anything of it"

    classes = table(study, "classes")
    assert {row["class"] for row in classes} == set(CLASSES)
    assert {row["clips"] for row in classes} == {"5"}
    models = {row["model"]: (row["name"], row["hidden"], row["parameters"]) for row in table(study, "models")}
    assert models == {"small": ("3dcnn-4blocks", "2", "1,000"), "large": ("3dcnn-4blocks", "3", "1,001")}

    why = said("why", "experiment-a", "small", "fog/V", "--study", "mine")
    assert "mine/source-video@fog-predicted/3dcnn-4blocks/h2/seed1" in why

    said("figures", "--study", "mine")
    assert sorted(path.name for path in (study / "results/mine/figures").glob("*.png")) == [
        "accuracies.png", "effective.png",
    ]  # fmt: skip
    said("report", "--study", "mine")
    page = (study / "results/report.html").read_text(encoding="utf-8")
    assert "class of dark" in page
    assert "<title>Results: mine</title>" in page
    assert "<h1>Does size matter in fog?</h1>" in page
    assert "Recur, Attend or Convolve" not in page, "the study is another's"
    assert "ublished" not in page, "nobody has published anything of it"
    links = re.search(r'<nav aria-label="Contents">(.*?)</nav>', page, re.DOTALL)[1]
    assert ">accuracy (%) of every class" in links, "without the study's name, which stands above"

    bundle = study / "mine.tar.gz"
    said("bundle", str(bundle), "--study", "mine")
    shutil.rmtree(study / "runs")  # a colleague's machine knows nothing of the study
    assert "Every table of the bundle is what its predictions make." in said("verify", str(bundle))


def test_runs_that_nobody_launched_are_missing_and_named(study: Path) -> None:
    shutil.rmtree(study / "runs/mine/source-video@fog-predicted/3dcnn-4blocks/h3")
    said("tables", "--study", "mine", "--strict", code=1)
    lineage = json.loads((study / "results/mine/tables/lineage.json").read_text())
    assert "mine/source-video@fog-predicted/3dcnn-4blocks/h3/seed1" in json.dumps(lineage)
    counts = {row["model"]: (row["runs_n"], row["runs_N"]) for row in table(study, "experiment-a")}
    assert counts == {"small": ("2", "2"), "large": ("1", "2")}, "of the training and its evaluation on fog"


def test_a_model_looks_the_same_in_every_figure_where_it_has_one_role(study: Path) -> None:
    """`mine` gives its models two roles each, so they have looks of their own; with one they have the role's."""
    design = design_of(stored_study("mine"))
    assert {style.label for style in styles_of_models(design, {"small", "large"}).values()} == {"small", "large"}
    one = replace(design, experiments={"b": design.experiments["b"]})
    by_role = styles_of_roles(design.roles)
    assert styles_of_models(one, {"small", "large"}) == {"small": by_role["Little"], "large": by_role["Big"]}


def test_the_order_of_frames_is_no_merit() -> None:
    rows = tuple({"ratio": name, "model": "A", "mean": Estimate(0.5), "runs": 1} for name in ("fog/V", "reversed/V"))
    table = Table("ratios", "", (), rows, (), ())
    panels = diving_finding(table, Table("contrasts", "", (), (), (), ()), styles_of_roles(["A"])).panels
    assert [panel.title for panel in panels] == ["fog/V, higher is better", "reversed/V"]
