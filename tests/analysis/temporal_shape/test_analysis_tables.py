"""What stands in the files: CSV, Markdown, LaTeX and the lineage of their cells."""

import csv
import json
import math
from pathlib import Path

import pytest
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.results.cells import write_lineage
from analysis.runs.load import load_study
from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import escape, to_latex
from analysis.table.tables import RUNS, Cell, Column, Count, Table, percent, write_table
from analysis.temporal_shape.tables import tables


def a_table() -> Table:
    complete, part = Count(5, 5), Count(4, 5)
    return Table(
        "small",
        "Accuracy (%) of a_model & others",
        (Column("model", "Model", str.upper), Column("V", "V", percent, highlight_best=True), RUNS),
        (
            {"model": "a_1", "V": Cell(0.51239, 0.01, complete, ("x",)), "runs": complete},
            {"model": "b", "V": Cell(0.5124, math.nan, part, ("y",)), "runs": complete},
            {"model": "c", "V": Cell(0.4, 0.02, part, ("z",)), "runs": part},
            {"model": "d", "V": Cell(math.nan, math.nan, Count(0, 5), ()), "runs": Count(0, 5)},
        ),
        ("Mean ± deviation.", "100 % of #1"),
        (),
    )


def test_csv_has_full_precision_and_counts() -> None:
    assert to_csv(a_table()).splitlines() == [
        "model,V_mean,V_sd,V_n,V_N,runs_n,runs_N",
        "a_1,0.51239,0.01,5,5,5,5",
        "b,0.5124,,4,5,5,5",
        "c,0.4,0.02,4,5,4,5",
        "d,,,0,5,0,5",
    ]


def test_markdown_marks_what_is_incomplete() -> None:
    assert to_markdown(a_table()) == (
        "## Accuracy (%) of a_model & others\n\n"
        "| Model | V           | Runs |\n"
        "|-------|-------------|------|\n"
        "| A_1   | 51.2 ± 1.0  | 5/5  |\n"
        "| B     | 51.2 (4/5†) | 5/5  |\n"
        "| C     | 40.0 ± 2.0† | 4/5† |\n"
        "| D     | –†          | 0/5† |\n\n"
        "- Mean ± deviation.\n- 100 % of #1\n"
    )


def test_latex_is_escaped_and_ties_are_both_bold() -> None:
    text = to_latex(a_table())
    assert r"\caption{Accuracy (\%) of a\_model \& others.}" in text
    assert r"{\scriptsize\raggedright Mean $\pm$ deviation. 100 \% of \#1\par}" in text
    assert r"A\_1 & \textbf{51.2} $\pm$ 1.0 & 5/5 \\" in text
    assert r"B & \textbf{51.2} (4/5$^\dagger$) & 5/5 \\" in text
    assert r"C & 40.0 $\pm$ 2.0$^\dagger$ & 4/5$^\dagger$ \\" in text
    assert r"D & --$^\dagger$ & 0/5$^\dagger$ \\" in text
    assert [rule for rule in (r"\toprule", r"\midrule", r"\bottomrule") if text.count(rule) != 1] == []


def test_escape_leaves_nothing_special() -> None:
    assert escape(r"\a_{b}^~$#&%<>×÷") == (
        r"\textbackslash{}a\_\{b\}\textasciicircum{}\textasciitilde{}\$\#\&\%\textless{}\textgreater{}$\times$$\div$"
    )


def test_the_study_tables(roots: Path) -> None:
    write_demo()
    made = tables(load_study("ts-demo"))
    assert list(made) == [
        "accuracy-average",
        "accuracy-by-size-2dot",
        "robustness-by-size-2dot",
        "parameters",
        "accuracy-iqm",
        "robustness-iqm",
        "improvement",
        "contrasts",
    ]
    average = to_markdown(made["accuracy-average"])
    assert "| 2Dot       | 3D CNN | 70.0 ± 24.5† |" in average
    assert "Study ts-demo: 4 of 6 runs finished, 1 diverged, 1 missing." in average
    assert "Diverged: ts-demo/2dot/3dcnn/h4/seed61." in average
    assert "pooled over sizes and seeds" in average
    assert "V: the validation clips (10)" in average
    by_size = to_markdown(made["accuracy-by-size-2dot"])
    assert "| 2 | 3D CNN | 60.0 ± 17.3 |" in by_size
    assert "| 4 | 3D CNN | 100.0†      |" in by_size
    robustness = to_markdown(made["robustness-by-size-2dot"])
    assert "| 2 | 3D CNN | 0.567 ± 0.208 |" in robustness
    assert "a mean of ratios, not a ratio of means" in robustness
    parameters = to_markdown(made["parameters"])
    assert "| 3D CNN | 4 | 3573       | 3573      | 3573                 | yes   | 1/3† |" in parameters


def test_runs_without_a_ratio_are_named_below_the_table() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(0, 5, 4))
    write_run(demo("2dot", "3dcnn", 2, 61), right_2dot(5, 5, 4))
    text = to_markdown(tables(load_study("ts-demo"))["robustness-by-size-2dot"])
    assert "Left out: 1 run whose accuracy on V is 0" in text
    assert "0.800 (1/2†)" in text


def test_tables_are_written_completely(roots: Path) -> None:
    paths = write_table(a_table(), roots / "tables", {"csv": to_csv, "md": to_markdown})
    assert [path.name for path in paths] == ["small.csv", "small.md"]
    assert next(csv.DictReader(paths[0].open()))["V_mean"] == "0.51239"


def test_lineage_names_the_runs_of_every_cell(roots: Path) -> None:
    write_demo()
    study = load_study("ts-demo")
    made = tables(study)
    path = write_lineage(study, list(made.values()), {"fig3": ("accuracy-average",)}, roots / "tables")
    lineage = json.loads(path.read_text())
    ids = [run["id"] for run in lineage["runs"]]
    average = lineage["tables"]["accuracy-average"]
    assert [cells["columns"] for cells in average] == [["V", "2dot", "5dot", "mnist", "mnist-bg", "runs"]]
    assert {"source": "2dot", "model": "3dcnn"}.items() <= average[0].items()
    assert sorted(ids[number] for number in average[0]["runs"]) == [
        f"ts-demo/2dot/3dcnn/{run}" for run in ("h2/seed42", "h2/seed47", "h2/seed61", "h4/seed42")
    ]
    assert {run["status"] for run in lineage["runs"]} == {"finished", "diverged", "missing"}
    assert [run["provenance"] for run in lineage["runs"] if run["status"] == "missing"] == [None]
    finished = lineage["provenance"][lineage["runs"][average[0]["runs"][0]]["provenance"]]
    assert (finished["code_version"], finished["data"]["5dot"]) == ("c0de", "digest of 5dot")
    assert lineage["figures"] == {"fig3": ["accuracy-average"]}
    parameters = {tuple(cells["columns"]): cells["runs"] for cells in lineage["tables"]["parameters"][:2]}
    assert parameters == {("reproduced", "match", "runs"): [3, 4, 5], ("published", "printed"): []}
    assert [ids[number] for number in average[0]["missing"]] == [
        f"ts-demo/2dot/3dcnn/h4/{run}" for run in ("seed61", "seed47")
    ]


@pytest.mark.parametrize("name", ["accuracy-average", "accuracy-by-size-2dot", "robustness-by-size-2dot"])
def test_every_latex_row_has_every_column(name: str) -> None:
    write_demo()
    table = tables(load_study("ts-demo"))[name]
    rows = [line for line in to_latex(table).splitlines() if line.endswith(r"\\")]
    assert {line.count(" & ") + 1 for line in rows} == {len(table.columns)}


@pytest.mark.parametrize("name", ["[odd]", "*odd"])
def test_a_name_is_no_option_of_the_line_break_before_it(name: str) -> None:
    """LaTeX takes a bracket or a star for one, across the end of the line, and does not print it."""
    rows = ({"class": "even", "clips": 1}, {"class": name, "clips": 2})
    table = Table("t", "T", (Column("class", "Class"), Column("clips", "Clips")), rows, (), ())
    lines = to_latex(table).splitlines()
    assert [line for line in lines if name in line] == [rf"{{}}{name} & 2 \\"]
