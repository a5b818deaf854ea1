"""The project's pages lead to files, headings and functions that exist."""

import importlib.util
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PACKAGES = ("jobs", "xdomain", "segment", "analysis", "xdomain_cli")
PAGES = [
    *sorted(TOP.glob("*.md")),
    *(page for name in (*PACKAGES, "docs", "tests", "benchmarks") for page in sorted((TOP / name).rglob("*.md"))),
]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(rf"(?:{'|'.join(PACKAGES)}|tests|docs|benchmarks|\.ci)/[\w./-]*")
NAMES = r"`\w+`(?:(?:,| and| or) `\w+`)*"
# How a page names what is in a file: `a/b.py: name`; `a/b.py` (`one`, `two`); `one` and `two` in `a/b.py`.
WAYS_TO_NAME = (
    (re.compile(r"`([\w/]+\.py): (\w+`)"), 1, 2),
    (re.compile(rf"`([\w/]+\.py)` \(({NAMES})\)"), 1, 2),
    (re.compile(rf"({NAMES}) (?:in|of) `([\w/]+\.py)`"), 2, 1),
)


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


def named_in_files(text: str) -> list[tuple[str, str]]:
    """(file, name) of all that a page says to be in a file of the project."""
    found = [
        (match[file], name)
        for way, file, names in WAYS_TO_NAME
        for match in way.finditer(text)
        for name in re.findall(r"(\w+)`", match[names])
    ]
    return [(file, name) for file, name in found if FILE.match(file)]


def defines(file: str, name: str) -> bool:
    """Whether a file has a function, a class or a variable of that name."""
    text = (TOP / file).read_text(encoding="utf-8")
    return re.search(rf"^(?: *(?:async )?(?:def|class) {name}\b|{name}\b.* =)", text, re.MULTILINE) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_file_and_function_that_is_named_exists(page):
    quoted = QUOTED.findall(prose(page))
    files = [path for text in quoted if FILE.fullmatch(path := text.partition(":")[0].partition(" ")[0])]
    assert [path for path in files if not (TOP / path).exists()] == []
    assert [(file, name) for file, name in named_in_files(prose(page)) if not defines(file, name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())
def test_every_module_that_is_run_exists(page):
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(rf"python -m ((?:{'|'.join(PACKAGES)})[\w.]*)", text))
    assert [name for name in sorted(modules) if importlib.util.find_spec(name.rstrip(".")) is None] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page\n[here](#a-page) [gone](absent.md) [no heading](#b) [elsewhere](https://example.org)\n")
    assert broken_links(page) == ["absent.md", "#b"]


def test_names_of_a_file_are_found_however_they_are_written():
    text = "`jobs/a.py: one`, `jobs/b.py` (`two`, `three`), `four` and `five` of `jobs/c.py`, `six` in `other/d.py`"
    expected = [("a", "one"), ("b", "two"), ("b", "three"), ("c", "four"), ("c", "five")]
    assert named_in_files(text) == [(f"jobs/{file}.py", name) for file, name in expected]
    assert defines("jobs/state/failures.py", "CLASSES")
    assert not defines("jobs/state/failures.py", "absent")
