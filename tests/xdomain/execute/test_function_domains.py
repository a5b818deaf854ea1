"""Videos in domains that are functions of their frames: the same pictures cached or not, evaluated without masks."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from click.testing import CliRunner
from support.roots import set_roots
from support.tiny_videos import make_archive, tiny_diving
from support.users_domains import install

from segment.__main__ import main
from xdomain.core.errors import UserError
from xdomain.core.roots import STREAM
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.domains.registry import find
from xdomain.execute.registry import study_of
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import ClipCacheSpec

SIZE = "--dataset tiny --frames 16 --side 16 --workers 1"


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """`execute` is called in this process: a trainer's deterministic mode is not for the tests after."""
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data root with the archive `tiny`, without a mask set and without a cache of the test clips."""
    install(tmp_path / "site", monkeypatch)
    make_archive(tmp_path / "tiny", train=8, test=4)
    set_roots(monkeypatch, data=tmp_path, runs=tmp_path / "runs")
    yield tmp_path
    find.cache_clear()


def domains(words: str) -> str:
    done = CliRunner().invoke(main, ["domains", *words.split(), *SIZE.split()])
    return f"{done.exit_code} {done.output}"


def domain(name: str) -> ClipCacheSpec:
    return ClipCacheSpec("tiny", name, 16, 16)


def test_they_are_made_without_masks_and_are_the_unmodified_clips_changed(data: Path) -> None:
    assert domains("--domain reversed,night,noise-3").startswith("0 ")
    build_cache(domain("test"), data)
    test = open_cache(domain("test").folder(data))
    made = {name: open_cache(data / f"tiny/domains/{name}-16x16") for name in ("reversed", "night", "noise-3")}
    for number in range(4):
        np.testing.assert_array_equal(made["reversed"][number], test[number][::-1])
        np.testing.assert_array_equal(made["night"][number], test[number] // 4)
    assert made["noise-3"].names == test.names
    with pytest.raises(UserError, match="Make it with: python -m segment domains --dataset tiny --domain noise-4 "):
        open_clips(domain("noise-4"))


def test_made_while_they_are_used_they_are_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STREAM, "1")
    streamed = open_clips(domain("noise-3"))
    of_videos = [streamed[number] for number in range(4)]
    build_cache(domain("test"), data)
    of_a_cache = open_clips(domain("noise-3"))
    assert of_a_cache.made_from == streamed.made_from
    assert domains("--domain noise-3").startswith("0 ")
    cached = open_clips(domain("noise-3"))
    for number in range(4):
        np.testing.assert_array_equal(of_videos[number], of_a_cache[number])
        np.testing.assert_array_equal(of_videos[number], cached[number])


def test_another_version_of_a_users_function_is_refused(data: Path) -> None:
    assert domains("--domain night").startswith("0 ")
    file = data / "site/usersdomains.py"
    file.write_text(file.read_text() + "\n# another version\n")
    with pytest.raises(UserError, match=r"night was made by usersdomains:night .* Remove .*night-16x16"):
        open_clips(domain("night"))
    assert "was made or begun otherwise (function differ" in domains("--domain night")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--domain cropped", "made (16, 15, 16, 3) uint8"),
        ("--domain dusk", "there is no 'dusk'. Choose of: I, S1"),
        ("--domain noise", "'noise' has a severity: name one, such as noise-3"),
        ("--domain reversed --videos", "reversed is made of clips, not of videos"),
        ("--domain cut-out", "There is no mask set"),
    ],
)
def test_a_wrong_command_says_what_to_change(data: Path, words: str, said: str) -> None:
    answer = domains(words)
    assert answer.startswith("2 ")
    assert said in answer
    assert not (data / "tiny/domains").exists()


def scores(spec: RunSpec) -> np.ndarray:
    """The scores of every clip, (N, classes), of the last epoch kept."""
    table = pq.read_table(RunFolder.of(spec).predictions_file(spec.evaluates)).to_pandas()
    return table[table["epoch"] == table["epoch"].max()].filter(like="score_").to_numpy()


def test_an_evaluation_on_one_is_the_same_cached_or_not(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STREAM, "1")
    training = tiny_diving(max_epochs=1)
    training = dataclasses.replace(training, data=dataclasses.replace(training.data, val_clips=3))
    execute(training)
    specs = {name: training.evaluation(name) for name in ("O", "frozen")}
    for spec in specs.values():
        execute(spec)
    streamed = scores(specs["frozen"])
    assert (streamed != scores(specs["O"])).any()
    study_of("diving48").make(specs["frozen"].inputs, data, 1)
    RunFolder.of(specs["frozen"]).result_file.unlink()
    monkeypatch.delenv(STREAM)
    execute(specs["frozen"])
    np.testing.assert_array_equal(scores(specs["frozen"]), streamed)
    seen = RunFolder.of(specs["frozen"]).result()["data"]
    assert set(seen) == {"tiny/domains/frozen-16x16"}


def test_its_id_names_no_masks_and_its_file_says_there_are_none(data: Path) -> None:
    spec = tiny_diving().evaluation("reversed")
    assert spec.id == "diving48-tiny/random@reversed/3dcnn-4blocks/h2/seed42"
    assert read_spec(spec.to_dict()) == spec
    assert spec.follow(tiny_diving(max_epochs=9)) == tiny_diving(max_epochs=9).evaluation("reversed")
    spec.check()
    assert tiny_diving().evaluation("cut-out").id.split("/")[1] == "random@cut-out-predicted", "it asks for masks"
    with pytest.raises(UserError, match="no folder's name"):
        dataclasses.replace(tiny_diving(), data=dataclasses.replace(tiny_diving().data, masks="")).check()


def test_a_function_of_no_use_is_named_before_anything_is_launched(data: Path) -> None:
    study = study_of("diving48")
    training = tiny_diving()
    study.require_makeable(training.evaluation("haze-2"), data)
    for name, said in (("cropped", "made"), ("star", "asks for 'positions'")):
        with pytest.raises(UserError, match=said):
            study.require_makeable(training.evaluation(name), data)
    with pytest.raises(UserError, match="functions of the clips reversed, "):
        study.require_makeable(training.evaluation("dusk"), data)
