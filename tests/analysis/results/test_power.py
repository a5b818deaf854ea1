"""`python -m analysis power`: what seeds and clips resolve."""

import numpy as np
import pytest
from click.testing import CliRunner, Result
from support.made_diving import training, write_evaluation, write_study, write_training
from support.made_runs import write_demo

from analysis.__main__ import main
from analysis.diving48.claims.precision import measured_sds, printed_clip_sd, printed_differences
from analysis.diving48.data.load import load_diving
from analysis.statistics.power import resolvable, seeds_needed


def power(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["power", *arguments])


def test_a_difference_that_is_resolvable_is_found_in_four_of_five_studies() -> None:
    """Simulated: seeds and clips vary as stated, and the difference is tested at 5 %."""
    rng, seeds, clips, seed_sd, clip_sd = np.random.default_rng(1), 4, 900, 0.15, 3.0
    truth = resolvable(seed_sd, clip_sd, seeds, clips)
    models = seed_sd * rng.normal(size=(20_000, 2, seeds)).mean(axis=2)
    found = truth + models[:, 0] - models[:, 1] + clip_sd / np.sqrt(clips) * rng.normal(size=20_000)
    share = np.mean(found > 1.959964 * np.sqrt(2 * seed_sd**2 / seeds + clip_sd**2 / clips))
    assert share == pytest.approx(0.8, abs=0.01)


def test_seeds_that_are_needed_resolve_and_one_fewer_do_not() -> None:
    needed = seeds_needed(0.3, 0.2, 3.0, 1_970)
    assert needed is not None
    assert resolvable(0.2, 3.0, needed, 1_970) <= 0.3 < resolvable(0.2, 3.0, needed - 1, 1_970)
    assert seeds_needed(0.1, 0.2, 3.0, 1_970) is None  # 2.8 · 3 / √1970 = 0.19 is left by the clips alone


def test_the_printed_numbers_make_a_clip_variance_and_differences() -> None:
    assert 6 < printed_clip_sd() < 8  # S1 and T near 8 %: √(2 · (1/0.08 + 1/0.08 − 2)) = 6.8
    named = {comparison: apart for _, comparison, apart in printed_differences()}
    assert named["T/S1 [d]: ConvLSTM − 3D CNN"] == pytest.approx(np.log(0.586 / 0.815))


def test_the_variances_of_a_study_with_seeds_are_measured() -> None:
    for seed, texture in ((42, 0.2), (61, 0.3)):
        write_training(training("3dcnn-4blocks", seed=seed), {3: 0.3})
        for domain, factor in (("S1", 0.4), ("T", texture)):
            write_evaluation(training("3dcnn-4blocks", seed=seed), domain, factor, {3: 0.3})
    write_training(training("convlstm-4blocks"), {3: 0.3})
    for domain, factor in (("S1", 0.4), ("T", 0.3)):
        write_evaluation(training("convlstm-4blocks"), domain, factor, {3: 0.3})
    of_clips, of_seeds = measured_sds(load_diving("diving48-demo"), 0.005)
    assert of_seeds == pytest.approx(np.std(np.log([14 / 29, 22 / 29]), ddof=1))  # right of 240 clips
    assert 2 < of_clips < 8
    done = power("--study", "diving48-demo")
    assert done.exit_code == 0, done.output
    assert f"seeds: {of_seeds:.3g}." in done.output


def test_what_is_not_known_is_asked_for() -> None:
    assert "nothing printed tells" in power().output.lower()
    write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    assert "no model with two seeds" in power("--study", "diving48-demo").output
    write_demo()
    assert "a ratio of Diving48" in power("--study", "ts-demo").output
    for seeds in ("2,x", "0", "²"):
        assert "give whole numbers above 0" in power("--seed-sd", "0.1", "--seeds", seeds).output


def test_a_difference_of_ones_own_is_listed_first() -> None:
    done = power("--seed-sd", "0.1", "--clip-sd", "2", "--difference", "0.2", "--clips", "1970")
    row = next(line for line in done.output.splitlines() if "--difference" in line)
    # 2 · 0.1² / ((0.2 / 2.8016)² − 4 / 1970) = 6.5
    assert row.rstrip(" |").endswith("7")
