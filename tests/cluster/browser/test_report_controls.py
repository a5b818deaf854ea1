"""What a reader does with the report: sort, copy, enlarge, play, and look behind a cell."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import Page

from analysis.report.studies import Reported
from analysis.table.formats import to_csv
from analysis.table.latex import to_latex

from .report_page import SEEDS, SIZES, TABLE, column

pytestmark = pytest.mark.cluster


def test_a_click_on_a_header_sorts_up_down_and_back(page: Page) -> None:
    original = column(page, 1)
    assert original == [str(size) for size in SIZES for _ in range(2)]
    header = page.locator(f"{TABLE} thead th").first
    for direction, expected in (
        ("ascending", sorted(original, key=int)),  # as numbers: 10 after 4
        ("descending", sorted(original, key=int, reverse=True)),
        ("none", original),
    ):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == direction
        assert column(page, 1) == expected


def test_the_keyboard_sorts_by_value(page: Page) -> None:
    header = page.locator(f"{TABLE} thead th").nth(2)
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    keys = [
        float(key)
        for key in page.locator(f"{TABLE} tbody tr > :nth-child(3)").evaluate_all(
            "cells => cells.map((cell) => cell.dataset.key)"
        )
    ]
    assert keys == sorted(keys)
    assert keys[0] < keys[-1]
    page.keyboard.press("Space")
    assert header.get_attribute("aria-sort") == "descending"
    assert page.locator("#said").inner_text() == "Sorted by V, descending"


@pytest.mark.parametrize("page", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
def test_copied_text_is_the_tables_csv_and_latex(page: Page, studies: dict[str, Reported]) -> None:
    table = studies["ts-demo"].tables["accuracy-by-size-2dot"]
    section = page.locator("section.table", has=page.locator(TABLE))
    section.get_by_role("button", name="Copy CSV").click()
    page.get_by_text("Copied", exact=True).first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == to_csv(table)
    assert {len(row) for row in csv.reader(io.StringIO(copied))} == {len(copied.splitlines()[0].split(","))}
    section.get_by_role("button", name="Copy LaTeX").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('tabular'))")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == to_latex(table)
    assert copied.count(r"\begin{") == copied.count(r"\end{") >= 2


def test_without_a_clipboard_the_text_is_shown_selected(page: Page, studies: dict[str, Reported]) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    section = page.locator("section.table", has=page.locator(TABLE))
    section.get_by_role("button", name="Copy CSV").click()
    area = page.locator("#by-hand textarea")
    area.wait_for()
    assert area.input_value() == to_csv(studies["ts-demo"].tables["accuracy-by-size-2dot"])
    assert page.evaluate("getSelection().toString().length || document.activeElement.selectionEnd") > 100
    page.locator("#by-hand").get_by_role("button", name="Close").click()
    assert not area.is_visible()


def test_a_figure_enlarges_zooms_and_gives_the_focus_back(page: Page) -> None:
    button = page.locator("#ts-demo-fig3 .enlarge")
    button.focus()
    page.keyboard.press("Enter")
    picture = page.locator("#enlarged .stage svg")
    before = picture.bounding_box()
    assert before["width"] > 600
    page.keyboard.press("+")
    larger = picture.bounding_box()
    assert larger["width"] == pytest.approx(1.25 * before["width"], rel=0.01)
    page.keyboard.press("ArrowRight")
    assert picture.bounding_box()["x"] == pytest.approx(larger["x"] - 60, abs=1)
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        f"document.querySelector('.stage svg').getBoundingClientRect().width > {larger['width'] + 1}"
    )
    page.keyboard.press("0")
    assert picture.bounding_box() == pytest.approx(before)
    page.keyboard.press("Escape")
    assert not picture.is_visible()
    assert button.evaluate("element => element === document.activeElement")


def test_clips_play_pause_and_step(page: Page) -> None:
    player = page.locator(".player").first
    slider, button = player.get_by_role("slider"), player.locator(".play")
    first = slider.input_value()
    page.wait_for_function("(first) => document.querySelector('.player input').value !== first", arg=first)
    button.click()
    assert button.inner_text() == "Play"
    slider.focus()
    page.keyboard.press("Home")
    places = []
    for _ in range(2):
        sprites = player.locator(".sprite")
        places.append(sprites.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundPositionY)"))
        page.keyboard.press("ArrowRight")
    assert [len(set(place)) for place in places] == [1, 1]  # all clips in step
    assert [float(place[0].rstrip("%")) for place in places] == pytest.approx([0, 100 / 19], abs=0.01)
    assert player.locator("output").inner_text() == "3"


@pytest.mark.parametrize("page", [{"reduced_motion": "reduce"}], indirect=True)
def test_less_motion_begins_still(page: Page) -> None:
    assert page.locator(".player .play").first.inner_text() == "Play"
    states = page.evaluate("document.getAnimations().map((one) => one.playState)")
    assert set(states) == {"paused"}


def test_a_mark_leads_to_the_claim_and_its_comparisons(page: Page, studies: dict[str, Reported]) -> None:
    rows = studies["diving48-demo"].tables["claims-comparisons"].rows
    page.locator('.marks a[href="#diving48-demo-claim-div-1"]').click()
    claim = page.locator("#diving48-demo-claim-div-1")
    assert 0 <= claim.bounding_box()["y"] < 400
    wanted = [row["comparison"] for row in rows if row["claim"] == "div-1"]
    assert [text.removesuffix(" < 0") for text in claim.locator("li .name").all_inner_texts()[:-1]] == wanted


def test_a_cell_opens_the_runs_behind_it_by_mouse_and_keyboard(page: Page) -> None:
    cells = page.locator(f"{TABLE} tbody tr").first.locator("td[data-runs]")
    cells.first.click()
    runs = page.locator("#behind li").all_inner_texts()
    assert runs == [
        f"ts-demo/2dot/{'convlstm' if 'ConvLSTM' in column(page, 2)[0] else '3dcnn'}/h2/seed{s}" for s in SEEDS
    ]
    page.keyboard.press("Escape")
    assert not page.locator("#behind").is_visible()
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    assert cells.nth(1).evaluate("element => element === document.activeElement")
    page.keyboard.press("Enter")
    assert page.locator("#behind").is_visible()
