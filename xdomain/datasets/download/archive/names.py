"""Names that come from elsewhere, in an archive or a listing, and are to become paths below a folder of ours."""

import re
import unicodedata

from xdomain.core.errors import UserError

WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|.*[. ]")  # names that Windows cannot hold
LONGEST = 255  # bytes of one component, what file systems allow
ADDED_BY_MACOS = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$)")


def safe_path(name: str, source: str) -> str:
    """Write `name` as a relative path without '.' components, separated by /.

    Raises:
        UserError: it would lead out of the folder, or is no name on this or another system; names `source`.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    reason = None
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        reason = "an absolute path"
    elif ".." in parts:
        reason = "a path that leads out of the folder"
    elif not parts:
        reason = "an empty name"
    elif "\\" in name or not name.isprintable():
        reason = "a name with a backslash or a control character"
    elif any(len(part.encode()) > LONGEST for part in parts):
        reason = "a name too long for a file system"
    elif any(WINDOWS.fullmatch(part) for part in parts):
        reason = "a name that some systems cannot hold"
    if reason:
        raise UserError(f"{source} has the entry {name!r}, {reason}. Fetch it from its official source.")
    return "/".join(parts)


class Places:
    """The files that are to be written below one folder: no two in one place, on any file system."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._files: dict[str, str] = {}  # by the name that any system sees
        self._folders: dict[str, str] = {}

    def take(self, path: str) -> None:
        """Reserve `path`.

        Raises:
            UserError: a file, or a folder of a file, is there already; names both.
        """
        # Systems without upper and lower case, and those that write an accent as a letter of its own.
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
        parents = [key[:at] for at, letter in enumerate(key) if letter == "/"]
        clash = self._files.get(key) or self._folders.get(key)
        clash = clash or next((self._files[parent] for parent in parents if parent in self._files), None)
        if clash:
            raise UserError(f"{self._source} has both {clash!r} and {path!r} for one place. Unpack it by hand.")
        self._files[key] = path
        self._folders.update(dict.fromkeys(parents, path))
