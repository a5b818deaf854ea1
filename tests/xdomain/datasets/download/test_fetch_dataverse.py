"""What a Dataverse lists, and the three data sets that come from one."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.fetch_server import FileServer, serving

from xdomain.core.errors import UserError
from xdomain.datasets.download.obtain import obtain
from xdomain.datasets.download.receipt import Receipt
from xdomain.datasets.download.sources import SOURCES
from xdomain.datasets.download.transfer import dataverse
from xdomain.datasets.download.transfer.dataverse import list_files, parse

DOI = "doi:10.0/X"


def entry(number: int, label: str, data: bytes, folder: str = "", **more: Any) -> dict[str, Any]:
    """A file as the Native API describes it."""
    described = {"id": number, "filename": label, "filesize": len(data), "md5": hashlib.md5(data).hexdigest()}
    found = {"label": label, "restricted": False, "dataFile": described | more}
    return found | ({"directoryLabel": folder} if folder else {})


def listing(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"status": "OK", "data": {"latestVersion": {"files": list(entries)}}}


def zipped(content: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return made.getvalue()


def publish(server: FileServer, name: str, *files: tuple[dict[str, Any], bytes]) -> None:
    """Put a data set on the server, its files behind a redirect as on the real one."""
    server.files[f"/api/datasets/:persistentId/?persistentId={SOURCES[name].doi}"] = json.dumps(
        listing(*(found for found, _ in files))
    ).encode()
    for found, data in files:
        ending = "?format=original" if "originalFileFormat" in found["dataFile"] else ""
        path = f"/api/access/datafile/{found['dataFile']['id']}{ending}"
        server.redirects[path] = f"{server.url}/storage{path}?signature=1"
        server.files[f"/storage{path}?signature=1"] = data


def below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "fetched.json"
    }


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as started:
        yield started


def test_files_have_their_folder_size_and_checksum():
    found = parse(listing(entry(7, "a.mp4", b"abc", "S1/x"), entry(8, "b.mp4", b"de")), "there", "https://d.org/", DOI)
    assert [(file.path, file.urls[0], file.size) for file in found] == [
        ("S1/x/a.mp4", "https://d.org/api/access/datafile/7", 3),
        ("b.mp4", "https://d.org/api/access/datafile/8", 2),
    ]
    assert found[0].checksum == "md5:900150983cd24fb0d6963f7d28e17f72"


def test_an_ingested_table_is_asked_for_as_it_was_deposited():
    table = entry(
        9,
        "labels.tab",
        b"class\n1\n2\n",
        originalFileFormat="text/csv",
        originalFileName="labels.csv",
        originalFileSize=6,
    )
    (file,) = parse(listing(table), "there", "https://d.org", DOI)
    assert (file.path, file.urls[0]) == ("labels.csv", "https://d.org/api/access/datafile/9?format=original")
    assert (file.size, file.checksum) == (6, None)  # the MD5 may be the other form's


def test_another_checksum_than_md5():
    other = entry(1, "a.mp4", b"abc", checksum={"type": "SHA-1", "value": "ab12"})
    del other["dataFile"]["md5"]
    assert parse(listing(other), "there", "https://d.org", DOI)[0].checksum == "sha1:ab12"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "there is not a Dataverse listing of doi:10.0/X"),
        ({"status": "OK"}, "'data'"),
        (listing({"label": "a"}), "'dataFile'"),
        (listing(), "lists no files"),
        (listing(entry(1, "../../evil", b"")), "leads out of the folder"),
        (listing(entry(1, "evil", b"", "a/../..")), "leads out of the folder"),
        (listing(entry(1, "a.mp4", b""), entry(2, "A.mp4", b"")), "has both 'a.mp4' and 'A.mp4'"),
        (
            listing(entry(1, "a", b""), entry(2, "b", b"") | {"restricted": True}),
            "1 of the 2 files .* restricted, b ",
        ),
    ],
)
def test_a_wrong_listing(wrong, said):
    with pytest.raises(UserError, match=said):
        parse(wrong, "there", "https://d.org", DOI)


@pytest.mark.parametrize(("script", "said"), [(["html"], "an error page"), (["404"], "404"), (["502"], "502")])
def test_a_listing_that_does_not_come(server, script, said, monkeypatch):
    monkeypatch.setattr(dataverse, "PAUSES", (0, 0))
    server.script = script
    server.files[f"/api/datasets/:persistentId/?persistentId={DOI}"] = b"{}"
    with pytest.raises(UserError, match=said) as error:
        list_files(DOI, server.url, None)
    assert server.url in str(error.value)
    assert "https://doi.org/10.0/X" in str(error.value)


def test_a_listing_that_comes_at_the_second_time(server, monkeypatch):
    monkeypatch.setattr(dataverse, "PAUSES", (0, 0))
    server.script = ["502", "good"]
    server.files[f"/api/datasets/:persistentId/?persistentId={DOI}"] = json.dumps(listing(entry(1, "a", b""))).encode()
    assert [file.path for file in list_files(DOI, server.url, None)] == ["a"]


def test_temporal_shape_keeps_its_domain_folders(server, tmp_path):
    """One domain as an archive with its own top folder, one without, one as single files with an ingested table."""
    pictures = {"0.jpg": b"zero", "1.jpg": b"one"}
    table = {"originalFileFormat": "text/csv", "originalFileName": "labels.csv", "originalFileSize": 9}
    own = zipped({f"2dot_5000/{name}": data for name, data in pictures.items()})
    flat = zipped(pictures)
    publish(
        server,
        "ts",
        (entry(1, "2dot_5000.zip", own), own),
        (entry(2, "5dot_500.zip", flat, "targets"), flat),
        (entry(3, "labels.tab", b"class\t..", "mnist_500", **table), b",class\n0\n"),
        (entry(4, "0.jpg", b"zero", "mnist_500"), b"zero"),
    )
    obtain("ts", tmp_path, server.url, None, False)
    assert below(tmp_path / "ts-released") == {
        "2dot_5000/0.jpg": b"zero",
        "2dot_5000/1.jpg": b"one",
        "targets/5dot_500/0.jpg": b"zero",
        "targets/5dot_500/1.jpg": b"one",
        "mnist_500/labels.csv": b",class\n0\n",
        "mnist_500/0.jpg": b"zero",
    }


@pytest.mark.parametrize("layout", ["folders", "two archives", "one archive"])
def test_labelled_frames_arrive_in_images_and_masks_only(server, tmp_path, layout):
    content = {"images/a.png": b"picture", "masks/a.png": b"mask"}
    if layout == "folders":
        files = [(entry(i, "a.png", data, f"v1/{name[:-6]}"), data) for i, (name, data) in enumerate(content.items())]
    elif layout == "two archives":
        pictures, masks = zipped({"a.png": b"picture"}), zipped({"masks/a.png": b"mask"})
        files = [(entry(1, "images.zip", pictures), pictures), (entry(2, "masks.zip", masks), masks)]
    else:
        both = zipped({f"diver_frames/{name}": data for name, data in content.items()})
        files = [(entry(1, "frames.zip", both), both)]
    publish(server, "diver-frames", *files, (entry(9, "checkpoint.ckpt", b"pickle"), b"pickle"))
    obtain("diver-frames", tmp_path, server.url, None, False)
    assert below(tmp_path / "diving48/frames") == content
    assert not any("/datafile/9" in path for path, _ in server.asked)


def test_released_domains_keep_their_folders(server, tmp_path):
    files = [(entry(i, f"c_{i}_cropped.mp4", b"v%d" % i, f"S{i}"), b"v%d" % i) for i in (1, 2)]
    publish(server, "diving48-domains", *files)
    obtain("diving48-domains", tmp_path, server.url, None, False)
    assert below(tmp_path / "diving48/released") == {"S1/c_1_cropped.mp4": b"v1", "S2/c_2_cropped.mp4": b"v2"}


def test_a_file_that_is_refused_says_why_and_the_rest_stays(server, tmp_path):
    publish(server, "diving48-domains", *((entry(i, f"{i}.mp4", b"v", "S1"), b"v") for i in (1, 2, 3)))
    path = "/storage/api/access/datafile/2?signature=1"
    good = server.files.pop(path)
    with pytest.raises(UserError, match=r"2\.mp4 could not be fetched.*404"):
        obtain("diving48-domains", tmp_path, server.url, None, False)
    assert below(tmp_path / "diving48/released") == {"S1/1.mp4": b"v"}
    server.files[path], server.asked = good, []
    obtain("diving48-domains", tmp_path, server.url, None, False)
    assert not any("/datafile/1" in path for path, _ in server.asked)
    assert len(below(tmp_path / "diving48/released")) == 3


def test_two_archives_with_one_file_that_differs(server, tmp_path):
    one, two = zipped({"images/a.png": b"one"}), zipped({"images/a.png": b"two!"})
    publish(server, "diver-frames", (entry(1, "x.zip", one), one), (entry(2, "y.zip", two), two))
    with pytest.raises(UserError, match=r"images/a\.png in y\.zip differs from the one in another archive"):
        obtain("diver-frames", tmp_path, server.url, None, False)


def test_an_archive_of_other_things(server, tmp_path):
    other = zipped({"readme.txt": b"hello"})
    publish(server, "diver-frames", (entry(1, "x.zip", other), other))
    with pytest.raises(UserError, match=r"Nothing of what diver-frames should have was in x\.zip"):
        obtain("diver-frames", tmp_path, server.url, None, False)
    assert not Receipt.read(tmp_path / "diving48/frames", "diver-frames").complete


def test_files_fetched_by_hand_need_the_listing(server, tmp_path):
    by_hand = tmp_path / "by-hand"
    (by_hand / "S1").mkdir(parents=True)
    (by_hand / "S1" / "1.mp4").write_bytes(b"v")
    with pytest.raises(UserError, match=r"There is no .*dataset\.json.*curl -L -o dataset\.json"):
        obtain("diving48-domains", tmp_path, None, by_hand, False)
    (by_hand / "dataset.json").write_text(json.dumps(listing(entry(1, "1.mp4", b"v", "S1"))))
    obtain("diving48-domains", tmp_path, None, by_hand, False)
    assert below(tmp_path / "diving48/released") == {"S1/1.mp4": b"v"}
    assert (by_hand / "S1" / "1.mp4").exists()


def test_a_wrong_file_fetched_by_hand(tmp_path):
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    (by_hand / "1.mp4").write_bytes(b"another")
    (by_hand / "dataset.json").write_text(json.dumps(listing(entry(1, "1.mp4", b"v"), entry(2, "2.mp4", b"v"))))
    with pytest.raises(UserError, match=r"1\.mp4 is not what was published: its MD5"):
        obtain("diving48-domains", tmp_path, None, by_hand, False)
    (by_hand / "1.mp4").write_bytes(b"v")
    with pytest.raises(UserError, match=r"There is no 2\.mp4 in .*curl .*datafile/2"):
        obtain("diving48-domains", tmp_path, None, by_hand, False)
