"""`python -m analysis verify`: whether the tables of a bundle are what its predictions make."""

import csv
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from analysis.bundle_files import unpacked
from analysis.making import write_tables
from analysis.unchanged import ROOT
from xdomain.errors import UserError
from xdomain.files import sha256
from xdomain.provenance import code_version


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
def verify(bundle: Path) -> None:
    """Check every file of BUNDLE, rebuild its tables from its predictions, and compare them byte for byte.

    Works in a temporary folder, without GPU, cluster or torch. Exit code 0: every file is as its MANIFEST.json says
    and every table came out equal. 1: some table came out different; they are named. 2: the bundle cannot be used.

    \b
    Examples:
      python -m analysis verify paper.tar.gz
    """
    with tempfile.TemporaryDirectory(prefix="xdomain-verify-") as temporary:
        folder, manifest = unpacked(bundle, Path(temporary) / "bundle")
        click.echo(f"{len(manifest['files'])} files, each as MANIFEST.json says.")
        rebuilt, differing = Path(temporary) / "rebuilt", []
        for study, described in manifest["studies"].items():
            with roots(folder / "runs", rebuilt):
                paths = _rebuild(study, described["tolerance"])
            differing += _compared(study, folder / "results" / study / "tables", paths)
    if differing:
        click.echo("\n".join(["These differ from what the bundle holds:", *differing, *_reasons(manifest)]), err=True)
        sys.exit(1)
    click.echo("Every table of the bundle is what its predictions make.")


@contextmanager
def roots(runs: Path, results: Path) -> Iterator[None]:
    """Have runs read and results written there."""
    before = dict(os.environ)
    os.environ |= {"XDOMAIN_RUNS": str(runs), "XDOMAIN_RESULTS": str(results)}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _rebuild(study: str, tolerance: float) -> list[Path]:
    try:
        return write_tables(study, (), tolerance)[1]
    except UserError as error:
        raise UserError(f"The tables of {study} cannot be made from this bundle. {error}") from error


def _compared(study: str, packed: Path, paths: list[Path]) -> list[str]:
    """A line for each file that differs, or that only one side has."""
    made = {path.name: path for path in paths}
    there = {path.name: path for path in packed.iterdir()} if packed.is_dir() else {}
    lines = [f"{study}/{name}: only in the bundle" for name in sorted(there.keys() - made.keys())]
    lines += [f"{study}/{name}: not in the bundle" for name in sorted(made.keys() - there.keys())]
    for name in sorted(made.keys() & there.keys()):
        if made[name].read_bytes() != there[name].read_bytes():
            lines.append(f"{study}/{name}: {_difference(there[name], made[name])}")
    tables = sum(name.endswith(".csv") for name in made)
    click.echo(f"{study}: {tables} tables rebuilt, " + ("some differ." if lines else "all equal byte for byte."))
    return lines


def _difference(packed: Path, made: Path) -> str:
    if packed.suffix != ".csv":
        return "differs"
    sides = [list(csv.reader(path.read_text(encoding="utf-8").splitlines())) for path in (packed, made)]
    cells = [
        (number, column, theirs, ours)
        for number, (a, b) in enumerate(zip_longest(*sides, fillvalue=[]))
        for column, (theirs, ours) in enumerate(zip_longest(a, b, fillvalue=""))
        if theirs != ours
    ]
    number, column, theirs, ours = cells[0]
    name = sides[0][0][column] if column < len(sides[0][0]) else f"column {column + 1}"
    return (
        f"{len(cells)} cells differ, first {name!r} of row {number}: {theirs or 'empty'} there, {ours or 'empty'} here"
    )


def _reasons(manifest: dict[str, Any]) -> list[str]:
    """What is not the same here as where the bundle was made."""
    theirs = {"code": manifest["code_version"], "Python": manifest["python"], **manifest["packages"]}
    ours = {"code": code_version(), "Python": platform.python_version()}
    ours |= {name: version(name) for name in manifest["packages"]}
    lines = [f"{name} is {theirs[name]} there and {ours[name]} here." for name in theirs if theirs[name] != ours[name]]
    published = ROOT / "analysis" / "published"
    for name, digest in manifest["published"].items():
        if not (published / name).exists() or sha256(published / name) != digest:
            lines.append(f"The published input {name} is another one here.")
    return lines or ["Code, Python, packages and published inputs are the same here as there."]
