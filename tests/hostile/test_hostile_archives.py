"""Archives and links in shared folders that aim at files elsewhere."""

import io
import tarfile
from pathlib import Path

import pytest
from support.hostile_support import Canary, attempted
from tqdm import tqdm

from xdomain.datasets.download.archive.extract import extract
from xdomain.datasets.download.sources import as_named
from xdomain.datasets.download.transfer.download import Part


def packed(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 3
            tar.addfile(info, io.BytesIO(b"abc"))
    return path


def test_a_link_planted_at_the_temporary_name_is_not_followed(tmp_path: Path, canary: Canary):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / ".unpacking.tmp").symlink_to(canary.folder / "README.md")
    archive = packed(tmp_path / "a.tar.gz", "video.mp4")
    outcome = attempted(lambda: extract(archive, folder, as_named, tqdm(disable=True)))
    assert outcome.code == 0
    assert (folder / "video.mp4").read_bytes() == b"abc"
    canary.assert_untouched(outcome)


def test_a_link_planted_at_a_downloads_name_is_not_followed(tmp_path: Path, canary: Canary):
    path = tmp_path / ".a.json.part"
    path.symlink_to(canary.folder / "README.md")
    part = Part(path, tqdm(disable=True))
    with pytest.raises(OSError, match="symbolic links"):
        part.append(io.BytesIO(), b"abc", 10)
    canary.assert_untouched()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("CON",), "a name that some systems cannot hold"),
        (("x/aux.mp4",), "a name that some systems cannot hold"),
        (("a.",), "a name that some systems cannot hold"),
        (("\u00e9.mp4", "e\u0301.mp4"), "for one place"),
        (("stra\u00dfe.mp4", "STRASSE.mp4"), "for one place"),
        (("a\u202egpm.exe",), "a control character"),
        (("\udcff\udcfe.mp4",), "a control character"),
    ],
)
def test_names_that_another_system_cannot_hold_or_tell_apart(tmp_path: Path, canary: Canary, names, said):
    archive = packed(tmp_path / "a.tar.gz", *names)
    outcome = attempted(lambda: extract(archive, tmp_path / "out", as_named, tqdm(disable=True)))
    outcome.assert_refused(said)
    canary.assert_untouched(outcome)
