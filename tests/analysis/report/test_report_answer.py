"""The answer in one sentence, from verdicts that the test states; forests whose scale holds all that is drawn."""

import math

import pytest

from analysis.content.forest import PLAIN_STYLE, Row, scaled, tick_step
from analysis.report.answer.claims import CANNOT_TELL, CONTRADICTED, HOLDS, ToldClaim, picture
from analysis.report.answer.sentence import NOTHING, Told, answer, certainty
from analysis.table.tables import Estimate


def claim(number: int, verdict: str, is_primary: bool = True, part: dict | None = None) -> ToldClaim:
    parts = (part,) if part else ()
    return ToldClaim(f"div-{number}", "In words", verdict, CANNOT_TELL, "", "", is_primary, part or {}, parts)


def told(*verdicts: str, certainty: str = "", finished: int = 4) -> Told:
    claims = [claim(number, verdict) for number, verdict in enumerate(verdicts, start=1)]
    return Told("diving48", "Diving48", [*claims, claim(99, CONTRADICTED, is_primary=False)], certainty, finished, 4)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ((HOLDS, HOLDS), "Yes, as claimed: all 2 primary claims hold (Diving48: 2 of 2 hold)."),
        ((HOLDS,), "Yes, as claimed: the one primary claim holds (Diving48: 1 of 1 holds)."),
        (
            (HOLDS, CANNOT_TELL),
            "Yes, as far as it can be told: of 2 primary claims 1 holds, 1 cannot be told (Diving48: 1 of 2 hold).",
        ),
        (
            (HOLDS, CONTRADICTED, CANNOT_TELL),
            "In part: of 3 primary claims 1 holds, 1 is contradicted, 1 cannot be told "
            "(Diving48: 1 of 3 hold, 1 contradicted).",
        ),
        (
            (CONTRADICTED, CANNOT_TELL),
            "Not as claimed, as far as it can be told: of 2 primary claims 1 is contradicted, 1 cannot be told "
            "(Diving48: 0 of 2 hold, 1 contradicted).",
        ),
        (
            (CONTRADICTED, CONTRADICTED),
            "Not as claimed: all 2 primary claims are contradicted (Diving48: 0 of 2 hold).",
        ),
        ((CANNOT_TELL, CANNOT_TELL), "It cannot be told yet: all 2 primary claims are open (Diving48: 0 of 2 hold)."),
    ],
)
def test_the_answer_rests_on_the_primary_claims_alone(verdicts: tuple[str, ...], said: str) -> None:
    assert answer([told(*verdicts)]) == said


def test_its_certainty_says_what_it_is_about_and_what_is_missing() -> None:
    about = "about these checkpoints: one seed per model"
    assert answer([told(HOLDS, certainty=about)]).endswith(f"(Diving48: 1 of 1 holds, {about}).")
    assert certainty([told(HOLDS, finished=3)]).endswith("; Diving48 from 3 of 4 runs.")
    assert "from" not in certainty([told(HOLDS)])


def test_a_page_without_the_papers_claims_says_so() -> None:
    assert answer([Told("coins", "Coins", [], "", 1, 1)]) == NOTHING


def test_the_picture_turns_every_claim_to_the_right() -> None:
    part = {"comparison": "T/V [ab]: ConvLSTM − 3D CNN", "claimed": "< 0", "bound": 0.0}
    part |= {"estimate": Estimate(-0.2, -0.3, -0.1), "published": Estimate(0.05)}
    (row,) = picture([claim(1, HOLDS, part=part)], "p-").rows
    assert (row.estimate.value, row.estimate.low, row.estimate.high) == (0.2, 0.1, 0.3)
    assert row.published.value == -0.05
    assert (row.label, row.link) == ("1. T/V: ConvLSTM − 3D CNN", "p-div-1")


@pytest.mark.parametrize(("span", "step"), [(1, 0.2), (0.99, 0.2), (0.5, 0.1), (3, 1), (47, 10), (0.012, 0.005)])
def test_ticks_are_round_and_few(span: float, step: float) -> None:
    assert tick_step(span) == step


def test_a_scale_holds_intervals_reference_and_the_papers_values() -> None:
    panel = scaled("", (Row(PLAIN_STYLE, Estimate(0.2, 0.1, 0.3), "", published=Estimate(-0.4)),), 0, "")
    places = [float(panel.place(value).rstrip("%")) for value in (-0.4, 0, 0.1, 0.3)]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < 100
    assert [label for _, label in panel.ticks] == ["−0.4", "−0.2", "0", "0.2"]


def test_a_panel_of_equal_or_no_values_has_a_scale() -> None:
    for value in (0.3, math.nan):
        panel = scaled("", (Row(PLAIN_STYLE, Estimate(value), ""),), math.nan, "")
        assert panel.top > panel.bottom
        assert panel.ticks
