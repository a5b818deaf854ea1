"""Further options of sbatch in a profile, and resources on the command line."""

import pytest
from click.testing import CliRunner

import jobs.commands.launch
from jobs.backends import slurm
from jobs.cluster.profile import Profile
from xdomain.core.errors import UserError


def script(profile: Profile, tmp_path, comment: str = "") -> list[str]:
    """The lines of the batch script that set options."""
    executor = slurm.executor(tmp_path, "xdomain.test", profile, None, profile.gres, None, comment=comment)
    text = executor._make_submission_file_text(executor._submitit_command_str, "uid")
    return [line.removeprefix("#SBATCH ") for line in text.splitlines() if line.startswith("#SBATCH ")]


def test_they_stand_in_the_batch_script(written, tmp_path):
    text = '[sbatch]\nreservation = "course"\nmail-type = "END,FAIL"\nnice = 100\nlicenses = "a:2"\nexclusive = true\n'
    lines = script(written(text), tmp_path)
    assert {"--reservation=course", "--mail-type=END,FAIL", "--nice=100", "--licenses=a:2", "--exclusive"} <= set(lines)
    assert "--kill-on-invalid-dep=yes" in lines


def test_the_comment_says_what_the_jobs_carry_unless_the_profile_has_one(tmp_path):
    assert "--comment='ts: 2 runs of 3dcnn'" in script(Profile(), tmp_path, "ts: 2 runs of 3dcnn")
    own = script(Profile(sbatch={"comment": "mine"}), tmp_path, "ts: 2 runs of 3dcnn")
    assert [line for line in own if line.startswith("--comment")] == ["--comment=mine"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('reservaton = "x"', "unknown key reservaton. Did you mean reservation?"),
        ('mem = "8G"', "sbatch has mem: say that with memory at the top of the profile."),
        ('dependency = "afterok:1"', "sbatch has dependency: say that with --after."),
        ('output = "/tmp/x"', "unknown key output."),
        ('mail-type = ""', "sbatch has mail-type without a value"),
        ("exclusive = false", "sbatch has exclusive without a value"),
        ("nice = [1]", "has to be a table"),
        ('comment = "a\\nb"', "has a line break or control character"),
    ],
)
def test_what_is_no_option_for_a_profile_is_refused(written, text, sentence):
    with pytest.raises(UserError) as refused:
        written(f"[sbatch]\n{text}\n")
    assert sentence in str(refused.value)
    assert "mine.toml" in str(refused.value)


def test_time_memory_and_partition_of_the_command_line_win(squeue, tmp_path):
    (tmp_path / "mine.toml").write_text('partition = "gpu"\nmemory = "16G"\n')
    words = ["ts-grid", "--source", "2dot", "--model", "3dcnn", "--hidden", "2", "--seed", "42", "--dry-run"]
    given = ["--time", "01:00:00", "--memory", "48G", "--partition", "long"]
    where = ["--cluster", "slurm", "--profile", str(tmp_path / "mine.toml")]
    done = CliRunner().invoke(jobs.commands.launch.main, [*words, *where, *given])
    assert done.exit_code == 0, done.output
    assert "partition=long" in done.stdout
    assert "time=01:00:00, memory=48G" in done.stdout
    wrong = CliRunner().invoke(jobs.commands.launch.main, [*words, *where, "--time", "1h"])
    assert wrong.exit_code == 2
    assert "time = '1h': write a limit as hours:minutes:seconds" in wrong.stderr
