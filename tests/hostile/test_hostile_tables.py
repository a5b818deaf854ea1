"""What others named stands in tables as text: no formula, no HTML, no LaTeX command."""

import csv
import re

import pytest
from support.hostile_support import assert_refuses

from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import to_latex
from analysis.table.tables import Cell, Column, Count, Estimate, Table, write_table

NAMES = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<img src=x onerror=alert(1)>", "a|b", "\x1b[2J"]


def table(name: str, stem: str = "mine") -> Table:
    columns = (Column("model", name), Column("V", "V"), Column("gain", "Gain", "{:.3g}".format))
    row = {"model": name, "V": Cell(-0.5, 0.25, Count(2, 2), ()), "gain": Estimate(-1e-05, -2.0, -0.5)}
    return Table(stem, f"Of {name}", columns, (row,), (f"Left out: {name}.",), ())


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_a_formula_and_numbers_stay_numbers(name: str) -> None:
    (row,) = csv.DictReader(to_csv(table(name)).splitlines())
    assert row["model"][0] not in "=+-@\t\r"
    assert row["model"].lstrip("'") == name.strip() or "\x1b" in name or "\t" in name
    assert [float(row[key]) for key in ("V_mean", "V_sd", "gain", "gain_low")] == [-0.5, 0.25, -1e-05, -2.0]


@pytest.mark.parametrize("name", NAMES)
def test_markdown_has_no_html_and_as_many_columns(name: str) -> None:
    text = to_markdown(table(name))
    assert not re.search(r"<\w", text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {4}
    assert "\x1b" not in text


@pytest.mark.parametrize("name", [*NAMES, r"\input{/etc/passwd}", "%", "a}b", "$x$"])
def test_latex_has_no_command_of_theirs(name: str) -> None:
    text = to_latex(table(name, stem=name))
    assert r"\input{" not in text
    assert "\x1b" not in text
    (label,) = re.findall(r"\\label\{tab:(.*)\}\n", text)
    assert re.fullmatch(r"[\w.+-]*", label, re.ASCII)
    for line in text.splitlines()[3:]:
        assert not re.search(r"(?<!\\)[%$]", re.sub(r"\$(\\pm|-)\$", "", line)), line


@pytest.mark.parametrize("name", ["../README", "/tmp/x", "a/b", ".hidden", "", "x" * 300, "a\nb"])
def test_a_table_is_written_into_its_folder_only(tmp_path, name: str) -> None:
    assert_refuses(lambda: write_table(table("m", stem=name), tmp_path / "tables", {"csv": to_csv}), "a table's name")
    assert not list(tmp_path.iterdir())
