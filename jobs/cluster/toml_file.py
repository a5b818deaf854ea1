"""Read the TOML files that users write: a path or the name of a shipped one, and sentences about what is wrong."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean, one_line
from xdomain.core.roots import expand_home


def read_toml(name: str, shipped: Path, what: str) -> tuple[Path, dict[str, Any]]:
    """Read the file that `name` names: a path, or the stem of a file in the folder `shipped`; returns its path too.

    Args:
        name: as the user wrote it.
        shipped: the folder of those that come with the project.
        what: what such a file is, for the sentence about one that is missing.

    Raises:
        UserError: there is no such file, or it cannot be read or is not TOML.
    """
    path = expand_home(Path(name))
    if not path.suffix and not path.is_file():
        path = shipped / f"{name}.toml"
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        names = sorted(file.stem for file in shipped.glob("*.toml"))
        raise UserError(
            f"There is no {what} {name!r}.{did_you_mean(name, names)} Give the path of a TOML file, or one of: "
            f"{', '.join(names)}."
        ) from error
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not valid TOML: it is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not valid TOML: {error}.") from error


def refuse_unknown(keys: Iterable[str], known: Iterable[str], place: str, owner: str) -> None:
    """Refuse the first of `keys` that is not known, and name the nearest that is.

    Raises:
        UserError: there is such a key; `place` begins the sentence, and `owner` is what may have the known ones.
    """
    known = list(known)
    for key in sorted(set(keys) - set(known)):
        meant = did_you_mean(key, known)
        raise UserError(f"{place}: unknown key {one_line(key)}.{meant} {owner} may have: {', '.join(known)}.")
