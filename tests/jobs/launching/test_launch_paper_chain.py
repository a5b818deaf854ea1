"""The jobs of `python -m jobs.launch paper` and what each waits for, read off the scripts that sbatch is given."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.roots import set_roots

import jobs.commands.launch
from xdomain.core.files import write_json


@pytest.fixture
def sbatch(squeue, tmp_path, monkeypatch) -> Path:
    """A Slurm that takes every job and starts none; jobs count from 101. Returns the folder of the runs."""
    count = squeue.folder / "count"
    count.write_text("100")
    program = squeue.folder / "sbatch"
    program.write_text(f'#!/bin/sh\nn=$(($(cat {count}) + 1)); echo $n > {count}; echo "Submitted batch job $n"\n')
    set_roots(monkeypatch, data=tmp_path / "data")
    for part in ("train", "test"):
        write_json(tmp_path / f"data/diving48/Diving48_V2_{part}.json", [])
    return tmp_path / "runs"


@pytest.fixture
def paper(tmp_path):
    """`python -m jobs.launch paper` of experiment d with two GPUs a job."""

    def launched(*words: str) -> Result:
        (tmp_path / "two.toml").write_text("gpus = 2\ncpus_per_gpu = 3\n")
        options = ["--exp", "d", "--profile", str(tmp_path / "two.toml")]
        return CliRunner().invoke(jobs.commands.launch.main, ["paper", *options, *words])

    return launched


def submitted(runs: Path) -> dict[str, tuple[int, str]]:
    """What a job is for -> its id, and what it waits for."""
    found = {}
    for script in runs.glob("*/launches/**/*_submission.sh"):
        text = script.read_text()
        name = re.search(r"--job-name=(.*)", text)[1]
        study, *launch, part = name.split(".")
        waits = re.search(r"#SBATCH --dependency=(.*)", text)
        evaluates = launch and "@" in (script.parents[1] / "manifest.json").read_text()
        found[f"{study} {'evaluation ' * bool(evaluates)}{part}"] = (
            int(script.name.partition("_")[0]),
            waits[1] if waits else "",
        )
    return found


def test_what_waits_for_what(sbatch, paper):
    done = paper("--study", "diving48", "--shards", "3")
    assert done.exit_code == 0, done.output
    made = submitted(sbatch)
    ids = {what: number for what, (number, _) in made.items()}
    assert {what: waits for what, (_, waits) in made.items()} == {
        "segment train": "",
        "segment infer": f"afterok:{ids['segment train']}",
        "segment domains": f"afterok:{ids['segment infer']}",
        "segment report": f"afterok:{ids['segment domains']}",
        "diving48 data": "",
        "diving48 0": f"afterok:{ids['diving48 data']}",
        "diving48 evaluation data": f"afterok:{ids['segment report']}:{ids['diving48 0']}",
        "diving48 evaluation 0": f"afterok:{ids['diving48 evaluation data']}",
        "diving48 tables": f"afterany:{ids['diving48 evaluation 0']}",
    }


def test_what_each_job_gets(sbatch, paper):
    paper("--study", "diving48", "--shards", "3")
    scripts = {
        re.search(r"--job-name=(.*)", text)[1].rpartition(".")[2]: text
        for text in (script.read_text() for script in sbatch.glob("segment/launches/*/*_submission.sh"))
    }
    assert {name for name, text in scripts.items() if "--gres=gpu:1" in text} == {"train", "infer"}
    assert {name for name, text in scripts.items() if "--gres" not in text} == {"domains", "report"}
    assert "--array=0-2" in scripts["infer"]
    texts = [script.read_text() for script in sbatch.glob("diving48/launches/*/logs/*_submission.sh")]
    (training,) = [text for text in texts if "--array=0-1%" in text]  # two trainings, and ten evaluations
    assert "--gres=gpu:2" in training
    assert "--ntasks-per-node=2" in training
    assert "--cpus-per-task=3" in training


def test_a_profile_of_several_gpus_is_not_for_both_studies(sbatch, paper):
    done = paper()
    assert done.exit_code == 2
    assert "give this command twice, with --study ts and a profile of gpus = 1" in done.stderr
    assert not list(sbatch.glob("*/launches/*"))
