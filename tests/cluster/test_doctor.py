"""The doctor on a real Slurm: what works is said to work, and every bad input has its sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.roots import set_roots_below

import jobs.commands.doctor
from jobs.cluster.profile import load_profile
from jobs.diagnosis import node

from .image_build import TOP
from .slurm_host import SlurmHost

pytestmark = pytest.mark.cluster

PROFILE = 'gpus = 0\ncpus_per_gpu = 1\nmemory = "1G"\ntime = "00:30:00"\n'
Doctor = Callable[..., Result]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """`python -m jobs.doctor WORDS` with a profile of these lines besides the usual ones, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(node, "EXCHANGE", 0.5)
    set_roots_below(monkeypatch, tmp_path)

    def run(lines: str = "", *words: str) -> Result:
        (tmp_path / "mine.toml").write_text(PROFILE + lines)
        return CliRunner().invoke(jobs.commands.doctor.main, ["--profile", "mine.toml", *words])

    return run


@pytest.fixture(scope="module")
def small() -> Iterator[SlurmHost]:
    """A cluster to take apart: one node, no arrays."""
    with SlurmHost(nodes=1, max_array_size=1) as host:
        yield host


@pytest.fixture
def small_env(small: SlurmHost, monkeypatch: pytest.MonkeyPatch) -> SlurmHost:
    for name in ("SLURM_CONF", "MASTER_ADDR"):
        monkeypatch.setenv(name, small.env[name])
    return small


def test_all_fine(slurm_env: SlurmHost, doctor: Doctor, tmp_path: Path) -> None:
    result = doctor("", "--json", "--write", "new.toml")
    document = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    levels = {finding["what"]: finding["level"] for finding in document["findings"]}
    expected = ("Slurm", "arrays", "requeue", "partition", "fit", "runs", "links")
    assert {levels[what] for what in (*expected, "python", "folders", "clock", "signal", "all-reduce")} == {"ok"}
    assert levels["sacct"] == "note"
    assert document["report"]["allreduce"]["ranks"] == 2
    assert load_profile(str(tmp_path / "new.toml")).partition == "main"
    slurm_env.wait_idle()


def test_missing_gpus_are_noticed(slurm_env: SlurmHost, doctor: Doctor) -> None:
    """The private cluster's GPUs are none: Slurm hands one out, and torch finds nothing."""
    Path("gpu.toml").write_text(PROFILE.replace("gpus = 0", "gpus = 1"))
    result = CliRunner().invoke(jobs.commands.doctor.main, ["--profile", "gpu.toml"])
    assert result.exit_code == 1
    assert "FAIL  gpus          torch sees 0 of 1 GPUs." in result.stdout


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('partition = "gpuu"', "There is no partition gpuu. Those you may see are: main, low, high."),
        ('image = "/nowhere.sif"', "There is no /nowhere.sif. Build it with `make sif`"),
        ('binds = ["/nowhere"]', "/nowhere does not exist."),
    ],
)
def test_bad_input_is_named_before_anything_is_submitted(
    slurm_env: SlurmHost, doctor: Doctor, lines: str, said: str
) -> None:
    slurm_env.wait_idle()
    result = doctor(lines)
    assert result.exit_code == 1
    assert said in result.stdout
    assert "No job was submitted" in result.stdout
    assert not slurm_env.run("squeue", "--noheader")


def test_setup_that_fails_is_told_from_the_log(slurm_env: SlurmHost, doctor: Doctor) -> None:
    result = doctor('modules = ["cuda/12"]')
    assert result.exit_code == 1
    assert "module: command not found" in result.stdout
    assert "Correct modules in the profile." in result.stdout
    assert "_log.out" in result.stdout


@pytest.mark.skipif(not shutil.which("apptainer"), reason="needs Apptainer")
def test_an_image_that_does_not_start(slurm_env: SlurmHost, doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "damaged.sif").write_bytes(b"\1" * 5000)
    result = doctor(f'image = "{tmp_path}/damaged.sif"')
    assert result.exit_code == 1
    assert "image format not recognized" in result.stdout
    assert "The image does not start" in result.stdout


def test_a_job_that_never_starts_is_explained_and_cancelled(slurm_env: SlurmHost, doctor: Doctor) -> None:
    slurm_env.wait_idle()
    slurm_env.run("sbatch", "--nodes=3", "--exclusive", "--output=/dev/null", "--wrap=sleep 300")
    try:
        result = doctor("", "--timeout", "5")
        assert result.exit_code == 1
        assert "Slurm's reason is Resources" in result.stdout or "Slurm's reason is Priority" in result.stdout
        assert "the profile is fine" in result.stdout
        assert "It was cancelled after" in result.stdout
        assert "doctor" not in slurm_env.run("squeue", "--noheader", "--format=%j")
    finally:
        slurm_env.run("scancel", "--user=" + slurm_env.run("id", "-un"))
        slurm_env.wait_idle()


def test_no_value_of_a_profile_reaches_a_shell(slurm_env: SlurmHost, doctor: Doctor, tmp_path: Path) -> None:
    """sbatch itself reads the script: the values arrive as they are, and nothing else happens."""
    for hostile in ("; touch pwned", "$(touch pwned)", "'; touch pwned; '", '"; touch pwned; "', "`touch pwned`"):
        quoted = json.dumps(hostile)
        lines = f"account = {quoted}\nqos = {quoted}\n[environment]\nTOLD = {quoted}\n"
        result = doctor(lines, "--json")
        document = json.loads(result.stdout)
        assert document["report"], result.output
        script = next(tmp_path.glob("runs/.doctor/*/*_submission.sh"))
        job = script.name.partition("_")[0]
        assert slurm_env.job(job)["Account"].split()[0] == hostile.split()[0]
        shutil.rmtree(tmp_path / "runs/.doctor")
    assert not list(tmp_path.rglob("pwned"))
    assert not (Path.cwd() / "pwned").exists()
    assert not (Path.home() / "pwned").exists()


def test_no_arrays(small_env: SlurmHost, doctor: Doctor, tmp_path: Path) -> None:
    result = doctor("", "--write", "new.toml")
    assert result.exit_code == 1
    assert "MaxArraySize is 1, but array_limit = 1000: sbatch would refuse." in result.stdout
    assert load_profile(str(tmp_path / "new.toml")).array_limit == 1
    result = doctor("array_limit = 1")
    assert result.exit_code == 0, result.output


def test_a_partition_that_refuses(small_env: SlurmHost, doctor: Doctor) -> None:
    small_env.run("scontrol", "update", "PartitionName=low", "State=DOWN")
    assert "low is closed (DOWN)" in doctor('partition = "low"\narray_limit = 1').stdout
    small_env.run("scontrol", "update", "PartitionName=low", "State=UP", "MaxTime=10")
    result = doctor('partition = "low"\narray_limit = 1')
    assert "00:10:00 at most. time = 00:30:00 is more." in result.stdout
    assert 'time = "00:10:00"  # the partition\'s limit' in result.stdout
    small_env.run("scontrol", "update", "PartitionName=low", "MaxTime=INFINITE", "AllowAccounts=lab")
    result = doctor('partition = "low"\narray_limit = 1')
    assert "The probe never started; Slurm's reason is Job's account not known" in result.stdout
    assert result.exit_code == 1


def test_munge_down(small_env: SlurmHost, doctor: Doctor) -> None:
    small_env.stop_munge()
    try:
        result = doctor()
    finally:
        small_env.start_munge()
    assert result.exit_code == 1
    assert "It does not answer (Munge encode failed" in result.stdout
    assert "munge does not run on this machine" in result.stdout
    assert "No job was submitted" in result.stdout


@pytest.mark.image
@pytest.mark.timeout(1800)
def test_in_the_image(slurm_env: SlurmHost, doctor: Doctor, image: Path) -> None:
    """Python, signal and all-reduce work through srun and the image; the checkout is bound over its code."""
    result = doctor(f'image = "{image}"\nbinds = ["{TOP}:/opt/xdomain"]', "--json")
    document = json.loads(result.stdout)
    levels = {finding["what"]: finding["level"] for finding in document["findings"]}
    assert result.exit_code == 0, result.output
    assert document["report"]["image"] == str(image)
    assert {levels[what] for what in ("image", "binds", "python", "folders", "signal", "all-reduce")} == {"ok"}
