"""The ledger of speed: what is named as slower, whatever the machine's own speed."""

import json
import sys

import pytest
from click.testing import CliRunner
from support.roots import set_roots

from benchmarks import __main__ as bench
from benchmarks import ledger, rates
from benchmarks.finished_runs import grid_of, write_finished
from benchmarks.ledger import Ledger, compare
from benchmarks.rates import Figure
from jobs.commands.status import main as status
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import RunFolder


def of(**relative: float) -> Ledger:
    return Ledger("a processor", relative, {})


def test_a_slower_path_is_named_with_how_much():
    slower, sentences = compare(of(read=10.0, write=4.0, draw=8.0), of(read=10.0, write=8.0, draw=10.0))
    assert slower == ["write"], "a quarter more is what one machine differs by"
    assert "SLOWER: write takes 2.00 times as long as the reference" in sentences
    assert sentences[-1] == "1 of 3 are slower."


def test_what_is_new_gone_or_faster_is_said_and_no_fault():
    slower, sentences = compare(of(read=20.0, drawn=1.0), of(read=10.0, write=8.0))
    assert not slower
    assert sentences == [
        "faster: read takes 0.50 of the reference's time",
        "new: drawn",
        "0 of 1 are slower; 1 were not measured.",
    ]


def test_another_processor_is_said():
    assert "another processor" in compare(of(read=1.0), Ledger("another", {"read": 1.0}, {}))[1][0]


@pytest.mark.parametrize(("seconds", "code"), [(0.1, 0), (0.2, 0), (0.05, 1)])
def test_rates_are_compared_by_the_work_that_the_machine_does_meanwhile(monkeypatch, tmp_path, capsys, seconds, code):
    """At the reference 50 a second where the work took 0.2 s; a machine of twice that speed has to do 100."""
    module = type(sys)("benchmarks.made")
    module.figures = lambda: iter([Figure("read", 100.0, "files")])
    monkeypatch.setitem(sys.modules, "benchmarks.made", module)
    monkeypatch.setattr(bench, "MODULES", ("made",))
    monkeypatch.setattr(bench, "calibration", lambda: seconds)
    set_roots(monkeypatch, results=tmp_path)
    reference = tmp_path / "reference.json"
    Ledger("a processor", {"read": 10.0}, {}).write(reference)
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "made", "--reference", str(reference)])
    with pytest.raises(SystemExit) as ended:
        bench.main()
    assert ended.value.code == code
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["per_cpu_second"] == {"read": 100.0}
    assert written["relative"] == {"read": pytest.approx(100 * seconds)}
    assert ("SLOWER: read" in capsys.readouterr().out) == bool(code)


def test_the_committed_reference_has_every_benchmark():
    """Of each a figure whose name the code still knows."""
    reference = Ledger.read(ledger.REFERENCE).relative
    for what in (
        "mnist-bg released, drawn",
        "ConvLSTM layer",
        "step of timesformer-8 h=16",
        "videos: cache built, 2 processes",
        "S1 + S2 + T",
        "status, 400 finished runs, again",
    ):
        assert reference[what] > 0


def test_a_rate_is_of_the_fastest_repetition(monkeypatch):
    spent = iter([0.0, 4.0, 4.0, 6.0, 6.0, 9.0])  # CPU seconds when asked: repetitions of 4, 2 and 3 seconds
    monkeypatch.setattr(rates, "cpu_seconds", lambda: next(spent))
    assert rates.per_second(lambda: None, 10, repeats=3) == 5.0


def test_written_runs_are_finished_runs(monkeypatch, tmp_path):
    """By the project's own eyes: status counts all of them, and their results are read."""
    set_roots(monkeypatch, runs=tmp_path / "runs")
    monkeypatch.setenv("PATH", "/nowhere")
    specs = grid_of(83, "written")
    assert len({spec.id for spec in specs}) == 83
    write_finished(specs)
    document = json.loads(CliRunner().invoke(status, ["--json"]).stdout)
    assert [run["state"] for run in document["runs"]] == ["finished"] * 83
    hours = [model["hours"] for model in document["usage"] if model["model"]]
    assert sum(hours) == pytest.approx(83 * 900 / 3600)
    assert RunFolder.of(specs[82]).result()["accuracy"]["2dot"] > 0.5
    assert runs_root() == tmp_path / "runs"
