"""Draw the rooms of the packages and who imports whom, from the imports, into docs/architecture.md.

    python docs/draw_rooms.py           redraw
    python docs/draw_rooms.py --check   end with 1 if the drawing is out of date

A room is a folder with modules in it. An arrow means "imports"; an arrow that two others already imply is left out, so
that the drawing can be remembered. Between packages one arrow stands for all.
"""

import ast
import re
from pathlib import Path

from up_to_date import write_or_check

TOP = Path(__file__).parent.parent
PACKAGES = ("xdomain_cli", "jobs", "analysis", "segment", "xdomain")
NAMED = re.compile(r"([\w.]+):\w+")  # an object as plain data: imported when it is called for
PAGE = TOP / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: drawn by docs/draw_rooms.py -->\n", "<!-- end of the drawing -->\n"


def modules() -> dict[str, Path]:
    """Find every module by its dotted name; a package is the name of its folder."""
    files = [path for package in PACKAGES for path in sorted((TOP / package).rglob("*.py"))]
    return {".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def room_of(module: str, path: Path) -> str:
    """Return the folder that a module is in; a package's own file is in its folder."""
    return module if path.name == "__init__.py" else module.rpartition(".")[0]


def imports(known: dict[str, Path]) -> set[tuple[str, str]]:
    """List (room, room it imports), for different rooms."""
    arrows = set()
    for module, path in known.items():
        room = room_of(module, path)
        for node in ast.walk(ast.parse(path.read_text())):
            for name in imported_names(node):
                target = next((part for part in (name, name.rpartition(".")[0]) if part in known), None)
                by_name = isinstance(node, ast.Constant)  # within a package, a registry that is filled from above
                inside = name.partition(".")[0] == room.partition(".")[0]
                if target and room_of(target, known[target]) != room and not (by_name and inside):
                    arrows.add((room, room_of(target, known[target])))
    return arrows


def imported_names(node: ast.AST) -> list[str]:
    """List the dotted names that an import statement, or a string such as "jobs.commands.launch:main", may mean."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and (named := NAMED.fullmatch(node.value)):
        return [named[1]]
    return []


def without_implied(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out the arrows that a longer way implies; without a circle, every way has an end."""
    onward: dict[str, set[str]] = {}
    for start, end in arrows:
        onward.setdefault(start, set()).add(end)

    def reaches(start: str, end: str) -> bool:
        return any(step == end or reaches(step, end) for step in onward.get(start, ()))

    return {(a, b) for a, b in arrows if not any(step != b and reaches(step, b) for step in onward[a])}


def layers(rooms: list[str], arrows: set[tuple[str, str]]) -> dict[str, int]:
    """Count the rooms below each along the longest way down; 0 imports no other."""
    depth: dict[str, int] = {}

    def measure(room: str, above: tuple[str, ...] = ()) -> int:
        if room in above:
            raise SystemExit(f"A circle of imports: {' → '.join([*above[above.index(room) :], room])}")
        if room not in depth:
            below = [end for start, end in arrows if start == room]
            depth[room] = max((1 + measure(end, (*above, room)) for end in below), default=0)
        return depth[room]

    for room in rooms:
        measure(room)
    return depth


def drawing() -> str:
    """Draw in mermaid how the packages stand to each other, then each one's rooms."""
    known = modules()
    arrows = imports(known)
    rooms = sorted({room_of(module, path) for module, path in known.items() if path.name != "__init__.py"})
    between = {(a.partition(".")[0], b.partition(".")[0]) for a, b in arrows}
    boxes = [f"  {package}[{package}/]" for package in PACKAGES]
    charts = [chart("The packages", [*boxes, *(f"  {a} --> {b}" for a, b in sorted(between) if a != b)])]
    for package in PACKAGES:
        inside = [room for room in rooms if room == package or room.startswith(f"{package}.")]
        within = {(a, b) for a, b in arrows if a in inside and b in inside}
        if not within:
            continue
        depth = layers(inside, within)  # which refuses a circle
        own = without_implied(within)
        boxes = [f"  {node(r)}[{label(r)}]" for r in sorted(inside, key=lambda room: (-depth[room], room))]
        charts.append(chart(f"{package}/", [*boxes, *(f"  {node(a)} --> {node(b)}" for a, b in sorted(own))]))
    return "\n".join(charts)


def chart(title: str, lines: list[str]) -> str:
    """Write one chart with its heading."""
    return "\n".join([f"**{title}**", "", "```mermaid", "flowchart TB", *lines, "```", ""])


def node(room: str) -> str:
    """Name a room in the drawing, where a package's own files must not be called like their box."""
    return room if "." in room else f"{room}.main"


def label(room: str) -> str:
    """Name a room below its package; the package's own files are its commands."""
    return room.partition(".")[2].replace(".", "/") or "commands as typed"


def redrawn(text: str) -> str:
    """Return the page with the drawing as the imports are now."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + drawing() + END + rest.partition(END)[2]


def main() -> None:
    """Redraw, or with --check compare."""
    write_or_check(PAGE, redrawn, "draw_rooms.py")


if __name__ == "__main__":
    main()
