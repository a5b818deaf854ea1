"""The command line as a user meets it, and the figures that it draws."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from matplotlib.figure import Figure
from support.made_runs import demo, right_2dot, write_demo, write_diverged, write_run

from analysis.__main__ import main
from analysis.plotting.style import model_styles, targets_by_distance
from analysis.runs.load import load_study
from analysis.runs.matching import TOLERANCE
from analysis.temporal_shape.figures import FIGURES
from analysis.temporal_shape.study import TemporalShape
from xdomain.studies import temporal_shape


def analysis(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def axes_of(figure: Figure) -> list:
    return [axes for axes in figure.get_axes() if axes.get_visible()]


def right_mnist_bg() -> dict[str, int]:
    return {"validation": 5, "mnist-bg": 5, "2dot": 1, "5dot": 2, "mnist": 4}


def test_tables_shows_the_main_one_and_every_path(roots: Path) -> None:
    write_demo()
    done = analysis("tables", "--study", "ts-demo")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "## Temporal Shape: average accuracy (%) by domain"
    assert "ts-demo: 4 of 6 runs finished, 1 diverged, 1 missing." in lines
    folder = roots / "results" / "ts-demo" / "tables"
    assert {str(path) for path in folder.iterdir()} <= set(lines)
    assert len(list(folder.iterdir())) == (7 + 3) * 3 + 1


def test_strict_fails_after_writing(roots: Path) -> None:
    write_demo()
    done = analysis("tables", "--study", "ts-demo", "--strict")
    assert done.exit_code == 1
    lacking = "ts-demo/2dot/3dcnn/h4/seed61, ts-demo/2dot/3dcnn/h4/seed47"
    assert f"Incomplete: 2 runs are missing or diverged: {lacking}." in done.stderr
    assert (roots / "results/ts-demo/tables/accuracy-average.csv").exists()


def test_strict_passes_a_complete_grid() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    assert analysis("tables", "--study", "ts-demo", "--strict").exit_code == 0


def test_only_makes_one_table(roots: Path) -> None:
    write_demo()
    done = analysis("tables", "--study", "ts-demo", "--only", "parameters")
    assert done.output.startswith("## Temporal Shape: trainable parameters")
    names = {path.name for path in (roots / "results/ts-demo/tables").iterdir()}
    assert names == {"parameters.csv", "parameters.md", "parameters.tex", "lineage.json"}


def test_only_leaves_no_older_table_beside_a_newer_lineage(roots: Path) -> None:
    """`why` reads the lineage, and what it says is shown has to be what the table's file shows."""
    write_demo()
    assert analysis("tables", "--study", "ts-demo").exit_code == 0
    write_run(demo("2dot", "3dcnn", 4, 47), right_2dot(5, 5, 4))
    assert analysis("tables", "--study", "ts-demo", "--only", "parameters").exit_code == 0
    shown = analysis("why", "accuracy-average", "2dot 3dcnn", "V", "--study", "ts-demo").output.splitlines()[1]
    table = (roots / "results/ts-demo/tables/accuracy-average.md").read_text()
    assert f"| {shown.removeprefix('Shown: ')} " in table


def test_an_unknown_name_lists_the_known_ones() -> None:
    write_demo()
    done = analysis("figures", "--study", "ts-demo", "--only", "fig5")
    assert done.exit_code == 2
    assert "Error: --only fig5: the study has fig3, fig4, fig7, fig8, fig9, profiles." in done.stderr


def test_a_mistyped_study_is_a_sentence() -> None:
    done = analysis("tables", "--study", "tss")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: There is no study 'tss'. Did you mean ts? Here are ts, diving48 and")


@pytest.mark.parametrize("command", [(), ("tables",), ("figures",)])
def test_help_teaches_by_example(command: tuple[str, ...]) -> None:
    assert "python -m analysis" in analysis(*command, "--help").output


def test_figures_are_the_same_bytes_twice(roots: Path) -> None:
    write_demo()
    done = analysis("figures", "--study", "ts-demo")
    assert done.exit_code == 0, done.output
    assert "fig8 is not drawn: the study has no finished runs for it." in done.output
    folder = roots / "results" / "ts-demo" / "figures"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(first) == sorted(
        [f"{name}.{suffix}" for name in ("fig3", "fig4", "fig7", "fig9", "profiles") for suffix in ("png", "pdf")]
        + ["lineage.json"]
    )
    assert all(first.values())
    shutil.rmtree(folder.parent / ".cache")  # else nothing would be drawn anew
    analysis("figures", "--study", "ts-demo")
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_fig3_puts_each_value_at_its_domain() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(8, 7, 6, 4, 2))
    write_run(demo("mnist-bg", "3dcnn", 2, 42), right_mnist_bg())
    left, right = axes_of(FIGURES["fig3"][0](load_study("ts-demo")))
    for axes, labels, values in (
        (left, ["V", "5Dot", "MNIST", "MNIST-bg"], [80, 60, 40, 20]),
        (right, ["V", "MNIST", "5Dot", "2Dot"], [50, 40, 20, 10]),
    ):
        assert [label.get_text() for label in axes.get_xticklabels()] == labels
        lines = [line for line in axes.get_lines() if line.get_marker() == "o"]
        assert lines[0].get_ydata().tolist() == pytest.approx(values)
        assert "%" in left.get_ylabel()


def test_the_band_of_fig3_is_a_standard_error() -> None:
    """V is right for 5, 8 and 5 of 10 clips: mean 60 %, sample standard deviation √3 · 10 = 17.32 points."""
    for seed, right in ((42, 5), (61, 8), (47, 5)):
        write_run(demo("2dot", "3dcnn", 2, seed), right_2dot(right, 5, 4))
    figure = FIGURES["fig3"][0](load_study("ts-demo"))
    (outline,) = axes_of(figure)[0].collections[0].get_paths()
    heights = [y for x, y in outline.vertices.tolist() if x == 0]
    assert (min(heights), max(heights)) == pytest.approx((50, 70), abs=1e-3)
    assert "± one standard error" in " ".join(text.get_text().replace("\n", " ") for text in figure.subfigs[1].texts)


def test_ratios_leave_out_timesformer_1_and_say_so() -> None:
    for model in ("3dcnn", "timesformer-1"):
        write_run(demo("2dot", model, 2, 42), right_2dot(8, 7, 4))
    figure = FIGURES["fig4"][0](load_study("ts-demo"))
    assert [axes.get_title() for axes in axes_of(figure)] == [
        "(a) 2Dot → 5Dot",
        "(b) 2Dot → MNIST",
        "(c) 2Dot → MNIST-bg",
    ]
    first = axes_of(figure)[0]
    assert [line.get_ydata().tolist() for line in first.get_lines() if line.get_marker() == "o"] == [[0.5]]
    assert not [line for line in first.get_lines() if line.get_marker() == "^"]
    foot = " ".join(text.get_text().replace("\n", " ") for text in figure.subfigs[1].texts)
    assert "TimeSformer-1 is left out, as in the paper" in foot


@pytest.mark.parametrize("name", ["fig3", "fig9", "profiles"])
def test_an_incomplete_grid_says_so_in_the_figure(name: str) -> None:
    write_run(temporal_shape.run("2dot", "3dcnn", 2, 42), right_2dot(8, 7, 4))
    study = TemporalShape().load("ts")
    draw, tables = TemporalShape().figures(study, TOLERANCE)[name]
    assert set(tables) <= set(TemporalShape().figure_tables(study, TOLERANCE)), "else its points lead to no run"
    figure = draw()
    foot = " ".join(text.get_text() for text in figure.subfigs[1].texts)
    assert "INCOMPLETE: 1 of 400 runs finished, 399 missing." in foot
    assert "No finished run was trained on MNIST-bg." in foot


def test_only_diverged_runs_make_tables_and_no_figures() -> None:
    write_diverged(demo("2dot", "3dcnn", 2, 42))
    assert analysis("tables", "--study", "ts-demo").exit_code == 0
    done = analysis("figures", "--study", "ts-demo")
    assert done.exit_code == 0, done.output
    assert done.output.count("is not drawn") == len(FIGURES) + 1  # performance profiles


def test_a_users_model_keeps_off_the_papers_looks() -> None:
    styles = model_styles(["mine", "3dcnn", "yours"])
    assert list(styles) == ["3dcnn", "mine", "yours"]
    paper = model_styles(temporal_shape.MODELS)
    assert styles["3dcnn"] == paper["3dcnn"]
    assert len({(s.color, s.marker) for s in [*styles.values(), *paper.values()]}) == 6


def test_targets_go_away_from_the_source() -> None:
    assert targets_by_distance("2dot", temporal_shape.DOMAINS) == ["5dot", "mnist", "mnist-bg"]
    assert targets_by_distance("mnist-bg", temporal_shape.DOMAINS) == ["mnist", "5dot", "2dot"]
