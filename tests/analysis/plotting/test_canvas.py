"""What is written on a figure: all of it inside, none of it smaller than 8 points, names beside the lines' ends."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from support import made_diving
from support.made_runs import demo, right_2dot, write_run

from analysis.plotting.canvas import LOOK, label_ends, wrapped
from analysis.plotting.style import model_styles
from analysis.report.studies import read_study
from xdomain.studies.temporal_shape import MODELS


def letters(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def test_no_letter_of_any_figure_is_cut_off_or_small() -> None:
    for hidden in (2, 4):
        for model in MODELS:
            write_run(demo("2dot", model, hidden, 42), right_2dot(8, 8, 6))
    made_diving.write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    drawn = set()
    with mpl.rc_context(LOOK):
        for key in ("ts-demo", "diving48-demo"):
            for name, draw in read_study(key).figures.items():
                if figure := draw():
                    figure.set_dpi(200)  # as it is written
                    FigureCanvasAgg(figure).draw()
                    box = figure.get_tightbbox(figure.canvas.get_renderer())  # inches, of all that is drawn
                    assert (box.x0 >= 0, box.x1 <= figure.get_figwidth()) == (True, True), name
                    assert [text.get_text() for text in letters(figure) if text.get_fontsize() < 8] == [], name
                    drawn.add(name)
    assert {"fig3", "fig4", "fig7", "profiles", "fig5", "texture-axis", "specification-curve"} <= drawn


def test_a_note_is_broken_by_the_widths_of_its_letters() -> None:
    narrow, wide = (len(wrapped(" ".join([letter * 5] * 200))[0]) for letter in "iM")
    assert narrow > 2 * wide
    assert len(wrapped(" ".join(["MMMMM"] * 200), "bold")) > len(wrapped(" ".join(["MMMMM"] * 200)))
    assert wrapped("") == []
    assert " ".join(wrapped("of every word " * 50)).split() == ["of", "every", "word"] * 50


def test_names_that_would_touch_stand_around_the_ends_of_their_lines() -> None:
    axes = Figure().subplots()
    styles = list(model_styles(MODELS).values())
    label_ends(axes, [(3.0, y, style) for y, style in zip((21.0, 60.0, 20.0, 19.0), styles, strict=True)], 6)
    places = {text.get_text(): text.xy[1] for text in axes.texts}
    assert places == pytest.approx(dict(zip([style.label for style in styles], (26.0, 60.0, 20.0, 14.0), strict=True)))
    assert np.diff(sorted(places.values())).min() >= 6 - 1e-9
