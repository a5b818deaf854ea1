"""The answer in one sentence, from verdicts that the test states; forests whose scale holds all that is drawn."""

import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from analysis.claims.verdicts import NO_NUMBERS
from analysis.content.forest import PLAIN_STYLE, Panel, Row, scaled, tick_step
from analysis.report.answer.claims import ToldClaim, picture
from analysis.report.answer.first_screen import first_screen_html
from analysis.report.answer.sentence import NOTHING, Told, answer, certainty
from analysis.results.registry import BUILT_IN
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS
from analysis.table.tables import Estimate

PAPERS = "Does it matter for robustness across domains whether a video model recurs, attends or convolves?"


def claim(number: int, verdict: str, is_primary: bool = True, part: dict | None = None) -> ToldClaim:
    parts = (part,) if part else ()
    return ToldClaim(f"div-{number}", "In words", verdict, CANNOT_TELL, "", "", is_primary, part or {}, parts)


def told(*verdicts: str, certainty: str = "", finished: int = 4) -> Told:
    claims = [claim(number, verdict) for number, verdict in enumerate(verdicts, start=1)]
    return Told(
        "diving48", "Diving48", [*claims, claim(99, CONTRADICTED, is_primary=False)], certainty, finished, 4, PAPERS
    )


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


def test_a_quantity_between_two_bounds_is_drawn_at_the_one_that_decides() -> None:
    """Such as `T/S1 [a] ConvLSTM > 0.5; T/S1 [a] ConvLSTM < 1`: one comparison, claimed twice."""
    shared = {"comparison": "T/S1 [a]: ConvLSTM", "estimate": Estimate(0.9), "published": Estimate(0.8)}
    above, below = shared | {"claimed": "> 0.5", "bound": 0.5}, shared | {"claimed": "< 1", "bound": 1.0}
    one = replace(claim(1, HOLDS, part=below), comparisons=(above, below))
    (row,) = picture([one], "p-").rows
    assert row.estimate.value == pytest.approx(1 - 0.9)


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
    assert [label for _, label, _ in panel.ticks] == ["−0.4", "−0.2", "0", "0.2"]


def test_a_panel_of_equal_or_no_values_has_a_scale() -> None:
    for value in (0.3, math.nan):
        panel = scaled("", (Row(PLAIN_STYLE, Estimate(value), ""),), math.nan, "")
        assert panel.top > panel.bottom
        assert panel.ticks


@pytest.mark.parametrize("low", [-3.0, -0.3, -0.041, -0.0004, 0.0, 0.31, 12.0])
@pytest.mark.parametrize("width", [7, 0.9, 0.0231, 0.0035])
def test_labels_of_a_narrow_axis_leave_a_letter_between_them(low: float, width: float) -> None:
    """The narrowest axis has room for thirteen letters; a label is centred on its place."""
    panel = Panel("", (), low + width, math.nan, "", low)
    kept = [(float(place.rstrip("%")) / 100 * 13, label) for place, label, is_fine in panel.ticks if not is_fine]
    assert kept
    assert ("0" in [label for _, label in kept]) == (low <= 0 <= low + width)
    for (left, one), (right, other) in pairwise(kept):
        assert right - left >= (len(one) + len(other)) / 2 + 1, kept


def test_a_scale_without_an_interval_keeps_three_labels_of_five() -> None:
    """Of a difference of 0.021 alone the narrow axis used to have 0, 0.005, 0.01, 0.015 and 0.02 in one another."""
    ticks = scaled("", (Row(PLAIN_STYLE, Estimate(0.021), ""),), 0, "").ticks
    assert [label for _, label, _ in ticks] == ["0", "0.005", "0.01", "0.015", "0.02"]
    assert [label for _, label, is_fine in ticks if not is_fine] == ["0", "0.01", "0.02"]


def first_screen(*studies: Told) -> tuple[str, str, str]:
    """The line above the heading, the heading, and all of it."""
    html = str(first_screen_html([*studies]))
    kicker, heading = (re.search(pattern, html)[1] for pattern in (r'kicker">xdomain · ([^<]*)<', r"<h1>([^<]*)</h1>"))
    return kicker, heading, html


def own(*verdicts: str, question: str = "") -> Told:
    """A study that nobody has published anything of."""
    part = {"comparison": "fog/V [a]: A − B", "claimed": "> 0", "bound": 0.0, "estimate": Estimate(0.1)}
    part["published"] = Estimate(math.nan)
    claims = [replace(claim(n, verdict, part=part), printed=NO_NUMBERS) for n, verdict in enumerate(verdicts, start=1)]
    return Told("mine", "mine", claims, "", 4, 4, question)


def papers(*verdicts: str) -> Told:
    return own(*verdicts)._replace(key="diving48", title="Diving48", question=PAPERS)


def test_the_paper_is_not_named_where_a_study_asks_a_question_of_its_own() -> None:
    kicker, heading, html = first_screen(own(HOLDS, question="Does fog matter?"))
    assert (kicker, heading) == ("mine", "Does fog matter?")
    assert "Recur" not in html
    for word in ("reproduced", "published", "printed", "the paper"):
        assert word not in html, "nobody has published anything about it"
    assert "As claimed: the one primary claim holds (mine: 1 of 1 holds)." in html, "its question may ask for a no"


def test_a_study_without_a_question_asks_whether_its_claims_hold() -> None:
    assert first_screen(own(HOLDS))[:2] == ("mine", "mine: do its claims hold?")
    assert first_screen(own())[:2] == ("mine", "mine: how much accuracy do its models keep in other domains?")


def test_the_papers_studies_keep_their_question() -> None:
    kicker, heading, html = first_screen(papers(HOLDS), papers(CONTRADICTED)._replace(key="ts", title="Temporal Shape"))
    assert (kicker, heading) == ("Recur, Attend or Convolve?", PAPERS)
    assert "reproduced" in html
    assert "published" in html
    assert [one.question for one in BUILT_IN] == [PAPERS, PAPERS]


def test_a_page_of_several_questions_asks_each_above_its_marks() -> None:
    kicker, heading, html = first_screen(papers(HOLDS), own(HOLDS, question="Does fog matter?"))
    assert (kicker, heading) == ("2 studies", "Do the claims of these studies hold?")
    assert "mine: Does fog matter?" in html
    assert f"Diving48: {PAPERS}" in html
    assert "As claimed: all 2 primary claims hold" in html
