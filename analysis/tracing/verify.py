"""Verify a bundle: whether the tables of a bundle are what its predictions make."""

import csv
import platform
import tempfile
from importlib.metadata import PackageNotFoundError, version
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.results.making import rebuild_tables
from analysis.runs.unchanged import ROOT
from analysis.tracing.bundle_files import MANIFEST, unpack
from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.core.names import one_line
from xdomain.core.output import say
from xdomain.runs.provenance import code_version
from xdomain.specs.registry import kept_in

if TYPE_CHECKING:
    from xdomain.schema.bundle import BundledStudy, BundleManifest

CELL = 80  # characters of a cell that a message shows


def differences(bundle: Path) -> list[str]:
    """Check every file of a bundle, rebuild its tables, and write a line for each that differs, then the likely causes.

    Raises:
        UserError: the bundle cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="xdomain-verify-") as temporary:
        folder, manifest = unpack(bundle, Path(temporary) / "bundle")
        say(f"{len(manifest.files)} files, each as MANIFEST.json says.")
        rebuilt, differing = Path(temporary) / "rebuilt", _never_rebuilt(manifest)
        for study, described in manifest.studies.items():
            with kept_in(folder / "runs"):
                paths = _rebuild(study, described, folder / "runs", rebuilt)
            differing += _compared(study, folder / "results" / study / "tables", paths)
    return [*differing, *_reasons(manifest)] if differing else []


def _never_rebuilt(manifest: "BundleManifest") -> list[str]:
    """Write a line for each result that is no table of a study that the manifest names: nothing vouches for it."""
    folders = {f"results/{study}/tables" for study in manifest.studies}
    results = [name for name in manifest.files if name.startswith("results/")]
    unnamed = [name for name in results if name.rpartition("/")[0] not in folders]
    return [f"{name}: no table of a study that {MANIFEST} names" for name in unnamed]


def _rebuild(study: str, described: "BundledStudy", runs: Path, results: Path) -> list[Path]:
    try:
        return rebuild_tables(study, described.tolerance, described.halves, runs, results)
    except UserError as error:
        raise UserError(f"The tables of {study} cannot be made from this bundle. {error}") from error


def _compared(study: str, packed: Path, paths: list[Path]) -> list[str]:
    """Write a line for each file that differs, or that only one side has."""
    made = {path.name: path for path in paths}
    theirs = {path.name: path for path in packed.iterdir()} if packed.is_dir() else {}
    lines = [f"{study}/{name}: only in the bundle" for name in sorted(theirs.keys() - made.keys())]
    lines += [f"{study}/{name}: not in the bundle" for name in sorted(made.keys() - theirs.keys())]
    for name in sorted(made.keys() & theirs.keys()):
        if made[name].read_bytes() != theirs[name].read_bytes():
            lines.append(f"{study}/{name}: {_difference(theirs[name], made[name])}")
    tables = sum(name.endswith(".csv") for name in made)
    say(f"{study}: {tables} tables rebuilt, " + ("some differ." if lines else "all equal byte for byte."))
    return lines


def _difference(packed: Path, made: Path) -> str:
    if packed.suffix != ".csv":
        return "differs"
    try:
        sides = [list(csv.reader(path.read_text(encoding="utf-8").splitlines())) for path in (packed, made)]
    except (ValueError, csv.Error):  # theirs is no text, or has a cell without end
        return "differs"
    cells = [
        (number, column, theirs, ours)
        for number, (a, b) in enumerate(zip_longest(*sides, fillvalue=[]))
        for column, (theirs, ours) in enumerate(zip_longest(a, b, fillvalue=""))
        if theirs != ours
    ]
    if not cells:  # but for the ends of lines
        return "differs"
    number, column, theirs, ours = cells[0]
    head = sides[1][0]
    name = head[column] if column < len(head) else f"column {column + 1}"
    there, here = (one_line(text)[:CELL] or "empty" for text in (theirs, ours))
    return f"{len(cells)} cells differ, first {name!r} of row {number}: {there} there, {here} here"


def _reasons(manifest: "BundleManifest") -> list[str]:
    """Say what is not the same here as where the bundle was made."""
    theirs = {"code": manifest.code_version, "Python": manifest.python, **manifest.packages}
    ours = {"code": code_version(), "Python": platform.python_version()}
    ours |= {name: _version(name) for name in manifest.packages}
    lines = [f"{name} is {theirs[name]} there and {ours[name]} here." for name in theirs if theirs[name] != ours[name]]
    published = ROOT / "analysis" / "published"
    for name, digest in manifest.published.items():
        if not (published / name).is_file() or sha256(published / name) != digest:
            lines.append(f"The published input {name} is another one here.")
    return lines or ["Code, Python, packages and published inputs are the same here as there."]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
