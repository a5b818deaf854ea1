"""docs/architecture.md draws the imports as they are."""

import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent
PACKAGES = ("jobs", "xdomain", "segment", "analysis", "xdomain_cli")


def test_the_drawing_is_that_of_the_imports(tmp_path):
    command = [sys.executable, TOP / "docs" / "draw_rooms.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rooms_that_import_in_a_circle_are_named(tmp_path):
    """The script on a tree of its own, where top imports a and leaf, a imports c, c imports b, and b imports a."""
    (tmp_path / "docs").mkdir()
    for name in ("draw_rooms.py", "up_to_date.py"):
        shutil.copy(TOP / "docs" / name, tmp_path / "docs")
    (tmp_path / "docs" / "architecture.md").write_text("")
    for room, others in (("a", "c"), ("b", "a"), ("c", "b"), ("leaf", ""), ("top", ("a", "leaf"))):
        (tmp_path / "jobs" / room).mkdir(parents=True)
        (tmp_path / "jobs" / room / "x.py").write_text("".join(f"import jobs.{other}.x\n" for other in others))
    command = [sys.executable, tmp_path / "docs" / "draw_rooms.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "A circle of imports: jobs.a → jobs.c → jobs.b → jobs.a\n"


def test_every_room_is_described():
    text = (TOP / "docs" / "architecture.md").read_text()
    folders = {path.parent for package in PACKAGES for path in TOP.glob(f"{package}/**/*.py")}
    rooms = {
        folder.relative_to(TOP).as_posix()
        for folder in folders
        if any(path.name != "__init__.py" for path in folder.glob("*.py")) and folder.parent != TOP
    }
    assert rooms
    assert [room for room in sorted(rooms) if f"| `{room}/` |" not in text] == []


def test_no_room_has_more_than_a_dozen_files():
    crowded = {
        folder: count
        for package in PACKAGES
        for folder in (TOP / package).rglob("*")
        if folder.is_dir() and (count := sum(path.name != "__init__.py" for path in folder.glob("*.py"))) > 12
    }
    assert crowded == {}


def test_the_page_of_each_package_names_its_rooms():
    for package in PACKAGES:
        text = (TOP / package / "README.md").read_text()
        rooms = sorted(path.parent.name for path in (TOP / package).glob("*/__init__.py"))
        assert [room for room in rooms if f"[{room}/]({room})" not in text] == [], package
