"""What the Diving48 figures show, and what they say they lack."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure
from support.made_diving import training, write_study, write_training

from analysis.__main__ import main
from analysis.diving48.data.load import load_diving
from analysis.diving48.figures import _percent_axis
from analysis.diving48.sensitivity.complete import diving_figures
from analysis.plotting.style import diving_styles, role_styles
from xdomain.runs.run_folder import RunFolder
from xdomain.studies.diving48 import models_of

CNN, LSTM = "3dcnn-4blocks", "convlstm-4blocks"


def drawn(name: str):
    return diving_figures(load_diving("diving48-demo"))[name][0]()


def foot(figure) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in figure.subfigs[1].texts)


def test_each_model_falls_from_v_to_t() -> None:
    write_study((CNN, LSTM), T=0.2)
    figure = drawn("fig5")
    axes = figure.get_axes()
    assert [panel.get_title() for panel in axes] == [
        f"({letter}) matched at {level} % validation accuracy"
        for letter, level in zip("abcd", ("30", "35", "38.3", "50.07"), strict=True)
    ]
    first = axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == ["V", "O", "I′", "S1", "S2", "T"]
    (line,) = [line for line in first.get_lines() if line.get_marker() == "o"]
    right = np.array([65, 58, 29, 36, 14])  # of 240 test clips
    assert line.get_ydata() == pytest.approx([30, *(100 * right / 240)])
    published = [line for line in first.get_lines() if line.get_marker() == "_"]
    assert len(published) == 3 * 3
    assert published[0].get_ydata() == pytest.approx([30 * 0.253])
    assert "%" in first.get_ylabel()
    assert "d 3D CNN: not launched" in foot(figure)


def test_accuracies_below_an_eighth_are_told_apart_and_the_papers_stand_beside() -> None:
    write_study((CNN, LSTM), T=0.1, S1=0.2)
    first = drawn("fig5").get_axes()[0]
    assert first.get_yscale() == "log"
    assert first.get_ylim()[0] < 3 < 30 < first.get_ylim()[1]  # T of 3 % and V of 30 %
    (ours,) = [line for line in first.get_lines() if line.get_marker() == "o"]
    published = [line for line in first.get_lines() if line.get_marker() == "_"]
    assert not {float(line.get_xdata()[0]) for line in published} & set(map(float, ours.get_xdata()))


def test_the_texture_axis_is_the_share_of_right_answers_without_the_diver() -> None:
    write_study((CNN, LSTM), T=0.3, S1=0.6)  # right 22 and 43 of 240 in a
    panel = drawn("texture-axis").get_axes()[0]
    shown = [
        line.get_xdata()[0] for line in panel.get_lines() if line.get_marker() == "o" and len(line.get_xdata()) == 1
    ]
    assert shown[0] == pytest.approx(100 * 22 / (22 + 43))
    printed = 100 * 1.01 / 2.01  # T/S1 of the 3D CNN in a, Table 2
    assert shown[1] == pytest.approx(printed)


def test_what_is_missing_is_said_in_every_figure() -> None:
    write_study((CNN, LSTM))
    begun = training(CNN, seed=61)
    RunFolder.of(begun).path.mkdir(parents=True)
    RunFolder.of(begun).write_spec(begun)
    for name in ("fig5", "effective", "texture-axis", "specification-curve"):
        assert "INCOMPLETE: 12 of 13 runs finished, 1 missing." in foot(drawn(name)), name


def test_logit_axes_say_percent_and_hold_every_checkpoint() -> None:
    write_study((CNN, LSTM))
    figure = drawn("effective")
    titles = [panel.get_title() for panel in figure.get_axes()]
    assert titles == ["(a) I′ → S1", "(b) I′ → S2", "(c) I′ → T"]
    for panel in figure.get_axes():
        points = [line for line in panel.get_lines() if line.get_marker() in "os" and line.get_linestyle() == "None"]
        assert [len(line.get_xdata()) for line in points] == [6, 6]
        low, high = panel.get_ylim()
        assert all(low < value < high for line in points for value in line.get_ydata())
        assert {label.get_text() for label in panel.get_xticklabels()} >= {"25", "30", "40"}


@pytest.mark.parametrize("limits", [(-5.0, 5.0), (-1.5, 0.5), (-7.0, 7.0)])
def test_ticks_of_a_logit_axis_are_spread_over_it(limits: tuple[float, float]) -> None:
    """Over a wide range every second of them used to leave 25, 45, 65 and 85 % in one another."""
    axes = Figure().subplots()
    _percent_axis(axes.set_xticks, limits, axes.set_xlim)
    places = axes.get_xticks()
    assert 4 <= len(places) <= 9
    assert np.diff(places).min() >= (limits[1] - limits[0]) / 8
    shares = [float(label.get_text()) / 100 for label in axes.get_xticklabels()]
    assert places == pytest.approx([np.log(share / (1 - share)) for share in shares])


def test_nothing_matched_draws_nothing(roots: Path) -> None:
    write_training(training(CNN), {2: 0.1})
    done = CliRunner().invoke(main, ["figures", "--study", "diving48-demo"])
    assert done.exit_code == 0, done.output
    assert done.output.count("is not drawn") == 5


def test_models_of_a_role_share_its_colour_and_differ_otherwise() -> None:
    styles = diving_styles([*models_of("abcdefgh"), "mine"])
    assert len({(s.color, s.marker, s.fillstyle) for s in styles.values()}) == 7
    assert {styles[name].color for name in styles if name.startswith("3dcnn")} == {role_styles()["3D CNN"].color}


def test_files_are_the_same_bytes_twice(roots: Path) -> None:
    write_study(("3dcnn-6blocks", LSTM))
    command = ["figures", "--study", "diving48-demo", "--only", "fig6"]
    kept = []
    for _ in range(2):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        folder = roots / "results" / "diving48-demo"
        kept.append({path.name: path.read_bytes() for path in (folder / "figures").iterdir()})
        (folder / ".cache" / "figures.json").unlink()  # else nothing would be drawn anew
    assert sorted(kept[0]) == ["fig6.pdf", "fig6.png", "lineage.json"]
    assert kept[0] == kept[1]
