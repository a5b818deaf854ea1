"""Bundles that a stranger made: nothing outside is read or written, and nothing grows without end."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hostile_bundles import with_files
from support.hostile_support import Canary, invoked
from support.made_bundles import SPEC, contents, repacked

from analysis.__main__ import main as analysis
from analysis.tracing.bundle_files import MANIFEST

LINEAGE = "results/ts-demo/tables/lineage.json"
WHY = ("why", "accuracy-average", "2dot 3dcnn", "V", "--study", "ts-demo", "--bundle")


def archive(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w:gz", format=form) as made:
        for member, content in members:
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def folder(path: Path, files: dict[str, bytes]) -> Path:
    """A bundle as a folder."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def manifest(packed: Path, change: Callable[[dict], object]) -> dict[str, bytes]:
    """The bundle's files with its manifest changed."""
    files = contents(packed)
    values = json.loads(files[MANIFEST])
    change(values)
    return files | {MANIFEST: json.dumps(values).encode()}


def assert_refused_by_both(bundle: Path, canary: Canary, *words: str) -> None:
    for command in (("verify",), WHY):
        outcome = invoked(analysis, *command, bundle)
        outcome.assert_refused(*words)
        canary.assert_untouched(outcome)
        assert not any(str(path).startswith("/dev/zero") for path in outcome.opened)


# Names in the manifest


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.update(published={"/dev/zero": "0" * 64}),
        lambda values: values.update(published={"../../README.md": "0" * 64}),
        lambda values: values.update(studies={"..": {"tolerance": 0.005}}),
        lambda values: values.update(studies={"a/../b": {"tolerance": 0.005}}),
        lambda values: values.update(studies={"ts-demo": {"tolerance": 1e308}}),
        lambda values: values.update(packages={"numpy\x1b[2J": "1"}),
        lambda values: values.update(code_version="\x1b]0;owned\x07"),
        lambda values: values.update(files={**values["files"], "/etc/passwd": {"sha256": "0" * 64, "bytes": 1}}),
        lambda values: values.update(files={**values["files"], "runs/../x": {"sha256": "0" * 64, "bytes": 1}}),
        lambda values: values.update(files={**values["files"], "runs//x": {"sha256": "0" * 64, "bytes": 1}}),
        lambda values: values.update(files={**values["files"], "x" * 5000: {"sha256": "0" * 64, "bytes": 1}}),
        lambda values: values.update(files={**values["files"], "x": {"sha256": "0" * 64, "bytes": -1}}),
        lambda values: values.update(files={**values["files"], "x": {"sha256": 7, "bytes": 1}}),
        lambda values: values.update(files={**values["files"], "x": {"sha256": "0" * 64, "bytes": 10**15}}),
        lambda values: values.update(format="\x1b[31m2"),
    ],
    ids=lambda change: None,
)
def test_a_manifest_with_names_that_lead_outside(packed: Path, tmp_path: Path, canary: Canary, change) -> None:
    bundle = repacked(tmp_path / "bad.tar.gz", manifest(packed, change), describe=False)
    outcome = invoked(analysis, "verify", bundle)
    outcome.assert_refused("bad.tar.gz")
    canary.assert_untouched(outcome)


@pytest.mark.parametrize("text", [b"[" * 200_000, b'{"a":' * 100_000, b"\xff\xfe", b"null", b"1e999", b'{"format": 1}'])
def test_a_manifest_that_is_none(packed: Path, tmp_path: Path, canary: Canary, text: bytes) -> None:
    bundle = repacked(tmp_path / "bad.tar.gz", contents(packed) | {MANIFEST: text}, describe=False)
    assert_refused_by_both(bundle, canary, "has no MANIFEST.json")


# Archives that unpack to too much


def test_a_sparse_member(packed: Path, tmp_path: Path, canary: Canary) -> None:
    """812 bytes that say they are 200 MB, in GNU's old way and in that of PAX."""
    first = tarfile.TarInfo(MANIFEST)
    old = tarfile.TarInfo("README.txt")
    old.type = tarfile.GNUTYPE_SPARSE
    pax = tarfile.TarInfo("README.txt")
    pax.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(200 << 20)}
    told = manifest(packed, lambda values: values["files"]["README.txt"].update(bytes=200 << 20))[MANIFEST]
    for member in (old, pax):
        content = b"1\n0\n1\n".ljust(512, b"\0") + b"x"
        bundle = archive(tmp_path / "sparse.tar.gz", [(first, told), (member, content)])
        outcome = invoked(analysis, "verify", bundle)
        outcome.assert_refused("sparse.tar.gz")
        canary.assert_untouched(outcome)


def test_a_header_of_gigabytes(packed: Path, tmp_path: Path, canary: Canary) -> None:
    first = tarfile.TarInfo(MANIFEST)
    for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
        head = tarfile.TarInfo("head")
        head.type, head.size = kind, 1 << 30
        path = tmp_path / "header.tar.gz"
        with gzip.open(path, "wb", compresslevel=1) as file:
            told = contents(packed)[MANIFEST]
            first.size = len(told)
            file.write(first.tobuf() + told.ljust(-(-len(told) // 512) * 512, b"\0") + head.tobuf())
            for _ in range(40):  # the archive is longer than any bound needs it to be
                file.write(bytes(1 << 20))
        assert_refused_by_both(path, canary, "header.tar.gz")


def test_headers_without_end(packed: Path, tmp_path: Path, canary: Canary) -> None:
    head = tarfile.TarInfo("head")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, 4
    path = tmp_path / "headers.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write((head.tobuf(tarfile.GNU_FORMAT) + b"name".ljust(512, b"\0")) * 20_000)
    assert_refused_by_both(path, canary, "headers.tar.gz")


@pytest.mark.parametrize("name", [LINEAGE, "README.txt"])
def test_an_archive_that_unpacks_to_gigabytes(packed: Path, tmp_path: Path, canary: Canary, name: str) -> None:
    zeros = 256 << 20
    told = manifest(packed, lambda values: values["files"][name].update(bytes=zeros))[MANIFEST]
    first, bomb = tarfile.TarInfo(MANIFEST), tarfile.TarInfo(name)
    first.size, bomb.size = len(told), zeros
    path = tmp_path / "bomb.tar.gz"
    # One block of zeros compressed, many times: a stream of gzip members is one file.
    block = gzip.compress(bytes(64 << 20), 9)
    head = gzip.compress(first.tobuf() + told.ljust(-(-len(told) // 512) * 512, b"\0") + bomb.tobuf())
    path.write_bytes(head + block * 4)
    assert_refused_by_both(path, canary, "bomb.tar.gz")


# What is no regular file


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_a_member_that_is_no_file(packed: Path, tmp_path: Path, canary: Canary, kind: bytes) -> None:
    members = []
    for name, content in contents(packed).items():
        member = tarfile.TarInfo(name)
        if name == LINEAGE:
            member.type, member.linkname, content = kind, str(canary.folder / "lineage.json"), b""
            member.devmajor, member.devminor = 1, 5
        members.append((member, content))
    assert_refused_by_both(archive(tmp_path / "link.tar.gz", members), canary, LINEAGE)


def test_a_pipe_in_a_folder(packed: Path, tmp_path: Path, canary: Canary) -> None:
    for name in (MANIFEST, LINEAGE, "more"):
        bundle = folder(tmp_path / f"pipe-{name.rpartition('/')[2]}", contents(packed))
        (bundle / name).unlink(missing_ok=True)
        os.mkfifo(bundle / name)
        outcome = invoked(analysis, "verify", bundle)
        outcome.assert_refused("regular file")
        canary.assert_untouched(outcome)


def test_a_folder_behind_a_link(packed: Path, tmp_path: Path, canary: Canary) -> None:
    """A file in it was changed; and what the folder is, may change again after it was checked."""
    bundle = folder(tmp_path / "bundle", contents(packed))
    (bundle / SPEC).rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "metrics.csv").write_text("changed")
    (bundle / SPEC).symlink_to(tmp_path / "elsewhere")
    outcome = invoked(analysis, "verify", bundle)
    outcome.assert_refused("regular file")
    (bundle / "results").rename(tmp_path / "results-elsewhere")
    (bundle / "results").symlink_to(tmp_path / "results-elsewhere")
    invoked(analysis, *WHY, bundle).assert_refused("regular file")


def test_every_file_of_a_folder_is_compared(packed: Path, tmp_path: Path) -> None:
    for name in (f"{SPEC}/spec.json", f"{SPEC}/predictions/mnist.parquet", "README.txt"):
        bundle = folder(tmp_path / f"changed-{len(name)}", contents(packed))
        (bundle / name).write_bytes((bundle / name).read_bytes() + b" ")
        invoked(analysis, "verify", bundle).assert_refused(name, "was altered or damaged")


# What the files say


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values["runs"][0].update(recipe=10**6),
        lambda values: values["runs"][0].update(status="\x1b[2Jfinished"),
        lambda values: values["runs"][0].update(id="a\nb"),
        lambda values: values["runs"][0].update(id="ts-demo/2dot; touch x/3dcnn/h2/seed42"),
        lambda values: values["recipes"][0].update(source="2dot; touch x"),
        lambda values: values["recipes"][0].update(variant="x; touch x"),
        lambda values: values["provenance"][0].update(code_version="\x1b]0;x\x07"),
        lambda values: values["provenance"][0].update(data=7),
        lambda values: values["tables"]["accuracy-average"][0].update(runs=[-1]),
        lambda values: values["tables"]["accuracy-average"][0].update(shown=[]),
        lambda values: values["needs"].clear(),
        lambda values: values["columns"].clear(),
        lambda values: values.update(notes=["\x1b[2J"]),
        lambda values: values.update(study="ts; touch x"),
        lambda values: values.update(runs="none"),
    ],
    ids=lambda change: None,
)
def test_a_lineage_that_says_too_much(packed: Path, tmp_path: Path, canary: Canary, change) -> None:
    values = json.loads(contents(packed)[LINEAGE])
    change(values)
    bundle = with_files(packed, tmp_path / "bad.tar.gz", **{LINEAGE: json.dumps(values).encode()})
    outcome = invoked(analysis, *WHY, bundle)
    outcome.assert_refused("lineage.json")
    canary.assert_untouched(outcome)


def test_commands_to_copy_are_quoted(packed: Path, tmp_path: Path) -> None:
    """A code version that is none is no argument of git, and what a shell would read stands in quotes."""
    values = json.loads(contents(packed)[LINEAGE])
    for made in values["provenance"]:
        made["code_version"] = "0123456789ab; touch x"
    for row in values["tables"]["accuracy-average"]:
        row["row"] = ["2dot $(touch x)", "3dcnn"]
    bundle = with_files(packed, tmp_path / "bad.tar.gz", **{LINEAGE: json.dumps(values).encode()})
    outcome = invoked(analysis, *WHY, bundle)
    assert outcome.code == 0, outcome.output
    assert "git checkout" not in outcome.output
    assert "accuracy-average '2dot $(touch x) 3dcnn' V --study ts-demo" in outcome.output
    outcome.assert_printable()


@pytest.mark.parametrize("text", [b"[" * 200_000, b"\0", b"{}", b'{"format": 2}', b'{"format": 1, "id": "x"}'])
def test_a_result_that_is_none(packed: Path, tmp_path: Path, canary: Canary, text: bytes) -> None:
    bundle = with_files(packed, tmp_path / "bad.tar.gz", **{f"{SPEC}/result.json": text})
    outcome = invoked(analysis, "verify", bundle)
    outcome.assert_refused("result.json")
    canary.assert_untouched(outcome)


@pytest.mark.parametrize("text", [b'"', b"\xff\xfe\x00", b"\x1b[2J,x\n"])
def test_a_table_that_was_replaced(packed: Path, tmp_path: Path, text: bytes) -> None:
    bundle = with_files(packed, tmp_path / "bad.tar.gz", **{"results/ts-demo/tables/accuracy-average.csv": text})
    outcome = invoked(analysis, "verify", bundle)
    assert outcome.code == 1, outcome.output
    assert "ts-demo/accuracy-average.csv: " in outcome.output
    assert "Traceback" not in outcome.output
    outcome.assert_printable()
