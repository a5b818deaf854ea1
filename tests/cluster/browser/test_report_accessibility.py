"""The report is for everybody: by keyboard, in both colour schemes, read by a screen reader."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .accessibility import serious
from .report_page import SCREENS, on

pytestmark = pytest.mark.cluster


def test_the_tab_key_reaches_every_kind_of_control(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    reached = set()
    for _ in range(50):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className || document.activeElement.type"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "focus cannot be seen"
    assert {"play", "range", "enlarge", "sheet", "copy", "sort"} <= reached
    assert any(name.startswith("window") for name in reached)


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_figures_lie_on_a_light_sheet_in_both_schemes(page: Page) -> None:
    def lightness(selector: str) -> int:
        color = page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")
        return int(color.removeprefix("rgb(").split(",")[0])

    assert lightness(".sheet") > 240
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (lightness("body") < 40) == dark


CONTRASTS = """(all) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => color.slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return rgba("white");
  };
  const weak = [];
  for (const one of all) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !one.checkVisibility() || one.closest("svg, .unseen, [aria-hidden=true]")) continue;
    const [a, b] = [light(rgba(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(one.outerHTML.slice(0, 100));
  }
  return weak;
}"""


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_every_letter_stands_out_from_its_ground(page: Page) -> None:
    assert page.locator("header *, main *").evaluate_all(CONTRASTS) == []


@pytest.mark.parametrize(
    "page",
    [on(screen) | {"color_scheme": scheme} for screen in SCREENS for scheme in ("light", "dark")],
    indirect=True,
    ids=[f"{screen}-{scheme}" for screen in SCREENS for scheme in ("light", "dark")],
)
def test_axe_finds_nothing_serious(page: Page) -> None:
    assert serious(page) == []
