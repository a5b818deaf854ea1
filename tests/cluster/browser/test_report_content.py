"""What stands on the report, in a real browser, headless and without network."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from analysis.report.studies import Reported

from .report_page import on

pytestmark = pytest.mark.cluster


def test_everything_is_on_the_page(page: Page, studies: dict[str, Reported]) -> None:
    for key, study in studies.items():
        shown = page.locator(f'section.study[aria-labelledby="{key}"]')
        filled = [table for table in study.tables.values() if table.rows]
        assert shown.locator("table[data-name]").count() == len(filled)
        drawn = shown.locator(".drawn > .sheet > svg")
        said = shown.get_by_text("is not drawn").count() + shown.get_by_text("No run has a metrics.csv").count()
        assert drawn.count() + said == len(study.figures) + 1  # the learning curves
        for i in range(drawn.count()):
            box = drawn.nth(i).bounding_box()
            assert box["width"] > 300
            assert box["height"] > 100
    assert page.locator(".drawn use").count() > 100  # letters of a figure are outlines


def test_the_answer_counts_what_the_tables_of_claims_say(page: Page, studies: dict[str, Reported]) -> None:
    for key, study in studies.items():
        rows = study.tables["claims"].rows
        shown = page.locator(f'.marks:has(a[href^="#{key}-claim-"])')
        marks = shown.locator("tbody tr").first.locator("td .unseen").all_inner_texts()
        assert marks == [row["verdict"] for row in rows]
        primary = [row["verdict"] for row in rows if row["p_holm"] != ""]
        assert f"{primary.count('holds')} of {len(primary)} hold" in page.locator("#answer").inner_text()


def test_a_note_of_several_tables_is_said_once(page: Page, studies: dict[str, Reported]) -> None:
    notes = [note for table in studies["diving48-demo"].tables.values() for note in table.notes]
    said = page.locator('section.study[aria-labelledby="diving48-demo"] .notes li').all_inner_texts()
    repeated = {note for note in notes if notes.count(note) > 1}
    assert len(repeated) > 5
    assert all(said.count(note) == 1 for note in repeated)


def test_a_turned_table_has_a_head_of_models(page: Page) -> None:
    table = page.locator('table.turned[data-name="table1"]')
    head = table.locator("thead tr").first
    assert head.locator("th").all_inner_texts() == ["Model", "3D CNN", "ConvLSTM", "TimeSformer"]
    assert head.locator("td").count() == 0


@pytest.mark.parametrize("page", [on("phone"), on("desktop")], indirect=True)
def test_the_first_screen_has_question_answer_marks_and_picture(page: Page) -> None:
    height = page.viewport_size["height"]
    assert page.locator("h1").inner_text().endswith("?")
    places = [page.locator(name).first.bounding_box() for name in ("h1", "#answer", ".marks", ".pictured")]
    assert all(place["y"] >= 0 for place in places)
    assert all(place["y"] + place["height"] <= height for place in places[:3])
    last = page.locator(".marks").last.bounding_box()
    assert last["y"] + last["height"] <= height
    first_of_picture = page.locator(".pictured li .marker").first.bounding_box()
    assert first_of_picture["y"] + first_of_picture["height"] <= height
    said = page.locator("#answer").inner_text()
    assert "primary claim" in said
    assert "about these checkpoints: one seed per model" in said  # Diving48's only
