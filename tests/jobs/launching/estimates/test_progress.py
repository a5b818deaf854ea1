"""Status after a launch: what runs took beside what was expected of them, and the time that is left."""

import dataclasses
import json
import os

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import AS_OPTIONS, tiny

from jobs.records.manifest import write_manifest
from xdomain.core.claims.claim import claimed
from xdomain.specs.spec import ModelSpec


def sized(hidden: int, seed: int):
    return dataclasses.replace(tiny(seed=seed), model=ModelSpec("3dcnn", hidden))


def finish(spec, hours: float) -> None:
    start(spec)
    end(spec, "finished", seconds=3600 * hours)
    leave_result(spec)


def test_truth_beside_the_estimate_and_what_is_left(tiny_roots, status):
    """Two hours were expected of each, the first took three: so will the three others, two at a time."""
    runs = [sized(2, seed) for seed in (42, 61, 47, 53)]
    write_manifest(runs, None, at_a_time=2, expected={spec.id: 7200.0 for spec in runs})
    finish(runs[0], 3)
    text = status().stdout
    assert "1 finished run took 3.00 hours, 150% of the 2.00 that were expected" in text
    assert "left: 3 runs, about 6.0 hours without time in the queue." in text


def test_what_takes_seconds_is_told_in_seconds(tiny_roots, status):
    runs = [sized(2, seed) for seed in (42, 61)]
    write_manifest(runs, None, expected={spec.id: 10.0 for spec in runs})
    for spec in runs:
        finish(spec, 17 / 3600)
    assert "2 finished runs took 34 s, 170% of the 20 s that were expected" in status().stdout


def test_what_a_killed_attempt_has_lost_is_still_to_be_done(tiny_roots, status):
    """Two hours were expected; an hour and a half was spent, of which half an hour was kept."""
    spec = sized(2, 42)
    write_manifest([spec], None, expected={spec.id: 7200.0})
    folder = start(spec, time=1_000_000.0)
    folder.metrics_file.write_text("epoch,seconds\n0,1800\n")
    os.utime(folder.metrics_file, (1_005_400.0, 1_005_400.0))
    start(spec, attempt=2, time=2_000_000.0, left=1_005_400.0)
    write_manifest([spec], None, expected={spec.id: 7200.0})
    with claimed(folder.claim_file):
        assert json.loads(status("--json").stdout)["estimate"]["left_hours"] == pytest.approx(1.5, abs=0.01)


def test_without_a_finished_run_the_launchs_own_estimate_counts(tiny_roots, status):
    runs = [sized(2, 42), sized(4, 42)]
    write_manifest(runs, None, expected={runs[0].id: 600.0})
    text = status().stdout
    assert "left: 2 runs, about 10 min without time in the queue and the 1 whose length no run has shown." in text


def test_nothing_is_said_where_nothing_is_known(tiny_roots, status):
    write_manifest([sized(2, 42)], None)
    assert "estimate" not in status().stdout
    assert json.loads(status("--json").stdout)["estimate"]["left_hours"] is None


def test_a_launch_keeps_what_it_expects(tiny_roots, launch):
    finish(tiny("3dcnn", seed=42), 0.5)
    words = ["--cluster", "debug", "--source", "2dot", "--model", "3dcnn", "--hidden", "2", "--seed", "61"]
    done = launch(*words, "--tag", "tiny", *AS_OPTIONS)
    assert done.exit_code == 0, done.output
    (manifest,) = tiny_roots.glob("ts-tiny/launches/*/manifest.json")
    assert json.loads(manifest.read_text())["expected"] == {tiny("3dcnn", seed=61).id: 1800.0}
