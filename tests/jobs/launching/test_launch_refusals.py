"""Launches that the place or Slurm cannot carry out are refused before anything is written."""

from pathlib import Path

from support.tiny_runs import AS_OPTIONS

GRID = ["--source", "2dot", "--hidden", "2", "--model", "3dcnn", "--seed", "42", "--tag", "tiny", *AS_OPTIONS]


def assert_refused(done, sentence: str, roots: Path) -> None:
    assert done.exit_code == 2, done.output
    assert sentence in done.output
    assert not (roots / "runs").exists()


def test_without_slurm_the_other_ways_are_named(launch, empty_roots, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    done = launch(*GRID, "--cluster", "slurm")
    assert_refused(done, "There is no Slurm here (no sbatch). Launch with --cluster local", empty_roots)


def test_with_a_silent_slurm_nothing_is_launched_twice(launch, squeue, tiny_roots):
    """Which runs its jobs carry, only Slurm knows."""
    squeue.fall_silent()
    done = launch(*GRID, "--cluster", "slurm")
    assert done.exit_code == 2
    assert "Unable to contact controller" in done.output
    assert "Try again when `squeue` works." in done.output
    assert not list(tiny_roots.glob("*/launches"))


def test_several_ranks_are_more_than_one_process_can_be(launch, empty_roots):
    done = launch(*GRID, "--set", "ranks=2", "--cluster", "debug")
    assert_refused(done, "--cluster debug is one process: runs of several ranks need local or slurm.", empty_roots)


def test_several_ranks_are_not_packed(launch, squeue, tmp_path):
    (tmp_path / "packed.toml").write_text("gpus = 2\npack = 2\n")
    done = launch(*GRID, "--set", "ranks=2", "--cluster", "slurm", "--profile", str(tmp_path / "packed.toml"))
    assert done.exit_code == 2
    assert "Runs of 2 ranks have GPUs of their own: they cannot be packed. Set pack = 1." in done.output


def test_a_profile_of_other_gpus_than_ranks_says_both_ways_out(launch, squeue, tmp_path):
    (tmp_path / "four.toml").write_text("gpus = 4\n")
    done = launch(*GRID, "--cluster", "slurm", "--profile", str(tmp_path / "four.toml"))
    assert done.exit_code == 2
    assert "set gpus = 1 in the profile, or --set ranks." in done.output
