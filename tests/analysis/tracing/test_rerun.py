"""The commands that `why` prints make exactly the specs that they were made from."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace

import pytest
from click.testing import CliRunner

import jobs.commands.launch
import jobs.launching.dispatch
from analysis.tracing.rerun import commands
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import parse_overrides, vary
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoDataSpec
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """The specs that commands would launch."""
    specs: list[RunSpec] = []
    for module in (jobs.commands.launch, jobs.launching.dispatch):
        monkeypatch.setattr(module, "launch", lambda grid, options: specs.extend(grid) or [])
    return specs


def carry_out(lines: Iterable[str]) -> None:
    for line in lines:
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "jobs.launch"]
        done = CliRunner().invoke(jobs.commands.launch.main, [*words[3:], "--cluster", "local"])
        assert done.exit_code == 0, done.output


def varied(grid: list[RunSpec], tag: str, *settings: str, data: type | None = None) -> list[RunSpec]:
    return vary(grid, parse_overrides(settings, *[data] if data else []), tag)


SMALL = ts.grid(("2dot",), ("3dcnn", "timesformer-8"), (2, 4), (42, 61))


@pytest.mark.parametrize(
    ("specs", "count"),
    [
        (ts.grid(), 2),
        (ts.grid()[3:17], 3),
        (varied(SMALL, "", "lr=0.01", "max_epochs=300"), 1),
        (varied(SMALL, "tiny", "train_clips=320", "digits=uci", "batch_size=8"), 1),
        (varied(SMALL, "parts", "lr=0.02", "timesformer-8.optimizer=adam", "timesformer-8.lr=0.003"), 2),
        (varied(ts.grid(("mnist-bg",), ("timesformer-8",), (2,), (42,)), "demo", "patience=10"), 1),
    ],
)
def test_temporal_shape(specs: list[RunSpec], count: int, launched: list[RunSpec]) -> None:
    lines = commands(specs, {})
    carry_out(lines)
    assert set(launched) == set(specs)
    assert len(launched) == len(specs)
    assert len(lines) == count


MINI = ("dataset=mini", "frames=16", "val_clips=40", "ranks=1", "levels=0.2,0.4", "masks=truth")
OWN = [diving48.training("convlstm-4blocks", "source-video", 61, hidden=8)]
OF_TWO_GPUS = [replace(s, train=replace(s.train, ranks=2, accumulate=4, keep_all=True)) for s in OWN]


@pytest.mark.parametrize(
    "specs",
    [
        [diving48.training(model, seed=seed) for model in diving48.models_of("abcdefgh") for seed in (42, 61)],
        varied(OWN, "demo", *MINI, data=VideoDataSpec),
        varied(OWN, "", "lr=0.01", "accumulate=2", data=VideoDataSpec),
        OF_TWO_GPUS,
    ],
)
def test_diving_trainings(specs: list[RunSpec], launched: list[RunSpec]) -> None:
    carry_out(commands(specs, {}))
    assert set(launched) == set(specs)


@pytest.mark.parametrize("masks", ["truth", "released"])
def test_diving_evaluations_come_after_their_training(masks: str, launched: list[RunSpec]) -> None:
    (training,) = varied(OWN, "demo", *MINI, data=VideoDataSpec)
    RunFolder.of(training).write_spec(training)
    evaluated = replace(training, data=replace(training.data, masks=masks))
    evaluations = [evaluated.evaluation(domain) for domain in ("S1", "T")]
    lines = commands(evaluations, {training.id: training})
    assert [line.split()[3] for line in lines] == ["diving", "evaluate"]
    carry_out(lines[:1])
    stated = {"format": 1, "id": training.id, "status": "finished", "data": {}}
    stated["provenance"] = {"code_version": "c0de", "device": "CPU"}
    RunFolder.of(training).result_file.write_text(json.dumps(stated))  # evaluations are refused before
    carry_out(lines[1:])
    assert launched == [training, *evaluations]


def test_a_row_of_table_17_is_launched_with_the_others(launched: list[RunSpec]) -> None:
    spec = diving48.variant(diving48.TABLE_17[2])
    carry_out(commands([spec], {}))
    assert spec.id in {one.id for one in launched}
    assert len(launched) == len(diving48.TABLE_17)
