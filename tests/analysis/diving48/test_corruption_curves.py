"""Corruptions of several severities: a table with a column for each, a figure, and no columns in other tables."""

import numpy as np
import pytest
from support.made_diving import FACTORS, training, write_evaluation, write_training

from analysis.diving48.data.load import load_diving
from analysis.diving48.figures import diving_figures
from analysis.diving48.tables import diving_tables

CNN, LSTM = "3dcnn-4blocks", "convlstm-4blocks"
NOISE = {1: 0.8, 2: 0.7, 3: 0.6, 4: 0.4, 5: 0.2}  # test accuracy ÷ validation accuracy


@pytest.fixture
def _runs() -> None:
    """Two models on O, I′, S1 and noise; the ConvLSTM without noise-4. A control of time beside them."""
    for model in (CNN, LSTM):
        spec = training(model)
        write_training(spec, {3: 0.3})
        for domain in ("O", "I", "S1"):
            write_evaluation(spec, domain, FACTORS[domain], {3: 0.3})
        write_evaluation(spec, "reversed", 0.5, {3: 0.3})
        for severity, factor in NOISE.items():
            if (model, severity) != (LSTM, 4):
                write_evaluation(spec, f"noise-{severity}", factor, {3: 0.3})


@pytest.mark.usefixtures("_runs")
def test_the_table_the_figure_and_the_others() -> None:
    study = load_diving("diving48-demo")
    made = diving_tables(study)
    rows = {row["model"]: row for row in made["corruptions"].rows if row["experiment"] == "a"}
    cnn = rows["3D CNN"]
    right = [round(240 * 0.3 * factor) for factor in (0.9, *NOISE.values())]  # of 240 clips
    assert [cnn[str(severity)].value for severity in range(6)] == pytest.approx([count / 240 for count in right])
    assert cnn["kept"].value == pytest.approx(sum(right[1:]) / 5 / right[0])
    assert cnn["kept"].low < cnn["kept"].value < cnn["kept"].high
    assert str(cnn["runs"]) == "7/7"
    lstm = rows["ConvLSTM"]
    assert (lstm["4"].why, lstm["kept"].why) == ("noise-4 not evaluated", "noise-4 not evaluated")
    assert training(LSTM).id.replace("random", "random@noise-4") in made["corruptions"].needs

    shown = [column.key for column in made["accuracies"].columns]
    assert "reversed" in shown
    assert not [key for key in shown if key.startswith("noise")], "their columns are in a table of their own"
    assert len(study.settings()) == 1, "no masks are no mask set"

    figure = diving_figures(study)["corruptions"][0]()
    assert figure is not None
    first = figure.get_axes()[0]
    assert first.get_title() == "(a) noise"
    (line,) = [line for line in first.get_lines() if line.get_marker() == "o"]
    assert line.get_ydata() == pytest.approx([100 * count / 240 for count in right])


def test_without_corruptions_there_is_neither() -> None:
    write_training(training(CNN), {3: 0.3})
    study = load_diving("diving48-demo")
    assert "corruptions" not in {**diving_tables(study), **diving_figures(study)}


def test_what_is_kept_has_no_interval_over_few_source_videos() -> None:
    """As every other number of the table, whose notes say that there is none below 8."""
    write_training(training(CNN), {3: 0.3})
    for domain, factor in {"O": 0.9, **{f"noise-{severity}": factor for severity, factor in NOISE.items()}}.items():
        write_evaluation(training(CNN), domain, factor, {3: 0.3}, test_clips=70)  # of 7 videos
    row = diving_tables(load_diving("diving48-demo"))["corruptions"].rows[0]
    right = [round(70 * 0.3 * factor) for factor in (0.9, *NOISE.values())]
    assert row["kept"].value == pytest.approx(sum(right[1:]) / 5 / right[0])
    assert np.isnan([row["0"].low, row["1"].low, row["kept"].low]).all()
