"""docs/formats.md names every field of the files, as the classes have them and as a run writes them."""

import csv
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from support.made_videos import write_shard
from support.roots import set_roots
from support.tiny_runs import run_task, tiny

from analysis.__main__ import main as analysis
from segment.masks.identity import begin_set_of
from xdomain.core.claims.claim import claimed
from xdomain.core.record import Record
from xdomain.datasets.clip_cache.writer import CacheWriter
from xdomain.datasets.diving48.listing import Clip
from xdomain.datasets.download.receipt import Receipt

DOCS = Path(__file__).parent.parent / "docs"


def section(*titles: str) -> set[str]:
    """All that stands between backticks below headings of docs/formats.md, up to the next heading of their level."""
    named: set[str] = set()
    for title in titles:
        found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,4}} |\Z)", text(), re.MULTILINE | re.DOTALL)
        assert found, title
        named |= set(re.findall(r"`([^`]+)`", found[2]))
    return named


def text() -> str:
    return (DOCS / "formats.md").read_text(encoding="utf-8")


@pytest.fixture
def script(monkeypatch) -> ModuleType:
    """docs/describe_formats.py as a module, which finds its neighbours as a script does."""
    monkeypatch.syspath_prepend(DOCS)
    described = importlib.util.spec_from_file_location("describe_formats", DOCS / "describe_formats.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_classes():
    command = [sys.executable, DOCS / "describe_formats.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_class_of_a_record_has_a_table(script):
    tables = {match[1] for match in script.TABLE.finditer(text())}
    records = {f"{of.__module__}.{of.__name__}" for of in subclasses(Record) if of.__module__.startswith("xdomain.")}
    assert len(records) > 15
    beginnings = {f"xdomain.schema.result.{part}" for part in ("Result", "Measurements")}
    beginnings |= {"xdomain.schema.recipe.Table", "xdomain.schema.recipe.Recipe"}
    assert records - tables == beginnings  # of other classes, whose tables name their fields


def subclasses(of: type) -> set[type]:
    import xdomain.schema.bundle
    import xdomain.schema.data
    import xdomain.schema.launch
    import xdomain.schema.lineage
    import xdomain.schema.recipe
    import xdomain.schema.result
    import xdomain.schema.study  # noqa: F401

    return {part for direct in of.__subclasses__() for part in (direct, *subclasses(direct))}


def test_a_type_is_said_in_words(script):
    assert script.described(dict[str, list[int] | None]) == "table: text → list of: whole number, or null"
    assert script.described(script.record.Digest) == "SHA-256"
    assert script.described(script.record.Fraction) == "number ≥ 0 and ≤ 1"
    assert script.described(script.record.Count) == "whole number ≥ 0"


def test_a_field_without_a_comment_is_refused(script, monkeypatch):
    monkeypatch.setattr(script, "comments", lambda of: {})
    with pytest.raises(SystemExit, match=r"Submission\.jobs has no comment"):
        script.table("xdomain.schema.launch.Submission")


def test_a_run_writes_what_the_page_says(tiny_roots, tiny_data, tmp_path, monkeypatch):
    set_roots(monkeypatch, results=tmp_path / "results")
    spec = tiny(max_epochs=1)
    folder = run_task(spec).folder
    done = CliRunner().invoke(analysis, ["tables", "--study", "ts-tiny"], catch_exceptions=False)
    assert done.exit_code == 0, done.output

    values = json.loads(folder.spec_file.read_text())
    assert values.keys() <= section("spec.json", "RunSpec")
    assert values["data"].keys() <= section("DataSpec")
    assert values["train"].keys() <= section("TrainSpec")
    for event in folder.attempts():
        assert event.keys() <= section("attempts.jsonl")
    result = folder.result()
    assert result.keys() <= section("RunResult")
    assert result["provenance"].keys() <= section("Provenance")
    with folder.metrics_file.open() as file:
        assert set(next(csv.reader(file))) <= section("metrics.csv")
    scores = {f"score_{k}" for k in range(2, 5)}
    columns = set(pq.read_schema(folder.predictions_file("validation")).names)
    assert columns - scores <= section("predictions")
    manifest = json.loads(next(tiny_roots.glob("ts-tiny/launches/*/manifest.json")).read_text())
    assert manifest.keys() <= section("Manifest")
    for described in (tiny_data / "ts").glob("*.json"):
        assert json.loads(described.read_text()).keys() <= section("ClipSetInfo")
    lineage = json.loads((tmp_path / "results" / "ts-tiny" / "tables" / "lineage.json").read_text())
    assert lineage.keys() <= section("lineage.json", "LineageRecord")
    assert lineage["runs"][0].keys() <= section("TracedRun")
    rows = [row for rows in lineage["tables"].values() for row in rows]
    assert {key for row in rows for key in row} <= section("TracedRow")


def test_data_is_described_as_the_page_says(tmp_path):
    writer = CacheWriter(tmp_path / "cache", {"decoder": 2}, ["a"], [0], shape=(1, 2, 2, 3))
    for shard in writer.missing():
        write_shard(writer, shard, [np.zeros((1, 2, 2, 3), np.uint8)])
    info = writer.finish()
    assert info.keys() <= section("CacheIndex")
    assert info["shards"][0].keys() <= section("CacheShard")

    begin_set_of(tmp_path / "masks", {"source": "truth", "frames": 4, "instances_sha256": "0"}, [Clip("a", 0, 0, 9)])
    named = section("MaskSetInfo")
    assert json.loads((tmp_path / "masks" / "set.json").read_text()).keys() <= named

    Receipt(tmp_path, "ts").write()
    assert json.loads((tmp_path / "fetched.json").read_text()).keys() <= section("fetched.json")

    with claimed(tmp_path / "claim.json"):
        assert json.loads((tmp_path / "claim.json").read_text()).keys() <= section("claim.json")
