"""A run folder says what may be concluded from it, and refuses to hold two runs."""

import dataclasses
import json

import pytest
from support.roots import set_roots

from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.overrides import apply_overrides
from xdomain.studies import temporal_shape as ts


@pytest.fixture
def spec():
    return apply_overrides(ts.run("2dot", "3dcnn", 2, 42), {"lr": 0.01}, "t")


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path / "run")
    made.path.mkdir()
    return made


def test_a_folder_is_below_the_runs_root(spec, tmp_path, monkeypatch):
    set_roots(monkeypatch, runs=tmp_path)
    assert RunFolder.of(spec).path == tmp_path / "ts-t" / "2dot" / "3dcnn" / "h2" / "seed42"


def test_the_same_spec_may_come_again(folder, spec):
    folder.require_same_spec(spec)  # nothing there yet
    folder.write_spec(spec)
    before = folder.spec_file.stat().st_mtime_ns
    folder.write_spec(spec)
    assert folder.spec_file.stat().st_mtime_ns == before


def test_another_spec_under_the_same_id_is_refused_with_the_values_that_differ(folder, spec):
    folder.write_spec(spec)
    other = dataclasses.replace(spec, train=dataclasses.replace(spec.train, lr=0.1, patience=3))
    with pytest.raises(UserError) as refused:
        folder.write_spec(other)
    assert "(train.lr is 0.01 there and 0.1 here, train.patience is 10 there and 3 here)" in str(refused.value)
    assert "--tag" in str(refused.value)
    assert json.loads(folder.spec_file.read_text())["train"]["lr"] == 0.01


def test_a_value_that_an_older_spec_lacks_has_its_default(folder, spec):
    """A field that comes later gets what runs did before it as its default; only another value makes another run."""
    values = spec.to_dict()
    del values["train"]["cpu_threads"]
    folder.spec_file.write_text(json.dumps(values))
    folder.require_same_spec(spec)
    other = dataclasses.replace(spec, train=dataclasses.replace(spec.train, cpu_threads=2))
    with pytest.raises(UserError, match=r"train\.cpu_threads is 1 there and 2 here"):
        folder.require_same_spec(other)


def test_attempts_are_kept_in_order_with_their_time(folder):
    folder.record_attempt(event="start", attempt=1)
    folder.record_attempt(event="end", attempt=1, outcome="failed")
    assert [(event["event"], event["attempt"]) for event in folder.attempts()] == [("start", 1), ("end", 1)]
    assert all(event["time"] > 1e9 for event in folder.attempts())


def test_no_attempts_yet(folder):
    assert folder.attempts() == []


def test_a_truncated_last_line_is_left_out(folder):
    folder.record_attempt(event="start", attempt=1)
    with folder.attempts_file.open("a") as file:
        file.write('{"time": 17, "eve')
    assert [event["attempt"] for event in folder.attempts()] == [1]


def test_attempts_after_a_truncated_line_count_again(folder):
    """A writer killed in its line must not hide all later attempts: the next number and the state rest on them."""
    folder.record_attempt(event="start", attempt=1)
    with folder.attempts_file.open("a") as file:
        file.write('{"time": 17, "eve')
    folder.record_attempt(event="start", attempt=2)
    folder.record_attempt(event="end", attempt=2, outcome="finished")
    assert [event["attempt"] for event in folder.attempts()] == [1, 2, 2]


def test_only_a_result_means_finished(folder):
    folder.record_attempt(event="end", attempt=1, outcome="finished")
    assert not folder.is_finished()
    stated = {"format": RESULT_FORMAT, "id": folder.path.name, "status": "finished", "data": {}}
    stated["provenance"] = {"code_version": "c0de", "device": "CPU"}
    folder.result_file.write_text(json.dumps(stated))
    assert folder.is_finished()
    assert folder.result()["status"] == "finished"


@pytest.mark.parametrize("text", [json.dumps({"format": RESULT_FORMAT + 1}), "{}", "[]", "7"])
def test_a_result_of_another_format_is_named(folder, text):
    folder.result_file.write_text(text)
    with pytest.raises(UserError, match=r"result\.json is of another format than this version writes"):
        folder.result()


def test_a_truncated_result_is_named(folder):
    folder.result_file.write_text('{"format": 1, "acc')
    with pytest.raises(UserError, match=r"result\.json is not valid JSON"):
        folder.result()
