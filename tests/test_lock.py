"""The two locks name the same packages, and the hashed one leaves none unhashed."""

import re
from pathlib import Path

TOP = Path(__file__).parent.parent
UNHASHED = {"torch", "opencv-python"}  # the Makefile says why


def versions(text: str) -> dict[str, str]:
    """Package (with '-' for '_', in lower case) to version."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in pins}


def test_both_locks_pin_the_same_versions():
    plain = versions((TOP / "requirements.lock").read_text())
    hashed = versions((TOP / "requirements-hashed.lock").read_text())
    assert {name: version for name, version in plain.items() if name not in UNHASHED} == hashed


def test_every_package_of_the_hashed_lock_has_a_sha256():
    entries = re.split(r"\n(?=[A-Za-z0-9])", (TOP / "requirements-hashed.lock").read_text().strip())
    assert len(entries) > 50
    for entry in entries:
        assert re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry.splitlines()[0]
