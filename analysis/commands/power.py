"""`python -m analysis power`: what a study can resolve, before anything is spent on it."""

import math

import click

from analysis.claims.precision import measured_sds, printed_clip_sd, printed_differences
from analysis.diving48.load import DivingStudy
from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from analysis.statistics.power import LEVEL, POWER, resolvable, seeds_needed
from analysis.table.formats import to_markdown
from analysis.table.tables import Column, Table, ratio
from xdomain.core.errors import UserError

PRINTED = "The latter from printed accuracies, as though clips and models were independent: rather too large."
SEEDS, CLIPS = "1,2,3,5,10,20", "500,1000,1970,4000"


@click.command()
@click.option("--study", help="A study of Diving48 to measure the variances on; else they are given, or the paper's.")
@click.option("--seed-sd", type=click.FloatRange(0, min_open=True), help="sd of ln T/S1 between seeds.")
@click.option("--clip-sd", type=click.FloatRange(0, min_open=True), help="√clips × sd of the difference of ln T/S1.")
@click.option("--seeds", default=SEEDS, show_default=True, help="Numbers of seeds of either model.")
@click.option("--clips", default=CLIPS, show_default=True, help="Numbers of test clips.")
@click.option(
    "--difference", type=click.FloatRange(0, min_open=True), help="Also: seeds for this difference of ln T/S1."
)
def power(
    study: str | None, seed_sd: float | None, clip_sd: float | None, seeds: str, clips: str, difference: float | None
) -> None:
    r"""Say which differences N seeds × M clips can resolve.

    They are between two models in T/S1; it says, too, how many seeds a claim needs. Both variances come from a study,
    as far as it has several seeds, or are given; without either, the clips' follows from the paper's printed
    accuracies. Resolved: found at 5 % in four of five such studies.

    \b
    Examples:
      python -m analysis power --seed-sd 0.1
      python -m analysis power --study diving48 --seed-sd 0.1
      python -m analysis power --study diving48-seeds --seeds 3,5 --clips 1970
      python -m analysis power --seed-sd 0.2 --difference 0.1
    """
    measured: tuple[float, float | None] = (0.0, None)
    if study is not None:
        loaded = analysis_of(study).load(study)
        if not isinstance(loaded, DivingStudy):
            raise UserError(f"--study {study}: T/S1 is a ratio of Diving48. Name a study of it.")
        measured = measured_sds(loaded, TOLERANCE)
    of_clips = clip_sd or measured[0] or printed_clip_sd()
    of_seeds = seed_sd or measured[1]
    if of_seeds is None:
        whose = f"{study} has no model with two seeds" if study else "nothing printed tells how much a seed matters"
        raise UserError(
            f"{whose[0].upper()}{whose[1:]}: give the sd of ln T/S1 between seeds with --seed-sd, such as 0.1."
        )
    numbers, sizes = _whole(seeds, "--seeds"), _whole(clips, "--clips")
    printed = PRINTED if not (clip_sd or study) else ""
    click.echo(to_markdown(_resolved(of_seeds, of_clips, numbers, sizes, printed)))
    click.echo(to_markdown(_needed(of_seeds, of_clips, sizes, difference)))


def _resolved(seed_sd: float, clip_sd: float, seeds: list[int], clips: list[int], printed: str) -> Table:
    rows = [
        {
            "seeds": n,
            **{str(m): resolvable(seed_sd, clip_sd, n, m) for m in clips},
            "factor": _factor(seed_sd, clip_sd, n, clips),
        }
        for n in seeds
    ]
    return Table(
        "power",
        f"The smallest difference of ln T/S1 that is found at {100 * LEVEL:g} % with a power of {100 * POWER:g} %",
        (
            Column("seeds", "Seeds a model"),
            *(Column(str(m), f"{m:,} clips", ratio) for m in clips),
            Column("factor", f"T/S1 by a factor of ({max(clips):,} clips)", "{:.2f}".format),
        ),
        tuple(rows),
        (
            f"sd of ln T/S1 between seeds: {seed_sd:.3g}. √clips × sd of the difference over clips: {clip_sd:.3g}; the "
            "clips are those that all seeds see, so more seeds do not make up for them.",
            *([printed] if printed else []),
        ),
        (),
    )


def _factor(seed_sd: float, clip_sd: float, seeds: int, clips: list[int]) -> float:
    return math.exp(resolvable(seed_sd, clip_sd, seeds, max(clips)))


def _needed(seed_sd: float, clip_sd: float, clips: list[int], difference: float | None) -> Table:
    wanted = printed_differences()
    if difference is not None:
        wanted = [("--difference", "as given", difference), *wanted]
    rows = [
        {"claim": claim, "comparison": comparison, "difference": apart}
        | {str(m): seeds_needed(abs(apart), seed_sd, clip_sd, m) or "clips too few" for m in clips}
        for claim, comparison, apart in wanted
    ]
    return Table(
        "power-claims",
        "Seeds of either model that a claim on T/S1 needs, if the truth is what the paper prints",
        (
            Column("claim", "Claim"),
            Column("comparison", "Comparison"),
            Column("difference", "Difference of ln T/S1", "{:+.3f}".format),
            *(Column(str(m), f"{m:,} clips") for m in clips),
        ),
        tuple(rows),
        ("Clips too few: their variance alone hides the difference, however many seeds there are.",),
        (),
    )


def _whole(text: str, option: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise UserError(f"{option} {text}: give whole numbers above 0, such as 1,2,5.")
    return [int(part) for part in parts]
