"""Whatever is wrong with a bundle is a sentence, and nothing of it is written elsewhere."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.made_bundles import SPEC, analysis, contents, repacked

from analysis.tracing.bundle_files import MANIFEST

Changed = Callable[..., Path]


@pytest.fixture
def changed(packed: Path, tmp_path: Path) -> Changed:
    """The bundle with one file changed by a function of its bytes."""

    def change(name: str, how: Callable[[bytes], bytes], describe: bool = True) -> Path:
        files = contents(packed)
        return repacked(tmp_path / "changed.tar.gz", {**files, name: how(files[name])}, describe)

    return change


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


def test_a_file_that_is_there_twice(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    path = tmp_path / "twice.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [*files.items(), ("README.txt", files["README.txt"])]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert "README.txt in" in analysis("verify", path).stderr


@pytest.mark.parametrize("name", ["files", "studies"])
@pytest.mark.parametrize("value", [{}, {"a": 1}, ["a"], None])
def test_a_manifest_of_another_shape(packed: Path, tmp_path: Path, name: str, value: object) -> None:
    files = contents(packed)
    files[MANIFEST] = json.dumps(json.loads(files[MANIFEST]) | {name: value}).encode()
    done = analysis("verify", repacked(tmp_path / "odd.tar.gz", files, describe=False))
    assert done.exit_code == 2
    assert "or a damaged one" in done.stderr


def test_no_table_is_written_outside(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    manifest = json.loads(files[MANIFEST])
    manifest["studies"] = {"../../escaped": manifest["studies"]["ts-demo"]}
    files[MANIFEST] = json.dumps(manifest).encode()
    done = analysis("verify", repacked(tmp_path / "odd.tar.gz", files, describe=False))
    assert done.exit_code == 2
    assert "has to be a plain name" in done.stderr


def test_a_study_without_runs(tmp_path: Path) -> None:
    done = analysis("bundle", tmp_path / "b.tar.gz")
    assert done.exit_code == 2
    assert "There are no runs of the study 'ts'" in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()
