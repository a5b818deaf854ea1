"""`python -m analysis power`: what a study can resolve, before anything is spent on it."""

import click

from analysis.runs.matching import TOLERANCE
from xdomain.core.cli import Command, Number
from xdomain.core.errors import UserError

PRINTED = "The latter from printed accuracies, as though clips and models were independent: rather too large."
SEEDS, CLIPS = "1,2,3,5,10,20", "500,1000,1970,4000"


@click.command(cls=Command)
@click.option("--study", help="A study of Diving48 to measure the variances on; else they are given, or the paper's.")
@click.option("--seed-sd", type=Number(0, min_open=True), help="sd of ln T/S1 between seeds.")
@click.option("--clip-sd", type=Number(0, min_open=True), help="√clips × sd of the difference of ln T/S1.")
@click.option("--seeds", default=SEEDS, show_default=True, help="Numbers of seeds of either model.")
@click.option("--clips", default=CLIPS, show_default=True, help="Numbers of test clips.")
@click.option("--difference", type=Number(0, min_open=True), help="Also: seeds for this difference of ln T/S1.")
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
    from analysis.diving48.claims.precision import RATIO, printed_clip_sd, printed_differences
    from analysis.results.power import needed_seeds, resolved_differences
    from analysis.results.registry import analysis_of
    from analysis.table.formats import to_markdown

    papers, measured = "/".join(RATIO), None
    if study is not None:
        analysis = analysis_of(study)
        measured = analysis.variances(analysis.load(study), TOLERANCE)
    of = measured.ratio if measured else papers
    of_clips = clip_sd or (measured.clip_sd if measured else printed_clip_sd())
    of_seeds = seed_sd or (measured.seed_sd if measured else None)
    if of_seeds is None:
        whose = f"{study} has no model with two seeds" if study else "nothing printed tells how much a seed matters"
        raise UserError(
            f"{whose[0].upper()}{whose[1:]}: give the sd of ln {of} between seeds with --seed-sd, such as 0.1."
        )
    numbers, sizes = _whole(seeds, "--seeds"), _whole(clips, "--clips")
    wanted = [("--difference", "as given", difference)] if difference is not None else []
    wanted += printed_differences() if of == papers else []
    note = PRINTED if not (clip_sd or study) else ""
    click.echo(to_markdown(resolved_differences(of, of_seeds, of_clips, numbers, sizes, note)))
    if wanted:
        click.echo(to_markdown(needed_seeds(of, of_seeds, of_clips, sizes, wanted)))


def _whole(text: str, option: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UserError(f"{option} {text}: give whole numbers above 0, such as 1,2,5.")
    return [int(part) for part in parts]
