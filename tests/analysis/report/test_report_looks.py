"""Looks that everyone can tell apart: in grey, with any kind of colour vision, on paper and in the dark."""

import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from support.made_runs import demo, right_2dot, write_run

from analysis.content.forest import MARKERS
from analysis.plotting.style import ModelStyle, model_styles, role_styles
from analysis.report.curves import learning_curves
from analysis.report.studies import read_study
from analysis.runs.load import load_study
from analysis.temporal_shape.figures import FIGURES
from xdomain.runs.run_folder import RunFolder
from xdomain.studies.temporal_shape import MODELS

OWN = ("mine-1", "mine-2", "mine-3", "mine-4")  # models of a user's
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1, 1.08883])
# Machado, Oliveira and Fernandes 2009: linear RGB as seen without one kind of cone
VISION = {
    "all cones": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


def linear(color: str) -> np.ndarray:
    """ "#rrggbb" as linear RGB in [0, 1]."""
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB as CIELAB, in which a distance of 2 is just seen; the first value is lightness."""
    x = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG, 1 to 21."""
    light, dark = sorted((float(TO_XYZ[1] @ linear(color)) for color in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_the_papers_models_differ_in_colour_for_every_kind_of_eye(vision: str) -> None:
    for one, other in combinations(model_styles(MODELS).values(), 2):
        distance = np.linalg.norm(lab(VISION[vision] @ linear(one.color)) - lab(VISION[vision] @ linear(other.color)))
        assert distance > 18, (one.label, other.label, distance)


def test_the_papers_models_differ_in_grey() -> None:
    for one, other in combinations(model_styles(MODELS).values(), 2):
        assert abs(lab(linear(one.color))[0] - lab(linear(other.color))[0]) > 7, (one.label, other.label)


def test_every_model_stands_out_from_paper_and_has_marker_and_line_of_its_own() -> None:
    styles = model_styles([*MODELS, *OWN]).values()
    assert len(styles) == 8
    for style in styles:
        assert contrast(style.color, "#ffffff") >= 3, style.label
        assert style.marker in MARKERS
    assert len({style.marker for style in styles}) == 8
    assert len({str(style.linestyle) for style in styles}) == 8


def test_a_role_looks_as_its_kin_everywhere() -> None:
    def look(style: ModelStyle) -> tuple:
        return style.color, style.marker, style.linestyle

    kin = model_styles(MODELS)
    assert look(role_styles()["ConvLSTM"]) == look(kin["convlstm"])
    assert look(role_styles()["3D CNN"]) == look(kin["3dcnn"])


def test_the_pages_letters_have_contrast_in_light_and_dark() -> None:
    css = (files("analysis.report.assets") / "page.css").read_text()
    schemes = [dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in css.split("prefers-color-scheme: dark")]
    assert [len(scheme) for scheme in schemes] == [13, 13]
    for names in schemes:
        for ground in ("ground", "card", "soft", "warn-ground"):
            for letters in ("ink", "dim", "accent", "holds", "contradicted", "open"):
                assert contrast(names[letters], names[ground]) >= 4.5, (letters, ground)


def axes_of(figure) -> list[Axes]:
    return [axes for axes in figure.get_axes() if axes.get_visible()]


def test_every_axis_says_what_it_measures() -> None:
    for hidden in (2, 4):
        folder = write_run(demo("2dot", "3dcnn", hidden, 42), right_2dot(8, 8, 6))
        folder.metrics_file.write_text("epoch,val_acc\n0,0.3\n1,0.6\n")
    study = load_study("ts-demo")
    drawn = {name: figure for name, (draw, _) in FIGURES.items() if (figure := draw(study))}
    drawn["curves"] = learning_curves(read_study("ts-demo"))
    assert set(drawn) == {"fig3", "fig4", "fig7", "fig9", "curves"}
    for name, figure in drawn.items():
        heights = {axes.get_ylabel().replace("\n", " ") for axes in axes_of(figure)} - {""}
        assert heights <= {"accuracy (%)", "robustness ratio", "validation accuracy (%)"}, name
        assert len(heights) == 1, name
        widths = {axes.get_xlabel() for axes in axes_of(figure)} - {""}
        domains = [label.get_text() for axes in axes_of(figure) for label in axes.get_xticklabels()]
        assert widths or "MNIST-bg" in domains, name


def test_a_curve_is_drawn_in_percent_to_its_last_epoch() -> None:
    spec = demo("2dot", "3dcnn", 2, 42)
    write_run(spec, right_2dot(8, 8, 6))
    rows = "".join(f"{epoch},{epoch / 200}\n" for epoch in range(150))
    RunFolder.of(spec).metrics_file.write_text(f"epoch,val_acc\n{rows}")
    (line,) = axes_of(learning_curves(read_study("ts-demo")))[0].get_lines()
    assert list(line.get_xdata()[:3]) == [0, 3, 6]
    assert line.get_xdata()[-1] == 149
    assert line.get_ydata()[-1] == pytest.approx(74.5)
