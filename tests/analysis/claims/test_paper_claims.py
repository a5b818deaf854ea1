"""Claims as tested statements: their language, their verdicts, what the printed numbers allow, a user's own file."""

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import norm, t
from support.made_diving import training, write_evaluation, write_study, write_training
from support.made_runs import write_demo

from analysis.__main__ import main
from analysis.claims.listing import PAPER, claims_of, read_claims
from analysis.claims.summary import summary
from analysis.claims.verdicts import evaluate
from analysis.diving48.claims.published import PublishedNumbers
from analysis.diving48.claims.seeds import measured_seed_sd
from analysis.diving48.data.load import load_diving
from analysis.statistics.equivalence import ABOVE, BELOW, NEAR, Evidence, evidence, one_sided_p
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS, joint, verdicts
from analysis.table.samples import CrossedSample
from analysis.table.tables import Table
from xdomain.core.errors import UserError
from xdomain.studies.claims_file import COLUMNS

NORMAL = norm.ppf((np.arange(9_999) + 0.5) / 9_999)


def draws(mean: float, sd: float = 1.0) -> np.ndarray:
    return mean + sd * NORMAL


def weighed(drawn: np.ndarray, relation: str, bound: float, margin: float) -> Evidence:
    return evidence(partial(one_sided_p, drawn), relation, bound, margin)


def write_claims(file: Path, *rows: dict[str, str]) -> Path:
    with file.open("w", newline="") as text:
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(dict.fromkeys(COLUMNS, "") | row for row in rows)
    return file


def own(**changes: str) -> dict[str, str]:
    return {
        "id": "mine",
        "study": "diving48",
        "claim": "Mine",
        "tests": "T/S1 [a] ConvLSTM < 1",
        "margin": "0.1",
    } | changes


def test_the_papers_file_has_its_22_claims() -> None:
    claims = read_claims()
    assert [len(claims_of(key, claims)) for key in ("ts", "ts-demo", "diving48-demo")] == [10, 10, 12]
    assert [claim.id for claim in claims if claim.is_primary] == [
        "ts-2",
        "ts-8",
        "ts-10",
        *(f"div-{n}" for n in range(1, 5)),
    ]
    by_id = {claim.id: claim for claim in claims}
    assert [test.comparison for test in by_id["div-9"].tests] == [f"T/V [{x}]: ConvLSTM − 3D CNN" for x in "gh"]
    assert by_id["ts-4"].tests[0].bound is None


def test_one_sided_evidence_is_that_of_the_normal_distribution() -> None:
    above = weighed(draws(2), ABOVE, 0, margin=0.5)
    assert above.p_holds == pytest.approx(norm.sf(2), abs=2e-4)
    assert above.p_opposite == pytest.approx(norm.cdf(2), abs=2e-4)
    assert above.p_equal == pytest.approx(norm.cdf(1.5), abs=2e-4)
    below = weighed(draws(2), BELOW, 0, margin=0.5)
    assert (below.p_holds, below.p_opposite) == (above.p_opposite, above.p_holds)
    near = weighed(draws(0, 0.1), NEAR, 0, margin=0.25)
    assert near.p_holds == pytest.approx(norm.sf(2.5), abs=2e-4)


def test_no_difference_is_a_finding_against_a_claim() -> None:
    found = joint([weighed(draws(0.01, 0.1), ABOVE, 0, margin=0.5)])
    assert found.verdict == CONTRADICTED
    assert verdicts([found], [False]) == ([CONTRADICTED], [None])
    assert verdicts([joint([weighed(draws(0.01, 1), ABOVE, 0, margin=0.5)])], [False])[0] == [CANNOT_TELL]


def test_a_small_difference_that_is_sure_holds() -> None:
    assert joint([weighed(draws(0.1, 0.01), ABOVE, 0, margin=0.5)]).verdict == HOLDS


def test_a_claim_holds_if_all_its_comparisons_do_and_falls_with_one() -> None:
    sure, unsure, against = Evidence(0.001, 1, 1), Evidence(0.2, 0.8, 1), Evidence(1, 0.001, 1)
    assert (joint([sure, sure]).verdict, joint([sure, sure]).p) == (HOLDS, 0.002)
    assert (joint([sure, unsure]).verdict, joint([sure, unsure]).p) == (HOLDS, 0.4)
    fallen = joint([sure, unsure, against])
    assert (fallen.verdict, fallen.p, fallen.place) == (CONTRADICTED, pytest.approx(2 * 3 * 0.001), 2)


def test_holm_is_over_the_primary_family_alone() -> None:
    strong, weak = joint([Evidence(0.005, 1, 1)]), joint([Evidence(0.02, 1, 1)])
    told, corrected = verdicts([strong, weak], [True, True])
    assert (told, corrected) == ([HOLDS, HOLDS], [pytest.approx(0.02), pytest.approx(0.04)])
    more = verdicts([strong, weak] + [weak] * 20, [True, True] + [False] * 20)
    assert (more[0][:2], more[1][:2]) == (told, corrected)
    assert verdicts([strong, weak, weak], [True] * 3)[0] == [HOLDS, CANNOT_TELL, CANNOT_TELL]


def test_what_the_printed_numbers_allow() -> None:
    printed = PublishedNumbers()
    found = {verdict.claim.id: verdict for verdict in evaluate(claims_of("diving48", read_claims()), printed)}
    assert {name: verdict.signs for name, verdict in found.items() if verdict.signs != "as claimed"} == {
        "div-1": "reversed"
    }
    held = {name for name, verdict in found.items() if verdict.verdict == HOLDS}
    assert held == {"div-7", "div-9"}  # from 1,970 clips alone; the others' intervals reach both sides
    assert CONTRADICTED not in {verdict.verdict for verdict in found.values()}


def test_printed_numbers_that_turn_round_are_said() -> None:
    printed, claims = PublishedNumbers(), {claim.id: claim for claim in read_claims()}
    _, time = claims["div-1"].tests
    assert printed.caution(time) == (
        "Table 1's averages are over different experiments; over a, b, c, e, f, which both have, T/V is 0.212 and "
        "0.189; reversed in b, c, e, f"
    )
    cnn, _ = claims["div-2"].tests
    assert printed.caution(cnn) == "reversed in e, f, g"  # g: 0.776 against 0.737
    # ln 0.815 ± 1.96 sqrt((1 − a)/(1970 a) + (1 − b)/(1970 b)), a = 0.191 and b = 0.234 of 50.07 %
    (alone, *_) = claims["div-7"].tests
    a, b = 0.191 * 0.5007, 0.234 * 0.5007
    low = 0.815 * np.exp(-1.96 * np.sqrt((1 - a) / (1970 * a) + (1 - b) / (1970 * b)))
    assert printed.sample(alone).estimate().low == pytest.approx(low, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tests": "T/V ConvLSTM < 0"}, "is no test"),
        ({"tests": "T/S1 [a] ConvLSTM < chance"}, "only `near` goes with chance"),
        ({"tests": "T/S1 [a] ConvLSTM < small"}, "'small' is no number"),
        ({"margin": "0"}, "is no number above 0"),
        ({"study": "kinetics"}, "there is no study 'kinetics', only ts, diving48"),
        ({"family": "mine"}, "neither primary nor empty"),
        ({"id": ""}, "has no id"),
    ],
)
def test_a_claim_that_cannot_be_tested_is_refused_with_its_line(tmp_path: Path, changes: dict, said: str) -> None:
    file = write_claims(tmp_path / "own.csv", own(), own(id="second") | changes)
    with pytest.raises(UserError, match="line 3") as refused:
        read_claims(file)
    assert said in str(refused.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the claim mine twice"):
        read_claims(write_claims(tmp_path / "twice.csv", own(), own()))
    (tmp_path / "other.csv").write_text("id,claim\n1,one\n")
    with pytest.raises(UserError, match="has no column study"):
        read_claims(tmp_path / "other.csv")


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("T/S1 [x] ConvLSTM < 1", "no experiment 'x'"),
        ("T/X [a] ConvLSTM < 1", "no domain 'X'"),
        ("T/S1 [a] LSTM < 1", "none of Diving48's quantities"),
    ],
)
def test_quantities_that_a_study_has_not_are_refused(tmp_path: Path, tests: str, said: str) -> None:
    write_study(("convlstm-4blocks",))
    file = write_claims(tmp_path / "own.csv", own(tests=tests))
    done = CliRunner().invoke(main, ["claims", "--study", "diving48-demo", "--file", str(file)])
    assert done.exit_code != 0
    assert said in done.output


def test_a_users_file_makes_tables_of_its_own_and_changes_no_verdict(roots: Path, tmp_path: Path) -> None:
    write_study(("3dcnn-4blocks",), S1=0.6)
    write_study(("convlstm-4blocks",), S1=0.6, T=0.15)
    run = ["claims", "--study", "diving48-demo"]
    paper = CliRunner().invoke(main, run)
    assert paper.exit_code == 0, paper.output
    folder = roots / "results" / "diving48-demo" / "tables"
    before = (folder / "claims.csv").read_bytes()
    file = write_claims(tmp_path / "own.csv", own(family="primary"), own(id="not", tests="T/S1 [a] ConvLSTM > 1"))
    done = CliRunner().invoke(main, [*run, "--file", str(file)])
    assert done.exit_code == 0, done.output
    with (folder / "claims-own.csv").open() as text:
        rows = {row["claim"]: row for row in csv.DictReader(text)}
    assert {name: row["verdict"] for name, row in rows.items()} == {"mine": HOLDS, "not": CONTRADICTED}
    assert float(rows["mine"]["estimate"]) == pytest.approx(11 / 43)  # of 240 clips
    assert (folder / "claims.csv").read_bytes() == before


def test_claims_say_what_is_missing(roots: Path) -> None:
    write_demo()
    done = CliRunner().invoke(main, ["claims", "--study", "ts-demo"])
    assert done.exit_code == 0, done.output
    with (roots / "results" / "ts-demo" / "tables" / "claims.csv").open() as text:
        rows = {row["claim"]: row for row in csv.DictReader(text)}
    assert (rows["ts-3"]["verdict"], rows["ts-3"]["estimate_note"]) == (CANNOT_TELL, "ConvLSTM not launched")


def test_few_seeds_make_no_verdict_and_the_p_value_goes_with_the_interval() -> None:
    few, enough = (CrossedSample(2.5, draws(2.5), (), freedom=freedom) for freedom in (3, 6))
    assert np.isnan([*few.interval(), few.one_sided_p(ABOVE, 0)]).all()
    assert enough.interval() == pytest.approx((2.5 - t.ppf(0.975, 6), 2.5 + t.ppf(0.975, 6)), abs=0.02)
    assert enough.one_sided_p(ABOVE, 0) == pytest.approx(t.sf(2.5, 6), rel=0.02)


def test_a_given_seed_variance_widens_what_one_seed_shows(roots: Path) -> None:
    write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    for command in (["claims"], ["claims", "--seed-sd", "0.3"]):
        done = CliRunner().invoke(main, [*command, "--study", "diving48-demo"])
        assert done.exit_code == 0, done.output
    widths = []
    for name in ("claims-comparisons", "claims-seed-sd-comparisons"):
        with (roots / "results" / "diving48-demo" / "tables" / f"{name}.csv").open() as text:
            (row,) = [r for r in csv.DictReader(text) if r["comparison"] == "T/S1 [a]: ConvLSTM"]
        widths.append(np.log(float(row["estimate_high"]) / float(row["estimate_low"])) / (2 * 1.96))
    assert widths[1] == pytest.approx(np.hypot(widths[0], 0.3 * np.sqrt(2)), rel=0.05)


def test_a_seed_variance_is_borrowed_from_seeds_that_are_there() -> None:
    rates = {42: 0.4, 61: 0.5}
    for seed, factor in rates.items():
        write_training(training("3dcnn-4blocks", seed=seed), {3: 0.3})
        write_evaluation(training("3dcnn-4blocks", seed=seed), "S1", factor, {3: 0.3})
    logs = np.log([29 / 240, 36 / 240])
    assert measured_seed_sd(load_diving("diving48-demo"), 0.005) == pytest.approx(np.std(logs, ddof=1))


def test_a_study_of_single_seeds_lends_none() -> None:
    write_study(("3dcnn-4blocks",))
    with pytest.raises(UserError, match="two seeds"):
        measured_seed_sd(load_diving("diving48-demo"), 0.005)


def test_the_papers_file_keeps_the_papers_words() -> None:
    with PAPER.open() as text:
        rows = list(csv.DictReader(text))
    assert rows[10]["published evidence"] == "0.185 / 0.221 / 0.190"
    assert rows[10]["claim"] == "ConvLSTM drops the most on T, relative to V"


def test_two_lines_say_what_holds_and_what_is_clearest():
    """The counts and the smallest p are read off rows written here by hand."""
    rows = [
        {"claim": "ts-1", "verdict": HOLDS, "p": 0.03, "statement": "A beats B"},
        {"claim": "ts-2", "verdict": CONTRADICTED, "p": 0.01, "statement": "B beats C"},
        {"claim": "ts-3", "verdict": CANNOT_TELL, "p": 0.2, "statement": "C beats A"},
    ]
    table = Table("claims", "Claims", (), tuple(rows), (), (), ())
    assert summary(table, "ts-demo").splitlines() == [
        "Of 3 claims hold: 1 (ts-1), contradicted: 1 (ts-2), cannot be told from these runs: 1.",
        "The clearest, ts-2, contradicted: B beats C.",
    ]
    unclear = Table("claims", "Claims", (), tuple(rows[2:]), (), (), ())
    assert summary(unclear, "ts-demo").startswith("Of 1 claims hold: 0, contradicted: 0, cannot be told from these ")
    assert "python -m analysis claims --study ts-demo says why of each." in summary(unclear, "ts-demo")


@pytest.mark.parametrize("text", ["0", "-0.1", "nan", "inf"])
def test_a_seed_variance_that_is_none_is_refused(roots: Path, text: str) -> None:
    write_study(("3dcnn-4blocks",))
    done = CliRunner().invoke(main, ["claims", "--study", "diving48-demo", "--seed-sd", text])
    assert done.exit_code == 2
    assert f"--seed-sd {text}: give a number above 0, such as 0.1." in done.output


@pytest.mark.parametrize(
    ("tests", "sentence"),
    [
        ("T/V [2dot] ConvLSTM < 1", "is none of Temporal Shape's quantities: A(domain), rr(domain) or a slope"),
        ("spread A(5dot) [2dot] < 1", "is none of Temporal Shape's quantities"),
        ("A(6dot) [2dot] ConvLSTM > 0", "there is no domain '6dot', only V, 2dot, 5dot, mnist, mnist-bg"),
        ("A(5dot) [2dots] ConvLSTM > 0", "there is no domain '2dots', only V"),
        ("A(5dot) [2dot h=two] ConvLSTM > 0", "the sizes 'two' are no whole numbers, such as h=2,4"),
        ("A(5dot) [2dot h=²] ConvLSTM > 0", "the sizes '²' are no whole numbers, such as h=2,4"),
    ],
)
def test_what_temporal_shape_cannot_test_is_refused(roots: Path, tmp_path: Path, tests: str, sentence: str) -> None:
    write_demo()
    file = write_claims(tmp_path / "mine.csv", own(study="ts", tests=tests))
    done = CliRunner().invoke(main, ["claims", "--study", "ts-demo", "--file", str(file)])
    assert done.exit_code == 2, done.output
    assert sentence in done.output


def test_a_file_of_claims_that_is_none_is_named(roots: Path, tmp_path: Path) -> None:
    write_demo()
    (tmp_path / "mine.csv").write_bytes(b"\xff\xfe")
    for file in ("mine.csv", "absent.csv"):
        done = CliRunner().invoke(main, ["claims", "--study", "ts-demo", "--file", str(tmp_path / file)])
        assert done.exit_code == 2
        assert file in done.output
