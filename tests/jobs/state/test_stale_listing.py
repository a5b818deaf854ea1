"""Finished runs and the listing of today: whatever way they read their clips, a change of the listing tells."""

import json
from pathlib import Path

import pytest
from support.roots import set_roots
from support.tiny_videos import VOCABULARY, tiny_diving

from jobs.launching.diving import renew
from jobs.state.stale import move_aside, stale_runs
from xdomain.core.errors import UserError
from xdomain.core.roots import STREAM
from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec

SPEC = tiny_diving()
SET = SPEC.data.cache("train")
ENTRIES = [{"vid_name": f"v_{k:05d}", "label": k, "start_frame": 0, "end_frame": 9} for k in range(3)]


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three listed clips; what is in their files is read by nobody here."""
    set_roots(monkeypatch, data=tmp_path / "data", runs=tmp_path / "runs")
    folder = tmp_path / "data/tiny"
    (folder / "rgb").mkdir(parents=True)
    for entry in ENTRIES:
        (folder / f"rgb/{entry['vid_name']}.mp4").write_bytes(b"video")
    (folder / "Diving48_vocab.json").write_text(json.dumps(VOCABULARY))
    write_listing(folder)
    return folder


def write_listing(folder: Path, **changes) -> None:
    """The training listing with other values for its second clip."""
    entries = [ENTRIES[0], ENTRIES[1] | changes, ENTRIES[2]]
    (folder / "Diving48_V2_train.json").write_text(json.dumps(entries))


@pytest.fixture
def streamed(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    """A finished training that decoded its videos itself."""
    monkeypatch.setenv(STREAM, "1")
    finish(open_clips(SET).made_from)
    assert stale_runs([SPEC]) == {}
    return SPEC


def finish(seen: dict) -> None:
    folder = RunFolder.of(SPEC)
    folder.path.mkdir(parents=True)
    result = {
        "format": RESULT_FORMAT,
        "id": SPEC.id,
        "status": "finished",
        "data": {SET.name: seen},
        "provenance": {"code_version": "second", "image_digest": None, "device": "cpu"},
        "provenance_of_attempts": [
            {"attempt": 1, "code_version": "first", "image_digest": None},
            {"attempt": 2, "code_version": "second", "image_digest": None},
        ],
    }
    folder.result_file.write_text(json.dumps(result))


@pytest.mark.parametrize("changes", [{"label": 2}, {"start_frame": 4}, {"vid_name": "v_00009"}])
def test_another_listing_makes_a_streamed_run_stale(streamed: RunSpec, dataset: Path, changes: dict) -> None:
    write_listing(dataset, **changes)
    assert "by another listing" in stale_runs([streamed])[streamed]


def test_a_left_out_clip_makes_a_streamed_run_stale(streamed: RunSpec, dataset: Path) -> None:
    (dataset / "leave-out.txt").write_text("v_00001\n")
    assert "before other clips were left out" in stale_runs([streamed])[streamed]


def test_a_video_of_another_size_makes_a_streamed_run_stale(streamed: RunSpec, dataset: Path) -> None:
    (dataset / "rgb/v_00001.mp4").write_bytes(b"another video")
    assert "of videos of other sizes" in stale_runs([streamed])[streamed]


def test_a_listing_that_is_not_here_makes_nothing_stale(streamed: RunSpec, dataset: Path) -> None:
    (dataset / "Diving48_V2_train.json").unlink()
    assert stale_runs([streamed]) == {}


def test_a_run_on_a_cache_is_stale_too_and_stays_until_the_cache_is_renewed(dataset: Path) -> None:
    """The cache is still that which the run saw, and is itself of an older listing."""
    finish({"sha256": "clips", "listing_sha256": "0" * 64, "listing": "compared"})
    marker = SET.marker(dataset.parent)
    marker.parent.mkdir(parents=True)
    names, labels = [entry["vid_name"] for entry in ENTRIES], [0, 2, 2]
    info = {"sha256": "clips", "listing_sha256": "0" * 64, "decoder": 2, "names": names, "labels": labels}
    marker.write_text(json.dumps(info))
    assert "by another listing" in stale_runs([SPEC])[SPEC]
    with pytest.raises(UserError, match=r"v_00001 of 2 there and 1 now.*python -m xdomain cache tiny --part train"):
        move_aside(SPEC)
    assert RunFolder.of(SPEC).is_finished()


def test_the_code_of_any_attempt_counts(streamed: RunSpec) -> None:
    assert stale_runs([streamed], code="second") == {streamed: "it is of the code first, which is now second"}


def test_an_evaluation_of_a_stale_training_says_so(streamed: RunSpec, dataset: Path, capsys) -> None:
    evaluations = [streamed.evaluation("O")]
    renew(evaluations, dry_run=True)
    assert capsys.readouterr().out == ""
    write_listing(dataset, label=2)
    renew(evaluations, dry_run=True)
    told = capsys.readouterr().out
    assert f"Note: the training {streamed.id} is stale, it saw {SET.name} by another listing" in told
    assert "to repeat it: python -m jobs.launch for accuracies --study diving48-tiny" in told
