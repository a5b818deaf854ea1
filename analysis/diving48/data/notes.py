"""What has to be said of a Diving48 study's runs beside their numbers: sentences for the notes of every table."""

from collections.abc import Sequence

from analysis.runs.checkpoint_predictions import Nonfinite
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.split import membership_sentence
from xdomain.runs.run_folder import nonfinite_sentence
from xdomain.specs.spec import RENAMED
from xdomain.specs.videos import VideoRun


def require_one_meaning(specs: Sequence[VideoRun]) -> None:
    """Refuse runs of one split, or of one model, that different versions mean different things by.

    Raises:
        UserError: names one run of either side.
    """
    for then, now in RENAMED.items():
        sides: dict[bool, str] = {}
        for spec in specs:
            if then in (spec.source, spec.model.name):
                sides.setdefault(now in (spec.split, spec.network), spec.id)
        if len(sides) > 1:
            raise UserError(
                f"{sides[True]} is of an earlier version, where {then} meant what {now} means now, and "
                f"{sides[False]} is of this one: they cannot share a table. Move the earlier runs away, or launch the "
                "others under a --tag of their own."
            )


def of_earlier_meaning(specs: Sequence[VideoRun]) -> list[str]:
    """Write sentences on names that these runs, all of an earlier version, have for something else."""
    return [
        f"These runs are of an earlier version: {then} is what is now called {now}."
        for then, now in RENAMED.items()
        if any(then in (spec.source, spec.model.name) and now in (spec.split, spec.network) for spec in specs)
    ]


def membership(specs: Sequence[VideoRun], results: dict[str, dict | None]) -> list[str]:
    """Write sentences on clips of the published split that the trainings had to leave out."""
    entries = [
        (results[spec.id] or {}).get("split", {}).get("left_out", {}) for spec in specs if not spec.is_evaluation
    ]
    return list(dict.fromkeys(sentence for left_out in entries if (sentence := membership_sentence(left_out))))


def early_ends(results: dict[str, dict | None]) -> list[str]:
    """Write sentences on clips whose videos have fewer frames than their listing says."""
    early = {
        name: lacking
        for result in results.values()
        if result is not None
        for name, data in result["data"].items()
        if (lacking := data.get("frames_lacking"))
    }
    return [
        f"{len(lacking)} clips of {name} end up to {max(lacking.values())} frames before their listed end: the last "
        "frame stands for those."
        for name, lacking in early.items()
    ]


def nonfinite_note(run_id: str, name: str, bad: Nonfinite) -> str:
    """Say at which epochs a run's scores of the set `name` are no numbers."""
    entries = [{"set": name, "epoch": epoch, "clip": clips[0], "clips": len(clips)} for epoch, clips in bad.items()]
    return f"Left out: epochs of {run_id} whose {nonfinite_sentence(entries)}."
