"""A bundle rebuilds its tables elsewhere, without torch, and whatever is wrong with one is a sentence."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_diving import training, write_evaluation, write_training
from made_runs import demo, right_2dot, write_demo, write_run

from analysis.bundle import bundle
from analysis.bundle_files import MANIFEST
from analysis.verify import verify
from analysis.why import why
from xdomain.cli import Group
from xdomain.records import RunFolder
from xdomain.roots import runs_root

STUDIES = ("--study", "ts-demo", "--study", "diving48-demo")
SPEC = "runs/ts-demo/2dot/3dcnn/h2/seed42"
ROOT = Path(__file__).parents[2]


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


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two small studies, and beside it the roots that it was made from."""
    folder = tmp_path_factory.mktemp("bundles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDOMAIN_RUNS", str(folder / "runs"))
        patch.setenv("XDOMAIN_RESULTS", str(folder / "results"))
        write_both()
        done = analysis("bundle", folder / "b.tar.gz", *STUDIES)
    assert done.exit_code == 0, done.output
    return folder / "b.tar.gz"


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


Changed = Callable[..., Path]


@pytest.fixture
def changed(packed: Path, tmp_path: Path) -> Changed:
    """The bundle with one file changed by a function of its bytes."""

    def change(name: str, how: Callable[[bytes], bytes], describe: bool = True) -> Path:
        files = contents(packed)
        return repacked(tmp_path / "changed.tar.gz", {**files, name: how(files[name])}, describe)

    return change


def test_verify_needs_no_torch_and_not_the_runs(packed: Path, tmp_path: Path) -> None:
    code = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {{"torch", "pytorch_lightning", "av", "cv2", "sklearn", "mmseg", "submitit"}}:
            raise ModuleNotFoundError(f"{{name}} is blocked")
sys.meta_path.insert(0, Blocked())
from analysis.verify import verify
verify([{str(packed)!r}])
"""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "ts-demo: 7 tables rebuilt, all equal byte for byte." in done.stdout
    assert "diving48-demo: 23 tables rebuilt, all equal byte for byte." in done.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("xdomain-verify")] == []


def test_a_bundle_names_every_file_and_no_folder_of_this_machine(packed: Path) -> None:
    files = contents(packed)
    assert next(iter(files)) == MANIFEST
    manifest = json.loads(files[MANIFEST])
    assert set(manifest["files"]) == set(files) - {MANIFEST}
    assert all(manifest["files"][n]["sha256"] == hashlib.sha256(files[n]).hexdigest() for n in manifest["files"])
    assert {f"{SPEC}/{name}" for name in ("spec.json", "result.json", "predictions/mnist.parquet")} <= set(files)
    assert "results/ts-demo/tables/accuracy-average.csv" in files
    assert {"numpy", "pandas", "scipy"} <= set(manifest["packages"])
    assert "diving48_ratios.csv" in manifest["published"]
    assert manifest["studies"]["ts-demo"] == {"tolerance": 0.005, "runs": 6, "finished": 4}
    assert not [name for name, content in files.items() if str(packed.parent).encode() in content]
    launch = json.loads(files["runs/ts-demo/launches/20250102-030405/manifest.json"])
    assert launch["command"] == "launch.py ts-grid --profile=mine.toml --set lr=0.01 --tag demo"
    assert "python -m analysis verify THIS_BUNDLE" in files["README.txt"].decode()


def test_equal_runs_make_equal_bytes(packed: Path, roots: Path) -> None:
    write_both()
    assert analysis("bundle", roots / "again.tar.gz", *STUDIES).exit_code == 0
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in (packed, roots / "again.tar.gz")}
    assert len(digests) == 1


def test_digits_of_ones_own_lose_their_folder(roots: Path) -> None:
    spec = demo("2dot", "3dcnn", 2, 42)
    write_run(
        type(spec).from_dict(spec.to_dict() | {"data": vars(spec.data) | {"digits": f"{roots}/mnist"}}),
        right_2dot(5, 5, 4),
    )
    assert analysis("bundle", roots / "b.tar.gz", "--study", "ts-demo").exit_code == 0
    assert not [name for name, content in contents(roots / "b.tar.gz").items() if str(roots).encode() in content]
    assert analysis("verify", roots / "b.tar.gz").exit_code == 0


def test_a_folder_is_a_bundle_too(roots: Path) -> None:
    write_demo()
    stale = RunFolder.of(demo("2dot", "3dcnn", 2, 42)).path
    (stale.parent / "seed42.stale-20250102-030405").mkdir()
    (stale.parent / "seed42.stale-20250102-030405" / "spec.json").write_text((stale / "spec.json").read_text())
    assert analysis("bundle", roots / "b", "--study", "ts-demo").exit_code == 0
    assert not list((roots / "b").rglob("*stale*"))
    done = analysis("verify", roots / "b")
    assert done.exit_code == 0, done.output
    assert analysis("bundle", roots / "b", "--study", "ts-demo").exit_code == 2, "it is there already"
    (roots / "b" / SPEC / "result.json").write_text("{}")
    done = analysis("verify", roots / "b")
    assert done.exit_code == 2
    assert f"{SPEC}/result.json in {roots / 'b'} is not what its MANIFEST.json says" in done.stderr


def test_why_reads_a_bundle(packed: Path) -> None:
    cell = ("accuracy-average", "2dot 3dcnn", "V", "--bundle", packed)
    done = analysis("why", *cell, "--study", "ts-demo")
    assert done.output.splitlines()[1] == "Shown: 70.0 ± 24.5†"
    assert "Since the tables were made" not in done.output
    assert "give one of them with --study" in analysis("why", *cell).stderr
    assert "It is of the studies ts-demo, diving48-demo." in analysis("why", *cell, "--study", "ts").stderr


def test_other_predictions_make_another_table(changed: Changed) -> None:
    """Whoever changes a table, checksums and all, is found out by the predictions."""
    table = "results/ts-demo/tables/accuracy-average.csv"
    done = analysis("verify", changed(table, lambda content: content.replace(b"0.7,", b"0.8,")))
    assert done.exit_code == 1, done.output
    assert "ts-demo/accuracy-average.csv: 1 cells differ, first 'V_mean' of row 1: 0.8 there, 0.7 here" in done.stderr
    assert "Code, Python, packages and published inputs are the same here as there." in done.stderr
    assert "diving48-demo: 23 tables rebuilt, all equal byte for byte." in done.stdout


def test_other_packages_are_named_where_tables_differ(changed: Changed, packed: Path, tmp_path: Path) -> None:
    manifest = json.loads(contents(packed)[MANIFEST])
    manifest["packages"]["numpy"] = "1.0"
    path = changed("results/ts-demo/tables/parameters.csv", lambda _: b"model\n3dcnn\n")
    files = contents(path) | {}
    described = json.loads(files[MANIFEST]) | {"packages": manifest["packages"]}
    done = analysis("verify", repacked(tmp_path / "other.tar.gz", files | {MANIFEST: json.dumps(described).encode()}))
    assert done.exit_code == 1
    assert "numpy is 1.0 there and" in done.stderr


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.999])
def test_a_bundle_cut_short(packed: Path, tmp_path: Path, kept: float) -> None:
    content = packed.read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(content[: int(len(content) * kept)])
    done = analysis("verify", tmp_path / "cut.tar.gz")
    assert done.exit_code == 2
    assert "cut.tar.gz is cut short or no bundle" in done.stderr


def test_what_is_no_bundle(tmp_path: Path) -> None:
    for name, content in (("a.tar.gz", b"nothing"), ("b.tar.gz", gzip.compress(b"nothing"))):
        (tmp_path / name).write_bytes(content)
        assert "is cut short or no bundle" in analysis("verify", tmp_path / name).stderr
    (tmp_path / "c").mkdir()
    assert "has no MANIFEST.json" in analysis("verify", tmp_path / "c").stderr
    assert "has no MANIFEST.json" in (
        analysis("verify", repacked(tmp_path / "d.tar.gz", {"README.txt": b""}, describe=False)).stderr
    )
    assert "give a file that ends in .tar.gz" in analysis("bundle", tmp_path / "b.zip", "--study", "ts-demo").stderr


def test_an_altered_file(changed: Changed) -> None:
    altered = changed(f"{SPEC}/result.json", lambda content: content.replace(b"0.5", b"0.6"), describe=False)
    done = analysis("verify", altered)
    assert done.exit_code == 2
    assert f"{SPEC}/result.json in {altered} is not what its MANIFEST.json says: it was altered or damaged." in (
        done.stderr
    )


def test_another_format(changed: Changed) -> None:
    done = analysis("verify", changed(MANIFEST, lambda text: text.replace(b'"format": 1', b'"format": 2'), False))
    assert done.exit_code == 2
    assert "is a bundle of format 2 and this version reads 1. Use the version that wrote it" in done.stderr


def test_a_result_of_another_format(changed: Changed) -> None:
    done = analysis("verify", changed(f"{SPEC}/result.json", lambda text: text.replace(b'"format": 1', b'"format": 0')))
    assert done.exit_code == 2
    assert "The tables of ts-demo cannot be made from this bundle." in done.stderr
    assert "result.json is of another format than this version writes (1)" in done.stderr


def test_a_missing_file(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    del files[f"{SPEC}/predictions/mnist.parquet"]
    done = analysis("verify", repacked(tmp_path / "less.tar.gz", files, describe=False))
    assert f"lacks {SPEC}/predictions/mnist.parquet, which its MANIFEST.json names" in done.stderr
    done = analysis("verify", repacked(tmp_path / "less.tar.gz", files))
    assert done.exit_code == 2
    assert "mnist.parquet is missing" in done.stderr


def test_two_folders_with_one_run(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    twin = {name.replace("seed42/", "seed43/"): content for name, content in files.items() if name.startswith(SPEC)}
    done = analysis("verify", repacked(tmp_path / "twins.tar.gz", files | twin))
    assert done.exit_code == 2
    assert "seed43 holds the run ts-demo/2dot/3dcnn/h2/seed42" in done.stderr


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt", "runs/../../escaped.txt"])
def test_no_file_leaves_the_folder(packed: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "inner").mkdir()
    done = analysis("verify", repacked(tmp_path / "inner" / "bad.tar.gz", contents(packed) | {name: b"x"}))
    assert done.exit_code == 2
    assert "lies outside it" in done.stderr
    assert not list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_no_link_is_followed(packed: Path, tmp_path: Path, kind: bytes) -> None:
    files = contents(packed)
    path = tmp_path / "links.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == f"{SPEC}/spec.json":
                member.type, member.linkname, member.size, content = kind, "/etc/passwd", 0, b""
            archive.addfile(member, io.BytesIO(content))
    done = analysis("verify", path)
    assert done.exit_code == 2
    assert "is not what its MANIFEST.json says" in done.stderr


def test_a_file_that_the_manifest_does_not_name(packed: Path, tmp_path: Path) -> None:
    files = contents(packed) | {"more.pkl": b"x"}
    done = analysis("verify", repacked(tmp_path / "more.tar.gz", files, describe=False))
    assert done.exit_code == 2
    assert "holds 'more.pkl', which its MANIFEST.json does not name" in done.stderr


def test_a_study_without_runs(tmp_path: Path) -> None:
    done = analysis("bundle", tmp_path / "b.tar.gz")
    assert done.exit_code == 2
    assert "There are no runs of the study 'ts'" in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()
