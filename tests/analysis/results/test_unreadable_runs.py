"""A run whose folder this user may not read is missing from the tables, which say so; the other runs are in them."""

from click.testing import CliRunner
from support import unprivileged
from support.made_runs import demo, right_2dot, write_run

from analysis.__main__ import main
from xdomain.core.roots import results_root, runs_root


def test_one_unreadable_run_does_not_hide_the_others(tmp_path):
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    folder = write_run(demo("2dot", "3dcnn", 2, 61), right_2dot(8, 5, 4))
    environment = {"XDOMAIN_RUNS": str(runs_root()), "XDOMAIN_RESULTS": str(results_root())}
    with unprivileged.mode(folder.result_file, 0):
        done = unprivileged.run(["analysis", "tables", "--study", "ts-demo"], tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 runs finished, 1 missing" in done.stdout
    assert f"{folder.result_file} cannot be used (Permission denied): you have no permission for it." in done.stdout


def test_claims_say_which_runs_they_are_not_of():
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    damaged = write_run(demo("2dot", "3dcnn", 2, 61), right_2dot(8, 5, 4)).predictions_file("mnist")
    damaged.write_bytes(damaged.read_bytes()[:50])
    done = CliRunner().invoke(main, ["claims", "--study", "ts-demo", "--brief"])
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith(f"Note: {damaged} is cut short or damaged")
    assert done.stdout.startswith("Of 10 claims hold: ")
