"""Find the runs that a user types: by an exact id, or patterns."""

import difflib
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from xdomain.core.errors import UserError


def named(run: str, ids: Collection[str]) -> str:
    """Find the id that `run` names; a path to the run's folder ends with it too.

    Raises:
        UserError: no such run; says which ones are spelled nearly so.
    """
    path = run.rstrip("/")
    matches = [name for name in ids if path == name or path.endswith(f"/{name}")]
    if matches:
        return max(matches, key=len)
    near = difflib.get_close_matches(path, ids, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"An id looks like {next(iter(ids))}."
    raise UserError(f"No run {run} was launched. {hint}")


def matching(patterns: Iterable[str], ids: Iterable[str]) -> list[str]:
    """Select the ids that fit any of these patterns, such as 'ts/2dot/convlstm/*'; all where there is none."""
    patterns = tuple(patterns) or ("*",)
    return [name for name in ids if any(fnmatchcase(name, pattern.rstrip("/")) for pattern in patterns)]
