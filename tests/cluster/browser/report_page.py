"""The report that the tests open: what it shows, and on which screens."""

from __future__ import annotations

from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
TABLE = 'table[data-name="accuracy-by-size-2dot"]'
SIZES, SEEDS = (2, 4, 10), (42, 61)


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"{TABLE} tbody tr > :nth-child({number})").all_inner_texts()


def on(screen: str) -> dict:
    """The options of a context with that screen."""
    return {"viewport": SCREENS[screen]}
