"""`mps = true`: a daemon of the job's own around packed runs, gone afterwards; no harm where there is none.

A stand-in takes the daemon's place: no GPU is needed, and none is shown.
"""

import os
import shutil
import signal
import subprocess

import pytest

from jobs.cluster.batch import setup, teardown
from jobs.cluster.profile import Profile
from xdomain.core.errors import UserError

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the batch script is for bash")
TASK = '(echo "pipe=$CUDA_MPS_PIPE_DIRECTORY bind=$APPTAINER_BIND"; ls -d "$CUDA_MPS_PIPE_DIRECTORY"; exit 3)'


@pytest.fixture
def job(tmp_path):
    """Run a batch script around TASK; `daemon` is what the stand-in does. Returns exit code, output, its calls."""

    def run(daemon: str | None, profile: Profile, task: str = TASK) -> tuple[int, str, list[str]]:
        programs, calls = tmp_path / "bin", tmp_path / "calls"
        programs.mkdir()
        if daemon is not None:
            program = programs / "nvidia-cuda-mps-control"
            program.write_text(
                "#!/bin/sh\n[ $# = 0 ] && said=$(cat)\n"
                f'echo "$* $said cvd=$CUDA_VISIBLE_DEVICES" >> {calls}\n{daemon}\n'
            )
            program.chmod(0o755)
        text = "\n".join([*setup(profile, tmp_path), task, *teardown(tmp_path)])
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "SLURM_JOB_ID": "7", "CUDA_VISIBLE_DEVICES": "3"}
        done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, calls.read_text().splitlines() if calls.exists() else []

    return run


def test_packed_runs_have_a_daemon_that_is_gone_after_them(job):
    code, said, calls = job("exit 0", Profile(pack=4, mps=True))
    assert code == 3, "the task's own"
    pipe = said.splitlines()[1]
    assert said.splitlines()[0] == f"pipe={pipe} bind={os.path.dirname(pipe)}"
    assert calls == ["-d  cvd=", " quit cvd=3"]
    assert pipe.startswith("/tmp/xdomain-mps.")
    assert not os.path.exists(os.path.dirname(pipe))


def test_the_daemon_ends_where_the_script_does_before_its_end(job):
    code, _, calls = job("exit 0", Profile(pack=4, mps=True), task="exit 5")
    assert (code, calls[-1]) == (5, " quit cvd=3")


def test_the_daemon_ends_after_a_run_that_was_killed(job):
    code, _, calls = job("exit 0", Profile(pack=4, mps=True), task='bash -c "kill -9 \\$\\$"')
    assert (code, calls[-1]) == (128 + signal.SIGKILL, " quit cvd=3")


def test_a_preempted_job_keeps_its_daemon_until_its_task_has_left(job):
    """SIGTERM reaches the script and the task, which takes the rest of an epoch to end; then so does the daemon."""
    task = 'kill -TERM $$; echo "still $(ls -d "$CUDA_MPS_PIPE_DIRECTORY")"; (exit 7)'
    code, said, calls = job("exit 0", Profile(pack=4, mps=True), task=task)
    assert code == 7
    pipe = said.splitlines()[0].removeprefix("still ")
    assert pipe.startswith("/tmp/xdomain-mps.")
    assert calls == ["-d  cvd=", " quit cvd=3"]
    assert not os.path.exists(os.path.dirname(pipe))


def test_a_daemon_that_does_not_answer_keeps_no_job_from_its_end(job):
    """It is asked through `timeout`; what is left of it is Slurm's to end, with the job."""
    code, _, calls = job('[ "$1" = -d ] && exit 0; exit 9', Profile(pack=4, mps=True))
    assert (code, calls[-1]) == (3, " quit cvd=3")


@pytest.mark.parametrize("daemon", [None, "exit 1"])
def test_without_mps_on_the_node_the_runs_go_on(job, daemon):
    code, said, calls = job(daemon, Profile(pack=4, mps=True))
    assert code == 3
    assert "MPS does not start on" in said
    assert "pipe= bind=" in said
    assert not any("quit" in call for call in calls)


@pytest.mark.parametrize("profile", [Profile(pack=4), Profile(mps=True)])
def test_nothing_is_started_where_it_is_not_asked_for_or_nothing_is_packed(job, profile):
    assert job("exit 0", profile)[::2] == (3, [])


def test_mps_without_a_gpu_is_refused(written):
    with pytest.raises(UserError, match="MPS is for runs that share a GPU"):
        written("mps = true\ngpus = 0\n")
    with pytest.raises(UserError, match="mps = 1 has to be true or false"):
        written("mps = 1\n")
