"""Unpacking: whole files in the right places, nothing anywhere else, whatever the archive says."""

import gzip
import io
import os
import stat
import subprocess
import tarfile
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.datasets.download.archive import extract as extracting
from xdomain.datasets.download.archive import members
from xdomain.datasets.download.archive.extract import extract
from xdomain.datasets.download.sources import as_named

CONTENT = {f"rgb/clip_{i:05}.mp4": np.random.default_rng(i).bytes(1000 + i) for i in range(20)}


def tar_gz(path: Path, *extra: tarfile.TarInfo, content: dict[str, bytes] = CONTENT) -> Path:
    """A .tar.gz of `content`, then of `extra` (whose data is zeros)."""
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(entry("./", tarfile.DIRTYPE))
        tar.addfile(entry("rgb", tarfile.DIRTYPE))
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o4777
            tar.addfile(info, io.BytesIO(data))
        for info in extra:
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def unpack(archive: Path, folder: Path, place: Callable[[str], str | None] = as_named) -> dict[str, int]:
    return extract(archive, folder, place, tqdm(disable=True))


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """The folder to unpack into; all around it must stay as it is."""
    return tmp_path / "outer" / "inner"


def test_a_tar_gz_is_unpacked_with_permissions_of_our_own(tmp_path, inner):
    made = unpack(tar_gz(tmp_path / "a.tar.gz"), inner)
    assert files_below(inner) == CONTENT
    assert made == {name: len(data) for name, data in CONTENT.items()}
    for path in inner.rglob("*.mp4"):
        assert not stat.S_IMODE(path.stat().st_mode) & (stat.S_ISUID | stat.S_ISGID | 0o111)


def test_a_zip_is_unpacked_without_what_macos_adds(tmp_path, inner):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("rgb")
        for name, data in CONTENT.items():
            archive.writestr(name, data)
        archive.writestr("__MACOSX/rgb/._clip_00000.mp4", b"junk")
        archive.writestr("rgb/.DS_Store", b"junk")
    unpack(tmp_path / "a.zip", inner)
    assert files_below(inner) == CONTENT


def test_the_bar_ends_at_the_archives_size(tmp_path, inner):
    archive = tar_gz(tmp_path / "a.tar.gz")
    bar, counted = tqdm(disable=True), []
    bar.update = counted.append
    extract(archive, inner, as_named, bar)
    assert sum(counted) == archive.stat().st_size


def test_complete_files_are_passed_over_and_others_made_again(tmp_path, inner):
    archive = tar_gz(tmp_path / "a.tar.gz")
    unpack(archive, inner)
    first, second, *_ = (inner / name for name in CONTENT)
    before = first.stat().st_mtime_ns
    second.write_bytes(b"short")
    (inner / "rgb" / ".unpacking.tmp").write_bytes(b"what a kill left")
    unpack(archive, inner)
    assert files_below(inner) == CONTENT
    assert first.stat().st_mtime_ns == before


HOSTILE = [
    (entry("/tmp/evil"), "'/tmp/evil', an absolute path"),
    (entry("C:/evil"), "an absolute path"),
    (entry("../evil"), "'../evil', a path that leads out"),
    (entry("rgb/../../evil"), "a path that leads out"),
    (entry("../evil", tarfile.DIRTYPE), "a path that leads out"),
    (entry("rgb\\..\\evil"), "a backslash"),
    (entry("rgb/a\nb"), "a control character"),
    (entry("x" * 300), "a name too long"),
    (entry("out", tarfile.SYMTYPE, "../../outer"), "'out', a symbolic link"),
    (entry("out", tarfile.SYMTYPE, "rgb"), "'out', a symbolic link"),
    (entry("out", tarfile.LNKTYPE, "/etc/passwd"), "'out', a hard link"),
    (entry("null", tarfile.CHRTYPE), "'null', a device"),
    (entry("disk", tarfile.BLKTYPE), "'disk', a device"),
    (entry("pipe", tarfile.FIFOTYPE), "'pipe', a pipe"),
    (entry("rgb/clip_00000.mp4", size=3), "has both 'rgb/clip_00000.mp4' and 'rgb/clip_00000.mp4' for one place"),
    (entry("RGB/Clip_00000.mp4"), "has both 'rgb/clip_00000.mp4' and 'RGB/Clip_00000.mp4'"),
    (entry("rgb/clip_00000.mp4/x"), "for one place"),
    (entry("rgb"), "for one place"),
]


@pytest.mark.parametrize(("bad", "said"), HOSTILE, ids=[said for _, said in HOSTILE])
def test_a_hostile_tar_is_refused_by_name(tmp_path, inner, bad, said):
    archive = tar_gz(tmp_path / "a.tar.gz", bad)
    with pytest.raises(UserError) as error:
        unpack(archive, inner)
    assert said in str(error.value)
    assert str(archive) in str(error.value)
    assert files_below(tmp_path / "outer") == {f"inner/{name}": data for name, data in CONTENT.items()}
    assert not any(path.is_symlink() for path in inner.rglob("*"))


def test_a_sparse_file_is_refused(tmp_path, inner):
    (tmp_path / "hole").touch()
    os.truncate(tmp_path / "hole", 1 << 30)
    subprocess.run(["tar", "-C", tmp_path, "-czSf", tmp_path / "a.tar.gz", "hole"], check=True)
    with pytest.raises(UserError, match="'hole', a sparse"):
        unpack(tmp_path / "a.tar.gz", inner)


@pytest.mark.parametrize(
    ("mode", "name", "said"),
    [
        (stat.S_IFLNK, "out", "'out', a symbolic link"),
        (stat.S_IFCHR, "null", "'null', a special file"),
        (stat.S_IFREG, "../evil", "a path that leads out"),
        (stat.S_IFREG, "/evil", "an absolute path"),
        (stat.S_IFREG, "A.MP4", "has both 'a.mp4' and 'A.MP4'"),
    ],
)
def test_a_hostile_zip_is_refused_by_name(tmp_path, inner, mode, name, said):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.mp4", b"fine")
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    with pytest.raises(UserError) as error:
        unpack(tmp_path / "a.zip", inner)
    assert said in str(error.value)
    assert files_below(tmp_path / "outer") == {"inner/a.mp4": b"fine"}


def test_an_encrypted_zip_is_refused(tmp_path, inner):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.mp4", b"secret")
    damaged = bytearray((tmp_path / "a.zip").read_bytes())
    damaged[damaged.index(b"PK\x01\x02") + 8] |= members.ENCRYPTED
    (tmp_path / "a.zip").write_bytes(damaged)
    with pytest.raises(UserError, match="encrypted"):
        unpack(tmp_path / "a.zip", inner)


def test_a_bomb_is_not_unpacked(tmp_path, inner, monkeypatch):
    monkeypatch.setattr(extracting, "SMALL", 1_000_000)
    archive = tar_gz(tmp_path / "a.tar.gz", entry("rgb/zeros.mp4", size=50_000_000))
    with pytest.raises(UserError, match=r"would unpack to more than .*'rgb/zeros.mp4' is beyond"):
        unpack(archive, inner)
    assert not (inner / "rgb/zeros.mp4").exists()


def test_too_many_entries_are_not_unpacked(tmp_path, inner, monkeypatch):
    monkeypatch.setattr(extracting, "MOST_ENTRIES", 10)
    with pytest.raises(UserError, match="more than 10 files"):
        unpack(tar_gz(tmp_path / "a.tar.gz"), inner)


def test_a_header_without_end_is_not_read(tmp_path, inner, monkeypatch):
    monkeypatch.setattr(members, "LONGEST_HEADER", 1 << 20)
    archive = tar_gz(tmp_path / "a.tar.gz", entry("long", tarfile.GNUTYPE_LONGNAME, size=2 << 20))
    with pytest.raises(UserError, match="one of its headers is too long"):
        unpack(archive, inner)


def test_zeros_without_end_are_not_read(tmp_path, inner, monkeypatch):
    monkeypatch.setattr(members, "LONGEST_END", 1 << 20)
    archive = tar_gz(tmp_path / "a.tar.gz")
    archive.write_bytes(archive.read_bytes() + gzip.compress(bytes(2 << 20)))
    with pytest.raises(UserError, match="behind its last file"):
        unpack(archive, inner)


@pytest.mark.parametrize("cut", [1, 4, 9, 2000, 12_000])
def test_a_truncated_tar_gz_is_said_to_be_damaged(tmp_path, inner, cut):
    archive = tar_gz(tmp_path / "a.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-cut])
    with pytest.raises(UserError, match=r"a\.tar\.gz is damaged"):
        unpack(archive, inner)
    assert all(CONTENT[name] == data for name, data in files_below(inner).items())  # what has its name is whole


@pytest.mark.parametrize("where", [20, 3000, 9000, -6])
def test_a_flipped_byte_in_a_tar_gz_is_noticed(tmp_path, inner, where):
    archive = tar_gz(tmp_path / "a.tar.gz")
    damaged = bytearray(archive.read_bytes())
    damaged[where] ^= 0xFF
    archive.write_bytes(damaged)
    with pytest.raises(UserError):
        unpack(archive, inner)


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path, inner):
    """tarfile ends quietly at a header whose checksum is wrong."""
    plain = bytearray(gzip.decompress(tar_gz(tmp_path / "a.tar.gz").read_bytes()))
    plain[plain.index(b"rgb/clip_00010.mp4")] ^= 1
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(plain))
    with pytest.raises(UserError, match="unreadable behind its last file"):
        unpack(tmp_path / "a.tar.gz", inner)


@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_zip(tmp_path, inner, damage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.mp4", bytes(1000))
    damaged = bytearray((tmp_path / "a.zip").read_bytes())
    damaged[500] ^= 1
    (tmp_path / "a.zip").write_bytes(damaged if damage == "flipped" else damaged[:-30])
    with pytest.raises(UserError, match=r"a\.zip is damaged"):
        unpack(tmp_path / "a.zip", inner)
    assert files_below(inner) == {}


def test_what_is_not_wanted_is_left_out(tmp_path, inner):
    assert unpack(tar_gz(tmp_path / "a.tar.gz"), inner, lambda _: None) == {}
    assert not inner.exists()


def test_a_full_disk_stops_before_the_file_that_does_not_fit(tmp_path, inner, monkeypatch):
    archive = tar_gz(tmp_path / "a.tar.gz")
    usage = namedtuple("usage", "total used free")
    free = iter([10**12] * 5 + [500] * 100)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, next(free)))
    with pytest.raises(UserError, match="free"):
        unpack(archive, inner)
    assert files_below(inner) == dict(list(CONTENT.items())[:5])
