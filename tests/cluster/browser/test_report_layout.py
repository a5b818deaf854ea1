"""The report fits its screen, a phone and paper: nothing is cut, folded or askew."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from analysis.report.studies import Reported

from .report_page import PHONE, on

pytestmark = pytest.mark.cluster
POINT = 96 / 72  # CSS pixels


@pytest.mark.parametrize(
    "page", [{"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}], indirect=True
)
def test_a_phone_never_scrolls_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("innerWidth") == PHONE["width"]
    small = page.locator("main p, main li, main td").evaluate_all(
        "all => all.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12).length"
    )
    assert small == 0
    assert not page.locator(".contents").evaluate("element => element.open")


def test_on_paper_nothing_is_folded_or_cut(page: Page) -> None:
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == 688
    cut = page.locator(".window, .sheet").evaluate_all(
        """all => all.filter((one) => one.scrollWidth > one.clientWidth + 1
                                   || one.scrollHeight > one.clientHeight + 1).length"""
    )
    assert cut == 0
    assert not page.locator("nav").is_visible()
    assert not page.locator(".copy").first.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("page", [on("phone"), on("desktop")], indirect=True)
def test_labels_of_an_axis_keep_apart(page: Page) -> None:
    gaps = page.locator(".axis .track").evaluate_all(
        """all => all.flatMap((track) => {
          const places = [...track.querySelectorAll("b")].map((b) => b.getBoundingClientRect()).filter((b) => b.width);
          return places.slice(1).map((place, before) => place.left - places[before].right);
        })"""
    )
    assert len(gaps) > 20
    assert min(gaps) >= 2  # pixels


@pytest.mark.parametrize("page", [on("phone"), on("desktop")], indirect=True)
def test_no_table_is_cut_off(page: Page) -> None:
    width = page.viewport_size["width"]
    page.wait_for_function("document.documentElement.scrollWidth === innerWidth")
    cut = page.locator(".window").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 80))"
    )
    assert cut == []
    right = page.locator(".window table :is(th, td)").evaluate_all(
        "all => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    )
    assert right <= width


@pytest.mark.parametrize("page", [on("desktop")], indirect=True)
def test_the_cells_of_a_row_stand_beside_each_other_below_their_heads(page: Page) -> None:
    askew = page.locator(".window:not(.cards) tbody tr").evaluate_all(
        """(rows) => rows.filter((row) => {
            const heads = [...row.closest("table").tHead.rows[0].cells].map((cell) => cell.getBoundingClientRect());
            return getComputedStyle(row).display !== "table-row" || [...row.cells].some((cell, i) =>
                Math.abs(cell.getBoundingClientRect().left - heads[i].left) > 1);
        }).map((row) => row.outerHTML.slice(0, 100))"""
    )
    assert askew == []
    assert page.locator(".window:not(.cards) tbody tr").count() > 20


def test_on_paper_a_study_has_ten_pages_and_no_letter_below_eight_points(
    page: Page, studies: dict[str, Reported]
) -> None:
    page.set_viewport_size({"width": 688, "height": 1000})
    page.emulate_media(media="print")
    small = page.locator("main *, header *").evaluate_all(
        """(all, least) => all.filter((one) => one.checkVisibility() && !one.closest("svg, .unseen")
            && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
            && parseFloat(getComputedStyle(one).fontSize) < least).map((one) => one.outerHTML.slice(0, 120))""",
        8 * POINT - 0.05,
    )
    assert small == []
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 10 * len(studies)
