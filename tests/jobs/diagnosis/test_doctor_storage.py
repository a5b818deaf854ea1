"""What the doctor says of disks: image, binds, roots, space, quotas and links."""

import os
import resource

import pytest

from jobs.cluster.profile import Profile
from jobs.diagnosis import storage


def test_missing_image_and_bind_fail_before_anything_is_submitted(empty_roots):
    profile = Profile(image="/nowhere/x.sif", binds=("/nowhere:/data",))
    found = {finding.what: finding for finding in storage.findings(profile)}
    for what, said in (("image", "There is no /nowhere/x.sif."), ("binds", "/nowhere does not exist.")):
        assert found[what].level == "FAIL"
        assert found[what].blocks
        assert found[what].text == said
    assert found["runs"].level == "ok"
    assert found["links"].level == "ok"


def test_nothing_is_left_in_the_roots(empty_roots):
    list(storage.findings(Profile()))
    assert sorted(path.name for path in empty_roots.iterdir()) == ["data", "results", "runs"]
    assert not list(empty_roots.glob("*/*"))


def test_a_full_quota_is_found_by_writing(empty_roots):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        found = {finding.what: finding for finding in storage.findings(Profile())}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert found["runs"].level == "FAIL"
    assert found["runs"].blocks
    assert "is full" in found["runs"].text
    assert "XDOMAIN_RUNS elsewhere" in found["runs"].advice


def test_a_root_that_is_a_file_is_a_sentence(empty_roots):
    (empty_roots / "runs").touch()
    found = {finding.what: finding for finding in storage.findings(Profile())}
    assert found["runs"].level == "FAIL"
    assert "cannot be written to" in found["runs"].text


def test_a_file_system_without_hard_links(empty_roots, monkeypatch):
    def link(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(storage.os, "link", link)
    found = [finding for finding in storage.findings(Profile()) if finding.what == "links"]
    assert [finding.level for finding in found] == ["FAIL", "FAIL"]
    for finding, variable in zip(found, ("XDOMAIN_DATA", "XDOMAIN_RUNS"), strict=True):
        assert f"Point {variable} to another file system" in finding.advice


QUOTA = """Disk quotas for user me (uid 1000):
                         Space                              Files
Filesystem   used    quota   limit   grace   used   quota   limit   grace
server:/home 950*  900 1000 6days 40 0 0 0
/dev/sda 5 0 0 0 100 90 100 0
"""
LUSTRE = "/scratch/with/a/very/long/path\n                 990  1000  1000       -      7  0  0  -\n"


def test_quotas_are_read_from_both_commands():
    assert list(storage.quota_rows(QUOTA)) == [("server:/home", "space", 950, 1000), ("/dev/sda", "files", 100, 100)]
    assert list(storage.quota_rows(LUSTRE)) == [("/scratch/with/a/very/long/path", "space", 990, 1000)]
    assert list(storage.quota_rows("Disk quotas for user me (uid 1000): none\n")) == []


def test_a_quota_that_is_used_up_fails(empty_roots, monkeypatch):
    (empty_roots / "quota").write_text(f"#!/bin/sh\ncat <<'END'\n{QUOTA}END\nexit 1\n")
    (empty_roots / "quota").chmod(0o755)
    monkeypatch.setenv("PATH", str(empty_roots), prepend=os.pathsep)
    levels = {f.text: f.level for f in storage.findings(Profile()) if f.what == "quota"}
    assert levels["server:/home: 95% of your space quota is used."] == "warn"
    assert levels["/dev/sda: 100% of your files quota is used."] == "FAIL"


def test_an_image_is_told_with_its_size_and_a_folder_is_a_slow_one(empty_roots, monkeypatch):
    (empty_roots / "x.sif").write_bytes(bytes(3_000_000))
    (empty_roots / "unpacked").mkdir()
    monkeypatch.setattr(storage.shutil, "which", lambda name: None)

    def of_image(name: str) -> dict[str, tuple[str, str]]:
        found = storage.findings(Profile(image=name, binds=(f"{empty_roots}/unpacked:/data:ro",)))
        return {finding.what: (finding.level, f"{finding.text} {finding.advice}".strip()) for finding in found}

    assert of_image("x.sif")["image"] == ("ok", f"{empty_roots}/x.sif, 3 MB.")
    level, text = of_image("unpacked")["image"]
    assert (level, "slow to start" in text, "make sif" in text) == ("warn", True, True)
    assert of_image("x.sif")["binds"] == ("ok", f"{empty_roots}/unpacked.")
    level, text = of_image("x.sif")["apptainer"]
    assert (level, 'modules = ["apptainer"]' in text) == ("warn", True)


def test_an_image_that_only_its_owner_may_read_blocks(empty_roots, monkeypatch):
    (empty_roots / "x.sif").touch()
    monkeypatch.setattr(storage.os, "access", lambda path, mode: False)
    found = {finding.what: finding for finding in storage.findings(Profile(image="x.sif"))}
    assert (found["image"].level, found["image"].blocks) == ("FAIL", True)
    assert found["image"].advice == f"Its owner can: chmod a+r {empty_roots}/x.sif"


@pytest.mark.parametrize(
    ("blocks", "files", "level", "said"),
    [
        (100_000, 10**6, "warn", "0 GB free. That is little: free some, or point XDOMAIN_RUNS elsewhere."),
        (10**8, 1000, "warn", "410 GB free, but only 1,000 more files. Remove some"),
        (10**8, 10**6, "ok", "writable, 410 GB free."),
    ],
)
def test_a_root_with_little_room_is_a_warning(empty_roots, monkeypatch, blocks, files, level, said):
    room = os.statvfs_result((4096, 4096, 10**9, blocks, blocks, 10**7, files, files, 0, 255))
    monkeypatch.setattr(storage.os, "statvfs", lambda path: room)
    found = {finding.what: finding for finding in storage.findings(Profile())}
    assert found["runs"].level == level
    assert said in f"{found['runs'].text} {found['runs'].advice}"


def test_lustres_quota_is_asked_for_each_root(empty_roots, monkeypatch):
    (empty_roots / "bin").mkdir()
    program = empty_roots / "bin" / "lfs"
    program.write_text('#!/bin/sh\nfor last; do :; done\necho "  $last  95*  80  100  -  1  0  0  -"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(empty_roots / "bin"), prepend=os.pathsep)
    told = [finding for finding in storage.findings(Profile()) if finding.what == "quota"]
    assert {finding.text for finding in told} == {
        f"{empty_roots}/{root}: 95% of your space quota is used." for root in ("data", "runs", "results")
    }
    assert {finding.level for finding in told} == {"warn"}
