"""A launch of 20,000 runs, whose manifest has twenty megabytes, is written and read."""

import pytest
from support.roots import set_roots
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from xdomain.core.files import LARGEST_JSON
from xdomain.schema.launch import Manifest


@pytest.fixture
def manifest(tmp_path, monkeypatch) -> Manifest:
    set_roots(monkeypatch, runs=tmp_path)
    return write_manifest([tiny()], None)


def test_a_manifest_may_be_larger_than_other_files(manifest):
    with manifest.path.open("a") as file:
        file.write(" " * LARGEST_JSON)  # what a reader has to take in, at no cost of checking so many specs
    assert Manifest.read(manifest.path).runs == (tiny(),)
