"""What a study lacks: runs without a result or that diverged, and the commands that launch them."""

from analysis.report.elements.markup import command, text
from analysis.report.studies import Reported
from analysis.tracing.rerun import commands
from xdomain.runs.run_folder import DIVERGED, NONFINITE

SHOWN = 8  # ids before the rest is folded away


def gaps_html(study: Reported) -> str:
    """The missing runs with the commands that launch them, then the diverged ones."""
    missing = [spec for spec, result in study.runs if result is None]
    diverged = [spec.id for spec, result in study.runs if result is not None and result["status"] == DIVERGED]
    nonfinite = study.loaded.runs.loc[study.loaded.runs["status"] == NONFINITE, "id"].tolist()
    if not missing and not diverged and not nonfinite:
        return f"<p>Nothing: all {len(study.runs)} runs have finished.</p>\n"
    parts = []
    if missing:
        lines = commands(missing, {spec.id: spec for spec, _ in study.runs})
        parts = [
            f"<p>{_runs(len(missing))} without a result. To launch them, or to let interrupted ones go on:</p>\n",
            *map(command, lines),
            "<p>Whether they wait, run or failed, and why:</p>\n",
            command(f"python -m jobs.status --study {study.key}"),
            _ids([spec.id for spec in missing]),
        ]
    if diverged:
        parts.append(
            f"<p>{_runs(len(diverged))} diverged: training stopped at a loss that is no number. That is a result, and "
            f"they are left out of every average.</p>\n{_ids(diverged)}"
        )
    if nonfinite:
        parts.append(
            f"<p>{_runs(len(nonfinite))} with scores that are NaN or infinite, which tables leave out; their notes say "
            f"where. To train in another precision: --set precision=32-true with a --tag.</p>\n{_ids(nonfinite)}"
        )
    return "".join(parts)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _ids(ids: list[str]) -> str:
    def listed(some: list[str]) -> str:
        return '<ul class="ids">' + "".join(f"<li><code>{text(run)}</code></li>" for run in some) + "</ul>\n"

    rest = ids[SHOWN:]
    folded = f"<details><summary>{len(rest)} more</summary>{listed(rest)}</details>\n" if rest else ""
    return listed(ids[:SHOWN]) + folded
