"""A corruption in several severities is a curve in a study of one file, too: a table and a figure, and no columns."""

from pathlib import Path

import pytest
from support.made_diving import clips, right_answers, write_answers, write_result
from support.made_own_study import STUDY

from analysis.own.study import OwnAnalysis
from xdomain.studies.own import read_study, store_study, stored_study

KEPT = {3: 0.3, 5: 0.5}  # validation accuracy by epoch
DOMAINS = {"O": 0.8, "noise-1": 0.6, "noise-4": 0.4, "blur-2": 0.7}  # test accuracy ÷ validation accuracy


@pytest.fixture
def analysis(tmp_path: Path) -> OwnAnalysis:
    """A study with two severities of noise and one of blur; its larger model lacks the stronger noise."""
    file = tmp_path / "study.toml"
    file.write_text(STUDY.replace('domains = ["O"]', f"domains = {[*DOMAINS]}"))
    described = read_study(file)
    store_study(file, described, [f"class {label}" for label in range(48)])
    for spec in described.trainings():
        names, videos, labels = clips("v", 200)
        right = {epoch: right_answers(200, level, epoch) for epoch, level in KEPT.items()}
        write_answers(write_result(spec, right).predictions_file("validation"), names, videos, labels, right)
        for domain, factor in DOMAINS.items():
            if (spec.model.hidden, domain) == (3, "noise-4"):
                continue
            names, videos, labels = clips("t", 240)
            right = {epoch: right_answers(240, factor * level, epoch) for epoch, level in KEPT.items()}
            folder = write_result(spec.evaluation(domain), right)
            write_answers(folder.predictions_file(domain), names, videos, labels, right)
    return OwnAnalysis(stored_study("mine"))


def test_two_severities_are_a_curve_and_one_is_a_domain(analysis: OwnAnalysis) -> None:
    study = analysis.load("mine")
    tables = analysis.tables(study, 0.1)
    rows = {(row["experiment"], row["model"]): row for row in tables["corruptions"].rows}
    assert {row["corruption"] for row in rows.values()} == {"noise"}
    assert [column.key for column in tables["corruptions"].columns][3:-2] == ["0", "1", "4"]
    assert tables["corruptions"].title.startswith("mine: ")

    small = rows["a", "small"]  # matched at 30 %: 72, 54, 36 and so on of 240 clips right
    right = [round(240 * 0.3 * DOMAINS[name]) for name in ("O", "noise-1", "noise-4")]
    assert [small[key].value for key in ("0", "1", "4")] == pytest.approx([count / 240 for count in right])
    assert small["kept"].value == pytest.approx((right[1] + right[2]) / 2 / right[0])
    assert rows["a", "large"]["4"].why == "noise-4 not evaluated"

    shown = [column.key for column in tables["accuracies"].columns]
    assert "blur-2" in shown
    assert not [key for key in shown if key.startswith("noise")]
    assert {row["ratio"] for row in tables["ratios"].rows} == {"blur-2/V"}

    figure = analysis.figures(study, 0.1)["corruptions"][0]()
    assert figure is not None
    line = next(line for line in figure.get_axes()[0].get_lines() if len(line.get_xdata()) == 3)  # the small model's
    assert list(line.get_xdata()) == [0, 1, 4]
    assert list(line.get_ydata()) == pytest.approx([100 * count / 240 for count in right])
