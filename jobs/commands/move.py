"""`python -m jobs.move`: take runs to another root, or merge two roots."""

from collections import Counter
from pathlib import Path

import click

from jobs.moving.compare import MOVE, OTHER_ASIDE, OWN_ASIDE, SAME, Move
from jobs.moving.move import carry_out, plan_moves
from xdomain.core.cli import Command
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import STALE

WORDS = {
    MOVE: "moved",
    SAME: "there already, file by file",
    OTHER_ASIDE: f"moved; the unfinished one there is now <folder>{STALE}<date>",
    OWN_ASIDE: f"finished there; moved beside it as <folder>{STALE}<date>",
}


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("target", metavar="TO", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help="The root that is left.  [default: XDOMAIN_RUNS, else ./runs]",
)
@click.option("--study", "studies", multiple=True, help="Only this study, such as ts-demo; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only say what would be moved.")
def main(target: Path, source: Path | None, studies: tuple[str, ...], dry_run: bool) -> None:
    r"""Move runs and their launches to the runs root TO.

    There may be runs already. What is copied to another disk is compared file by file before the original goes. Where
    both roots have a run, the finished one counts; where that does not decide, nothing is moved at all. Runs at work or
    in the queue are not moved. The same command goes on after an interruption.

    \b
    Examples:
      python -m jobs.move /project/me/runs --dry-run
      python -m jobs.move /project/me/runs --study ts
      python -m jobs.move runs --from ../colleague/runs        merge a copy of another's runs into one's own

    Networks that find the divers (segment/) stay where they are. Set XDOMAIN_RUNS to the new root afterwards.
    """
    left = source or runs_root()
    planned = plan_moves(left, target, studies)

    def report(move: Move) -> None:
        click.echo(f"{move.name}: {WORDS[move.kind]}")

    if dry_run:
        for move in planned:
            report(move)
    else:
        carry_out(planned, left, target, report)
    if not planned:
        click.echo(f"There is nothing to move below {left}.")
        return
    counts = Counter(move.kind for move in planned)
    listed = ", ".join(f"{count} {WORDS[kind]}" for kind, count in counts.items())
    click.echo(f"{'Would be: ' if dry_run else ''}{listed}.")
