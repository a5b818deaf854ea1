"""Tables and figures are made when something has changed; what makes them is imported only then."""

from analysis.runs.unchanged import Done, Sources, inputs_digest, outputs_of, recall, remember
from xdomain.core.errors import CommandFailed
from xdomain.core.output import say
from xdomain.runs.run_folder import FINISHED


def make_once(
    command: str, study: str, only: tuple[str, ...], tolerance: float, strict: bool, halves: bool = False
) -> None:
    """Write what a command makes, unless the same was made of the same files before.

    Args:
        command: tables or figures.
        study: its name.
        only: which of them; empty: all.
        tolerance: in points.
        strict: fail where runs are missing.
        halves: as of `analysis.results.making.make`.

    Raises:
        CommandFailed: `strict`, and runs are missing.
        UserError: the study is unknown, or its results cannot be used.
    """
    name = f"{command}-halves" if halves else command

    def digest(sources: dict[str, Sources]) -> str:
        return inputs_digest(study, (command, only, tolerance, halves), sources[study])

    if done := recall(study, name, digest):
        say("\n".join([*done.said, f"Nothing has changed since these {command} were made: they stay as they are."]))
    else:
        from analysis.results.making import make
        from analysis.results.registry import sources_of

        sources = {study: sources_of(study)}
        inputs = digest(sources)
        said, paths, loaded = make(command, study, only, tolerance, halves)
        say("\n".join(said))
        lacking = loaded.runs.loc[loaded.runs["status"] != FINISHED, "id"].tolist()
        done = Done(inputs, outputs_of(paths), said, lacking, sources)
        remember(study, name, done)
    if strict and done.lacking:
        from analysis.runs.notes import first_few

        say(f"Incomplete: {len(done.lacking)} runs are missing or diverged: {first_few(done.lacking)}.", error=True)
        raise CommandFailed(1)
