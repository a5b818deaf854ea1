"""The page of a mask set in a real browser: no serious violation of accessibility, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.made_archive import NAMES, make_archive, make_masks

from segment.review.report import write_report

from .accessibility import serious

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def masks_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("masks")
    dataset = make_archive(root / "tiny")
    make_masks(dataset, NAMES[:3])
    return write_report(dataset, "hand", root / "report")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_masks_is_for_everybody(browser: Browser, masks_page: Path, width: int, scheme: str) -> None:
    context = browser.new_context(offline=True, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(masks_page.as_uri())
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
