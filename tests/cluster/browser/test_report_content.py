"""The report in a real browser, headless and without network: it renders, sorts, copies, enlarges and plays."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Route
from support import made_diving, made_runs

from analysis.commands.report import report
from analysis.report.studies import Reported, read_study
from analysis.table.formats import to_csv
from analysis.table.latex import to_latex
from xdomain.datasets.temporal_shape.clipset import RECORD, set_paths, write_set
from xdomain.runs.run_folder import RunFolder

from .accessibility import serious

pytestmark = pytest.mark.cluster
PHONE = {"width": 360, "height": 740}
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
POINT = 96 / 72  # CSS pixels
TABLE = 'table[data-name="accuracy-by-size-2dot"]'
SIZES, SEEDS = (2, 4, 10), (42, 61)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Reported]]]:
    """The page's address, and the studies that it shows."""
    root = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("runs", "results", "data"):
            patch.setenv(f"XDOMAIN_{name.upper()}", str(root / name))
        specs = [made_runs.demo("2dot", m, h, s) for m in ("3dcnn", "convlstm") for h in SIZES for s in SEEDS]
        for i, spec in enumerate(specs):
            made_runs.write_run(spec, made_runs.right_2dot(9 - i % 5, 8, 7 - i % 3))
            RunFolder.of(spec).metrics_file.write_text("epoch,val_acc\n0,0.3\n1,0.6\n")
        missing = made_runs.demo("2dot", "3dcnn", 10, 47)
        made_runs.write_manifest("ts-demo", [*specs, missing])
        for domain in ("2dot", "5dot"):
            records = np.zeros(5, RECORD)
            records["clip"][:, np.arange(20), 30:34, np.arange(20)] = 255
            records["label"] = range(5)
            write_set(set_paths(specs[0].data.eval_set(domain, "2dot"), root / "data")[0], 5, [records], {})
        made_diving.write_study(("3dcnn-4blocks", "convlstm-4blocks"))
        done = CliRunner().invoke(report, [])
        assert done.exit_code == 0, done.output
        yield (root / "results" / "report.html").as_uri(), {k: read_study(k) for k in ("ts-demo", "diving48-demo")}


@pytest.fixture
def opened(browser: Browser, made, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, in a context with the parametrised options; errors and requests fail the test at its end."""
    address, _ = made
    context = browser.new_context(offline=True, **getattr(request, "param", {}))
    complaints, asked = [], []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith(("file:", "data:")), refuse)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    page.goto(address)
    yield page
    context.close()
    assert complaints == []
    assert asked == []


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"{TABLE} tbody tr > :nth-child({number})").all_inner_texts()


def test_everything_is_on_the_page(opened: Page, made) -> None:
    _, studies = made
    for key, study in studies.items():
        shown = opened.locator(f'section.study[aria-labelledby="{key}"]')
        filled = [table for table in study.tables.values() if table.rows]
        assert shown.locator("table[data-name]").count() == len(filled)
        drawn = shown.locator(".drawn > .sheet > svg")
        said = shown.get_by_text("is not drawn").count() + shown.get_by_text("No run has a metrics.csv").count()
        assert drawn.count() + said == len(study.figures) + 1  # the learning curves
        for i in range(drawn.count()):
            box = drawn.nth(i).bounding_box()
            assert box["width"] > 300
            assert box["height"] > 100
    assert opened.locator(".drawn use").count() > 100  # letters of a figure are outlines


def test_a_click_on_a_header_sorts_up_down_and_back(opened: Page) -> None:
    original = column(opened, 1)
    assert original == [str(size) for size in SIZES for _ in range(2)]
    header = opened.locator(f"{TABLE} thead th").first
    for direction, expected in (
        ("ascending", sorted(original, key=int)),  # as numbers: 10 after 4
        ("descending", sorted(original, key=int, reverse=True)),
        ("none", original),
    ):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == direction
        assert column(opened, 1) == expected


def test_the_keyboard_sorts_by_value(opened: Page) -> None:
    header = opened.locator(f"{TABLE} thead th").nth(2)
    header.get_by_role("button").focus()
    opened.keyboard.press("Enter")
    keys = [
        float(key)
        for key in opened.locator(f"{TABLE} tbody tr > :nth-child(3)").evaluate_all(
            "cells => cells.map((cell) => cell.dataset.key)"
        )
    ]
    assert keys == sorted(keys)
    assert keys[0] < keys[-1]
    opened.keyboard.press("Space")
    assert header.get_attribute("aria-sort") == "descending"
    assert opened.locator("#said").inner_text() == "Sorted by V, descending"


@pytest.mark.parametrize("opened", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
def test_copied_text_is_the_tables_csv_and_latex(opened: Page, made) -> None:
    table = made[1]["ts-demo"].tables["accuracy-by-size-2dot"]
    section = opened.locator("section.table", has=opened.locator(TABLE))
    section.get_by_role("button", name="Copy CSV").click()
    opened.get_by_text("Copied", exact=True).first.wait_for()
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied == to_csv(table)
    assert {len(row) for row in csv.reader(io.StringIO(copied))} == {len(copied.splitlines()[0].split(","))}
    section.get_by_role("button", name="Copy LaTeX").click()
    opened.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('tabular'))")
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied == to_latex(table)
    assert copied.count(r"\begin{") == copied.count(r"\end{") >= 2


def test_without_a_clipboard_the_text_is_shown_selected(opened: Page, made) -> None:
    opened.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    section = opened.locator("section.table", has=opened.locator(TABLE))
    section.get_by_role("button", name="Copy CSV").click()
    area = opened.locator("#by-hand textarea")
    area.wait_for()
    assert area.input_value() == to_csv(made[1]["ts-demo"].tables["accuracy-by-size-2dot"])
    assert opened.evaluate("getSelection().toString().length || document.activeElement.selectionEnd") > 100
    opened.locator("#by-hand").get_by_role("button", name="Close").click()
    assert not area.is_visible()


def test_the_tab_key_reaches_every_kind_of_control(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#main"
    reached = set()
    for _ in range(50):
        opened.keyboard.press("Tab")
        reached.add(opened.evaluate("document.activeElement.className || document.activeElement.type"))
        outline = opened.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "focus cannot be seen"
    assert {"play", "range", "enlarge", "sheet", "copy", "sort"} <= reached
    assert any(name.startswith("window") for name in reached)


def test_a_figure_enlarges_zooms_and_gives_the_focus_back(opened: Page) -> None:
    button = opened.locator("#ts-demo-fig3 .enlarge")
    button.focus()
    opened.keyboard.press("Enter")
    picture = opened.locator("#enlarged .stage svg")
    before = picture.bounding_box()
    assert before["width"] > 600
    opened.keyboard.press("+")
    larger = picture.bounding_box()
    assert larger["width"] == pytest.approx(1.25 * before["width"], rel=0.01)
    opened.keyboard.press("ArrowRight")
    assert picture.bounding_box()["x"] == pytest.approx(larger["x"] - 60, abs=1)
    opened.mouse.move(400, 400)
    opened.mouse.wheel(0, -400)
    opened.wait_for_function(
        f"document.querySelector('.stage svg').getBoundingClientRect().width > {larger['width'] + 1}"
    )
    opened.keyboard.press("0")
    assert picture.bounding_box() == pytest.approx(before)
    opened.keyboard.press("Escape")
    assert not picture.is_visible()
    assert button.evaluate("element => element === document.activeElement")


def test_clips_play_pause_and_step(opened: Page) -> None:
    player = opened.locator(".player").first
    slider, button = player.get_by_role("slider"), player.locator(".play")
    first = slider.input_value()
    opened.wait_for_function("(first) => document.querySelector('.player input').value !== first", arg=first)
    button.click()
    assert button.inner_text() == "Play"
    slider.focus()
    opened.keyboard.press("Home")
    places = []
    for _ in range(2):
        sprites = player.locator(".sprite")
        places.append(sprites.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundPositionY)"))
        opened.keyboard.press("ArrowRight")
    assert [len(set(place)) for place in places] == [1, 1]  # all clips in step
    assert [float(place[0].rstrip("%")) for place in places] == pytest.approx([0, 100 / 19], abs=0.01)
    assert player.locator("output").inner_text() == "3"


@pytest.mark.parametrize("opened", [{"reduced_motion": "reduce"}], indirect=True)
def test_less_motion_begins_still(opened: Page) -> None:
    assert opened.locator(".player .play").first.inner_text() == "Play"
    states = opened.evaluate("document.getAnimations().map((one) => one.playState)")
    assert set(states) == {"paused"}


@pytest.mark.parametrize(
    "opened", [{"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}], indirect=True
)
def test_a_phone_never_scrolls_sideways(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert opened.evaluate("innerWidth") == PHONE["width"]
    small = opened.locator("main p, main li, main td").evaluate_all(
        "all => all.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12).length"
    )
    assert small == 0
    assert not opened.locator(".contents").evaluate("element => element.open")


@pytest.mark.parametrize("opened", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_figures_lie_on_a_light_sheet_in_both_schemes(opened: Page) -> None:
    def lightness(selector: str) -> int:
        color = opened.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")
        return int(color.removeprefix("rgb(").split(",")[0])

    assert lightness(".sheet") > 240
    dark = opened.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (lightness("body") < 40) == dark


def test_on_paper_nothing_is_folded_or_cut(opened: Page) -> None:
    opened.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins
    opened.emulate_media(media="print")
    assert opened.evaluate("document.documentElement.scrollWidth") == 688
    cut = opened.locator(".window, .sheet").evaluate_all(
        """all => all.filter((one) => one.scrollWidth > one.clientWidth + 1
                                   || one.scrollHeight > one.clientHeight + 1).length"""
    )
    assert cut == 0
    assert not opened.locator("nav").is_visible()
    assert not opened.locator(".copy").first.is_visible()
    assert opened.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def on(screen: str) -> dict:
    """The options of a context with that screen."""
    return {"viewport": SCREENS[screen]}


@pytest.mark.parametrize("opened", [on("phone"), on("desktop")], indirect=True)
def test_the_first_screen_has_question_answer_marks_and_picture(opened: Page) -> None:
    height = opened.viewport_size["height"]
    assert opened.locator("h1").inner_text().endswith("?")
    places = [opened.locator(name).first.bounding_box() for name in ("h1", "#answer", ".marks", ".pictured")]
    assert all(place["y"] >= 0 for place in places)
    assert all(place["y"] + place["height"] <= height for place in places[:3])
    last = opened.locator(".marks").last.bounding_box()
    assert last["y"] + last["height"] <= height
    first_of_picture = opened.locator(".pictured li .marker").first.bounding_box()
    assert first_of_picture["y"] + first_of_picture["height"] <= height
    said = opened.locator("#answer").inner_text()
    assert "primary claim" in said
    assert "about these checkpoints: one seed per model" in said  # Diving48's only


@pytest.mark.parametrize("opened", [on("phone"), on("desktop")], indirect=True)
def test_labels_of_an_axis_keep_apart(opened: Page) -> None:
    gaps = opened.locator(".axis .track").evaluate_all(
        """all => all.flatMap((track) => {
          const places = [...track.querySelectorAll("b")].map((b) => b.getBoundingClientRect()).filter((b) => b.width);
          return places.slice(1).map((place, before) => place.left - places[before].right);
        })"""
    )
    assert len(gaps) > 20
    assert min(gaps) >= 2  # pixels


def test_the_answer_counts_what_the_tables_of_claims_say(opened: Page, made) -> None:
    _, studies = made
    for key, study in studies.items():
        rows = study.tables["claims"].rows
        shown = opened.locator(f'.marks:has(a[href^="#{key}-claim-"])')
        marks = shown.locator("tbody tr").first.locator("td .unseen").all_inner_texts()
        assert marks == [row["verdict"] for row in rows]
        primary = [row["verdict"] for row in rows if row["p_holm"] != ""]
        assert f"{primary.count('holds')} of {len(primary)} hold" in opened.locator("#answer").inner_text()


@pytest.mark.parametrize("opened", [on("phone"), on("desktop")], indirect=True)
def test_no_table_is_cut_off(opened: Page) -> None:
    width = opened.viewport_size["width"]
    opened.wait_for_function("document.documentElement.scrollWidth === innerWidth")
    cut = opened.locator(".window").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 80))"
    )
    assert cut == []
    right = opened.locator(".window table :is(th, td)").evaluate_all(
        "all => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    )
    assert right <= width


@pytest.mark.parametrize("opened", [on("desktop")], indirect=True)
def test_the_cells_of_a_row_stand_beside_each_other_below_their_heads(opened: Page) -> None:
    askew = opened.locator(".window:not(.cards) tbody tr").evaluate_all(
        """(rows) => rows.filter((row) => {
            const heads = [...row.closest("table").tHead.rows[0].cells].map((cell) => cell.getBoundingClientRect());
            return getComputedStyle(row).display !== "table-row" || [...row.cells].some((cell, i) =>
                Math.abs(cell.getBoundingClientRect().left - heads[i].left) > 1);
        }).map((row) => row.outerHTML.slice(0, 100))"""
    )
    assert askew == []
    assert opened.locator(".window:not(.cards) tbody tr").count() > 20


def test_a_mark_leads_to_the_claim_and_its_comparisons(opened: Page, made) -> None:
    rows = made[1]["diving48-demo"].tables["claims-comparisons"].rows
    opened.locator('.marks a[href="#diving48-demo-claim-div-1"]').click()
    claim = opened.locator("#diving48-demo-claim-div-1")
    assert 0 <= claim.bounding_box()["y"] < 400
    wanted = [row["comparison"] for row in rows if row["claim"] == "div-1"]
    assert [text.removesuffix(" < 0") for text in claim.locator("li .name").all_inner_texts()[:-1]] == wanted


def test_a_cell_opens_the_runs_behind_it_by_mouse_and_keyboard(opened: Page) -> None:
    cells = opened.locator(f"{TABLE} tbody tr").first.locator("td[data-runs]")
    cells.first.click()
    runs = opened.locator("#behind li").all_inner_texts()
    assert runs == [
        f"ts-demo/2dot/{'convlstm' if 'ConvLSTM' in column(opened, 2)[0] else '3dcnn'}/h2/seed{s}" for s in SEEDS
    ]
    opened.keyboard.press("Escape")
    assert not opened.locator("#behind").is_visible()
    cells.first.focus()
    opened.keyboard.press("ArrowRight")
    assert cells.nth(1).evaluate("element => element === document.activeElement")
    opened.keyboard.press("Enter")
    assert opened.locator("#behind").is_visible()


def test_a_note_of_several_tables_is_said_once(opened: Page, made) -> None:
    _, studies = made
    notes = [note for table in studies["diving48-demo"].tables.values() for note in table.notes]
    said = opened.locator('section.study[aria-labelledby="diving48-demo"] .notes li').all_inner_texts()
    repeated = {note for note in notes if notes.count(note) > 1}
    assert len(repeated) > 5
    assert all(said.count(note) == 1 for note in repeated)


def test_on_paper_a_study_has_ten_pages_and_no_letter_below_eight_points(opened: Page, made) -> None:
    opened.set_viewport_size({"width": 688, "height": 1000})
    opened.emulate_media(media="print")
    small = opened.locator("main *, header *").evaluate_all(
        """(all, least) => all.filter((one) => one.checkVisibility() && !one.closest("svg, .unseen")
            && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
            && parseFloat(getComputedStyle(one).fontSize) < least).map((one) => one.outerHTML.slice(0, 120))""",
        8 * POINT - 0.05,
    )
    assert small == []
    printed = opened.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 10 * len(made[1])


def test_a_turned_table_has_a_head_of_models(opened: Page) -> None:
    table = opened.locator('table.turned[data-name="table1"]')
    head = table.locator("thead tr").first
    assert head.locator("th").all_inner_texts() == ["Model", "3D CNN", "ConvLSTM", "TimeSformer"]
    assert head.locator("td").count() == 0


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


@pytest.mark.parametrize("opened", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_every_letter_stands_out_from_its_ground(opened: Page) -> None:
    assert opened.locator("header *, main *").evaluate_all(CONTRASTS) == []


@pytest.mark.parametrize(
    "opened",
    [on(screen) | {"color_scheme": scheme} for screen in SCREENS for scheme in ("light", "dark")],
    indirect=True,
    ids=[f"{screen}-{scheme}" for screen in SCREENS for scheme in ("light", "dark")],
)
def test_axe_finds_nothing_serious(opened: Page) -> None:
    assert serious(opened) == []
