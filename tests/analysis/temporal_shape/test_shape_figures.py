"""What a reader of Figs. 3, 4 and the profiles sees: names that nothing runs through, no empty part of an axis."""

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.made_runs import demo, right_2dot, write_run

from analysis.plotting.canvas import LOOK
from analysis.runs.load import load_study
from analysis.temporal_shape.figures import FIGURES
from analysis.temporal_shape.profiles import profiles
from xdomain.studies.temporal_shape import MODELS

SIZES = {"3dcnn": (2, 4), "convlstm": (2, 4), "timesformer-1": (16, 32), "timesformer-8": (2, 4)}  # the demo's


def write_models() -> None:
    for model in MODELS:
        for hidden in SIZES[model]:
            write_run(demo("2dot", model, hidden, 42), right_2dot(8, 8, 6))


def test_no_line_runs_through_a_name_at_the_end_of_another() -> None:
    write_models()
    draw, _ = FIGURES["fig3"]
    with mpl.rc_context(LOOK):
        figure = draw(load_study("ts-demo"))
        FigureCanvasAgg(figure).draw()
    (panel,) = figure.get_axes()
    assert len(panel.texts) == len(MODELS)
    end = panel.get_window_extent().x1  # where grid and guessing's line end
    assert all(text.get_window_extent().x0 >= end - 2 for text in panel.texts)


def test_the_axis_of_sizes_is_that_of_the_models_that_are_drawn() -> None:
    write_models()
    for name in ("fig4", "fig9"):
        draw, _ = FIGURES[name]
        for panel in draw(load_study("ts-demo")).get_axes():
            assert [text.get_text() for text in panel.get_xticklabels()] == ["2", "4"], name


def test_a_legend_shows_no_marker_that_the_curves_have_not() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(9, 9, 9))
    figure = profiles(load_study("ts-demo"))
    (legend,) = figure.subfigs[1].legends
    drawn = {line.get_marker() for panel in figure.get_axes() for line in panel.get_lines()}
    assert {handle.get_marker() or "None" for handle in legend.legend_handles} == drawn == {"None"}
