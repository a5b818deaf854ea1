"""The project's pages lead to files, headings and functions that exist."""

import importlib.util
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PACKAGES = ("jobs", "xdomain", "segment", "analysis")
PAGES = [
    *sorted(TOP.glob("*.md")),
    *(page for name in (*PACKAGES, "docs", "tests", "benchmarks") for page in sorted((TOP / name).rglob("*.md"))),
]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(rf"(?:{'|'.join(PACKAGES)}|tests|docs|benchmarks|\.ci)/[\w./-]*")
# `jobs/worker/single.py: run_one` names a function of that file.
NAMED = re.compile(r"([\w/]+\.py)(?:: | )([\w.]+)(?:\(\))?")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as GitHub makes them."""
    titles = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    broken = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, fragment = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        is_there = target.exists() and (not fragment or fragment in anchors(target))
        broken += [] if is_there else [link]
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_relative_link_leads_somewhere(page):
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_file_and_function_that_is_named_exists(page):
    quoted = QUOTED.findall(prose(page))
    files = [path for text in quoted if FILE.fullmatch(path := text.partition(":")[0].partition(" ")[0])]
    assert [path for path in files if not (TOP / path).exists()] == []
    named = [match.groups() for text in quoted if (match := NAMED.fullmatch(text)) and FILE.match(text)]
    absent = [
        (file, name)
        for file, name in named
        if not re.search(rf"^ *(def|class) {name.rpartition('.')[2]}\b", (TOP / file).read_text(), re.MULTILINE)
        and not re.search(rf"^{name}\b.* =", (TOP / file).read_text(), re.MULTILINE)
    ]
    assert absent == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_module_that_is_run_exists(page):
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(rf"python -m ((?:{'|'.join(PACKAGES)})[\w.]*)", text))
    assert [name for name in sorted(modules) if importlib.util.find_spec(name.rstrip(".")) is None] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page\n[here](#a-page) [gone](absent.md) [no heading](#b) [elsewhere](https://example.org)\n")
    assert broken_links(page) == ["absent.md", "#b"]
