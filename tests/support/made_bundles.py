"""Bundles of two small studies, and what a test needs to change one."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.commands.bundle import bundle
from analysis.commands.verify import verify
from analysis.commands.why import why
from analysis.tracing.bundle_files import MANIFEST
from support.made_diving import training, write_evaluation, write_training
from support.made_runs import write_demo
from support.roots import set_roots
from xdomain.core.cli import Group
from xdomain.core.roots import runs_root

STUDIES = ("--study", "ts-demo", "--study", "diving48-demo")
SPEC = "runs/ts-demo/2dot/3dcnn/h2/seed42"


def analysis(*words: str | Path) -> Result:
    return CliRunner().invoke(Group("analysis", commands=[bundle, verify, why]), [str(word) for word in words])


def write_launch(folder: Path) -> None:
    """A launch whose manifest names folders of this machine, as launches do."""
    manifest = runs_root() / "ts-demo/launches/20250102-030405/manifest.json"
    values = json.loads(manifest.read_text())
    values["command"] = f"{folder}/jobs/launch.py ts-grid --profile={folder}/mine.toml --set lr=0.01 --tag demo"
    values["environment"] = {"XDOMAIN_RUNS": str(folder / "runs")}
    manifest.write_text(json.dumps(values))


def write_both() -> None:
    write_demo()
    write_launch(runs_root().parent)
    write_training(training("3dcnn-4blocks"))
    write_evaluation(training("3dcnn-4blocks"), "S1", 0.4)


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def repacked(path: Path, files: dict[str, bytes], describe: bool = True) -> Path:
    """A bundle of these files; `describe`: its MANIFEST.json is made to fit them."""
    if describe:
        manifest = json.loads(files[MANIFEST])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
            if name != MANIFEST
        }
        files = {**files, MANIFEST: json.dumps(manifest).encode()}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def pack_both(folder: Path) -> Path:
    """Bundle two small studies, written below `folder` as the roots that the bundle is made from."""
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, runs=folder / "runs", results=folder / "results")
        write_both()
        done = analysis("bundle", folder / "b.tar.gz", *STUDIES)
    assert done.exit_code == 0, done.output
    return folder / "b.tar.gz"
