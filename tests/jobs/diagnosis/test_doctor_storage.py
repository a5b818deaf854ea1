"""What the doctor says of disks: image, binds, roots, space, quotas and links."""

import os
import resource

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
