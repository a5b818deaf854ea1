"""The one kind of error that is the user's to fix, and the operating system's words for such errors."""

import errno
from pathlib import Path

ELSEWHERE = "point XDOMAIN_DATA, XDOMAIN_RUNS or XDOMAIN_RESULTS to a folder of your own"
# No space, over quota, over the process's file-size limit: to a user they are one thing.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REASONS = {
    errno.EACCES: f"you have no permission for it. Ask its owner for it (chmod, chgrp), or {ELSEWHERE}",
    errno.EPERM: f"that is not permitted. Ask its owner, or {ELSEWHERE}",
    errno.EROFS: f"it is on a read-only file system. To write, {ELSEWHERE}",
    **dict.fromkeys(FULL, f"no space is left. Free some, or {ELSEWHERE}"),
    errno.ENOENT: "it is not there. Was it removed, or is its disk not mounted here?",
    errno.ENOTDIR: "a file is where a folder should be. Move that file away, or name another path",
    errno.EISDIR: "a folder is where a file should be. Move that folder away, or name another path",
    errno.EEXIST: "something else is there already. Move it away, or name another path",
    errno.ELOOP: "its symbolic links lead in a circle. Correct them, or name another path",
    errno.ENAMETOOLONG: "the name is too long for the file system. Choose a shorter one",
    errno.ESTALE: "the file server has forgotten it. Give the same command again",
    errno.EIO: "the disk or file server failed. Give the same command again; tell the support if that does not help",
}


class UserError(Exception):
    """A sentence that says what is wrong and what to do. Command lines print it and exit with code 2."""


class CommandFailed(Exception):
    """What a command started has failed, and was told about. Command lines exit with the code that this carries."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Interrupted(Exception):
    """The run was asked to stop; its checkpoint is written and the same command continues it."""


def explain(error: OSError, path: Path | None = None) -> str:
    """Say in a sentence which file could not be used, why, and what to do; `path`, where the error names none."""
    reason = REASONS.get(error.errno or 0, "give the same command again; tell the support if that does not help")
    sentence = f"{error.filename or path} cannot be used ({error.strerror or error}): {reason}"
    return sentence if sentence.endswith("?") else f"{sentence}."
