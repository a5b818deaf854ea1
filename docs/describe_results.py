"""Write the lists of tables and figures in docs/results.md from the code that makes them.

    python docs/describe_results.py           write the lists anew
    python docs/describe_results.py --check   end with 1 if the page is out of date

A table is a call of `Table(name, title, …)` in a function that a study's list of tables calls; what it says is its
title. A figure is an entry of a study's dictionary of figures; what it shows is the first line of what draws it.
"""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from up_to_date import write_or_check

from analysis.diving48.figures import FIGURE_OF
from analysis.diving48.qualitative import TABLE_OF_CLASS
from analysis.published.tables import TABLE_OF_EXPERIMENT
from xdomain.studies.diving48 import LEVELS
from xdomain.studies.temporal_shape import SOURCES

PAGE = Path(__file__).parent / "results.md"
BEGIN, END = "<!-- {} of {} -->\n", "<!-- end of {} -->\n"
PART = re.compile(BEGIN.format("(tables|figures)", r"([\w.,: ]+)") + ".*?" + END.format(r"\1"), re.DOTALL)
# What stands in place of a value in a name or a title; several values are several names.
VALUES: dict[str, tuple[str, ...]] = {
    "source": SOURCES,
    "TABLE_OF_EXPERIMENT[letter]": tuple(map(str, TABLE_OF_EXPERIMENT.values())),
    "name@analysis.diving48.qualitative": tuple(TABLE_OF_CLASS.values()),
    "name@analysis.claims.tables": ("claims",),
    "name@analysis.diving48.figures": tuple(FIGURE_OF),
    "letter": ("LETTER",),
    "_reference(measures)": ("I′",),
    "title@analysis.diving48.curves.table": ("The study",),
    "TOP": ("5",),
    "CLIPS": ("five",),
    "level_text(level)": ("at its level",),
    "100 * experiment.level": (f"{100 * LEVELS[0]:g} to {100 * LEVELS[-1]:g}",),
}
ANY_SUFFIX = re.compile(r".*suffix$")  # of further splits and mask sets
PREFIX = re.compile(r"^(Temporal Shape|Diving48|\{title\})[^:]*: ")


def tables_in(function: FunctionType, seen: set[Callable[..., Any]] | None = None) -> Iterator[tuple[list[str], str]]:
    """Yield the names and the title of each table that a function makes, or one that it calls, in order."""
    seen = set() if seen is None else seen
    if function in seen:
        return
    seen.add(function)
    module = inspect.getmodule(function)
    assert module is not None, function
    calls = [node for node in ast.walk(_tree(function)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id == "Table":
            title = PREFIX.sub("", _texts(call.args[1], module)[0])
            yield _texts(call.args[0], module), title[0].upper() + title[1:]
        elif isinstance(called := _resolved(call.func, module), FunctionType) and _is_ours(called):
            yield from tables_in(called, seen)


def figures_in(holder: Any, module: ModuleType) -> Iterator[tuple[list[str], str]]:
    """Yield the stems of each figure and the first line of what draws it, from where a module lists them."""
    tree = _tree(holder) if isinstance(holder, FunctionType) else ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pairs = [(node.targets[0].slice, node.value)]
        else:
            continue
        for key, value in pairs:
            if isinstance(value, ast.Tuple) and (drawing := _drawing(value.elts[0], module)):
                said = (inspect.getdoc(drawing) or "").split("\n\n")[0].replace("\n", " ").removeprefix("Draw ")
                yield _texts(key, module), said[0].upper() + said[1:].rstrip(".")


def _drawing(node: ast.expr, module: ModuleType) -> Callable[..., Any] | None:
    """Return the function that draws: named alone, or through `partial`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "partial":
        node = node.args[0]
    found = _resolved(node, module)
    return found if isinstance(found, FunctionType) else None


def _tree(function: Any) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _resolved(node: ast.expr, module: ModuleType) -> Any:
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = getattr(module, node.value.id, None)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return None


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.startswith("analysis.")


def _texts(node: ast.expr, module: ModuleType) -> list[str]:
    """Return what a string in the code may be, its values filled in.

    Raises:
        SystemExit: a value is not known here.
    """
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [left + right for left in _texts(node.left, module) for right in _texts(node.right, module)]
    if isinstance(node, ast.JoinedStr):
        texts = [""]
        for part in node.values:
            values = _texts(part.value if isinstance(part, ast.FormattedValue) else part, module)
            texts = [text + value for text in texts for value in values]
        return texts
    source = ast.unparse(node)
    if source.endswith("design.title"):
        return ["{title}"]
    if ANY_SUFFIX.match(source):
        return [""]
    if source in ("DOMAIN_NAMES[source]", "label"):  # before the colon of a title
        return [source]
    known = VALUES.get(f"{source}@{module.__name__}") or VALUES.get(source)
    if known is None:
        raise SystemExit(f"{module.__name__}: say in docs/describe_results.py (VALUES) what {source} may be.")
    return list(known)


def part(kind: str, places: str) -> str:
    """Return a list of tables or figures in Markdown; places are `module:name`, separated by commas."""
    rows: dict[str, list[str]] = {}  # what is said -> the names that it is said of
    for place in places.split(", "):
        name, _, attribute = place.partition(":")
        module = importlib.import_module(name)
        holder: Any = module
        for word in attribute.split("."):
            holder = getattr(holder, word)
        for names, said in tables_in(holder) if kind == "tables" else figures_in(holder, module):
            rows.setdefault(said, []).extend(names)
    lines = [f"| {', '.join(f'`{name}`' for name in dict.fromkeys(names))} | {said} |" for said, names in rows.items()]
    return "\n".join([f"| {kind[:-1]} | what it shows |", "|---|---|", *lines]) + "\n"


def page(text: str) -> str:
    """Return the page with its lists as the code is now."""
    return PART.sub(
        lambda found: BEGIN.format(found[1], found[2]) + part(found[1], found[2]) + END.format(found[1]), text
    )


def main() -> None:
    """Write the lists, or with --check compare them with those that there are."""
    write_or_check(PAGE, page, "describe_results.py")


if __name__ == "__main__":
    main()
