"""What a study lacks: runs without a result or that diverged, and the command that launches them."""

import shlex
from pathlib import PurePath
from typing import Any

from analysis.load import MISSING
from analysis.report.markup import command, text
from analysis.report.studies import Reported
from xdomain.files import read_json
from xdomain.records import DIVERGED
from xdomain.roots import runs_root
from xdomain.spec import RunSpec
from xdomain.studies import temporal_shape

SHOWN = 8  # ids before the rest is folded away
DEFAULTS = {"training": "diving --exp all", "evaluation": "evaluate --exp all"}


def gaps_html(study: Reported) -> str:
    """The missing runs by the command that launches them, then the diverged ones."""
    commands = _launch_commands(study.key)
    missing: dict[str, list[str]] = {}
    diverged = []
    for spec, result in study.runs:
        if result is None:
            missing.setdefault(commands.get(spec.id) or _default_command(spec), []).append(spec.id)
        elif result["status"] == DIVERGED:
            diverged.append(spec.id)
    if not missing and not diverged:
        return f"<p>Nothing: all {len(study.runs)} runs have finished.</p>\n"
    parts = [
        f"<p>{_runs(len(ids))} {MISSING}. The same command launches what has not finished, and nothing else:</p>\n"
        f"{command(line)}{_ids(ids)}"
        for line, ids in missing.items()
    ]
    if missing:
        parts.append(
            "<p>Whether they wait, run or failed, and why:</p>\n"
            + command(f"python -m jobs.status --study {study.key}")
        )
    if diverged:
        parts.append(
            f"<p>{_runs(len(diverged))} diverged: training stopped at a loss that is no number. That is a result, and "
            f"they are left out of every average.</p>\n{_ids(diverged)}"
        )
    return "".join(parts)


def _launch_commands(study_key: str) -> dict[str, str]:
    """Run id -> the command of the latest launch that had it."""
    found = {}
    for path in sorted((runs_root() / study_key / "launches").glob("*/manifest.json")):
        manifest: dict[str, Any] = read_json(path)
        if "command" in manifest:
            found |= {run["id"]: _as_module(manifest["command"]) for run in manifest["runs"]}
    return found


def _as_module(line: str) -> str:
    """ "/home/me/xdomain/jobs/launch.py ts-grid" -> "python -m jobs.launch ts-grid", the same on every machine."""
    program, *arguments = shlex.split(line)
    return shlex.join(["python", "-m", f"jobs.{PurePath(program).stem}", *arguments])


def _default_command(spec: RunSpec) -> str:
    """What launches a run of a paper's grid that was never launched."""
    if spec.study == temporal_shape.STUDY:
        return "python -m jobs.launch ts-grid"
    return f"python -m jobs.launch {DEFAULTS['evaluation' if spec.evaluates else 'training']}"


def _runs(count: int) -> str:
    return "1 run is" if count == 1 else f"{count} runs are"


def _ids(ids: list[str]) -> str:
    def listed(some: list[str]) -> str:
        return '<ul class="ids">' + "".join(f"<li><code>{text(run)}</code></li>" for run in some) + "</ul>\n"

    rest = ids[SHOWN:]
    folded = f"<details><summary>{len(rest)} more</summary>{listed(rest)}</details>\n" if rest else ""
    return listed(ids[:SHOWN]) + folded
