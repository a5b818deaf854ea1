"""What N seeds × M clips can resolve, as tables."""

import math

from analysis.statistics.power import LEVEL, POWER, resolvable, seeds_needed
from analysis.table.tables import Column, Table, ratio

Difference = tuple[str, str, float]  # of which claim, of what, and how far apart the logarithms are


def resolved_differences(
    of: str, seed_sd: float, clip_sd: float, seeds: list[int], clips: list[int], note: str = ""
) -> Table:
    """Tell the smallest difference of the logarithm of a ratio, such as T/S1, that so many seeds × clips resolve."""
    rows = [
        {
            "seeds": n,
            **{str(m): resolvable(seed_sd, clip_sd, n, m) for m in clips},
            "factor": math.exp(resolvable(seed_sd, clip_sd, n, max(clips))),
        }
        for n in seeds
    ]
    return Table(
        "power",
        f"The smallest difference of ln {of} that is found at {100 * LEVEL:g} % with a power of {100 * POWER:g} %",
        (
            Column("seeds", "Seeds a model"),
            *(Column(str(m), f"{m:,} clips", ratio) for m in clips),
            Column("factor", f"{of} by a factor of ({max(clips):,} clips)", "{:.2f}".format),
        ),
        tuple(rows),
        (
            f"sd of ln {of} between seeds: {seed_sd:.3g}. √clips × sd of the difference over clips: {clip_sd:.3g}; the "
            "clips are those that all seeds see, so more seeds do not make up for them.",
            *([note] if note else []),
        ),
        (),
    )


def needed_seeds(of: str, seed_sd: float, clip_sd: float, clips: list[int], wanted: list[Difference]) -> Table:
    """Tell how many seeds of either model the differences of a ratio need with so many clips."""
    rows = [
        {"claim": claim, "comparison": comparison, "difference": apart}
        | {str(m): seeds_needed(abs(apart), seed_sd, clip_sd, m) or "clips too few" for m in clips}
        for claim, comparison, apart in wanted
    ]
    return Table(
        "power-claims",
        f"Seeds of either model that a claim on {of} needs, if the truth is what the paper prints",
        (
            Column("claim", "Claim"),
            Column("comparison", "Comparison"),
            Column("difference", f"Difference of ln {of}", "{:+.3f}".format),
            *(Column(str(m), f"{m:,} clips") for m in clips),
        ),
        tuple(rows),
        ("Clips too few: their variance alone hides the difference, however many seeds there are.",),
        (),
    )
