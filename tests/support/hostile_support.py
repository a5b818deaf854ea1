"""Give a command a hostile input in a process of its own: bounded, with every file that it opens written down.

    outcome = invoked(main, "verify", bundle)     a click command
    outcome = attempted(lambda: read(path))       any call
    outcome.assert_refused("names no plain component")   exit code 2, one sentence, no traceback
    assert_refuses(lambda: read_spec(values))    the same in this process, for what is cheap

The process is a fork, so that nothing is imported anew; it has `SECONDS` of processor time, `MEMORY` more bytes than it
began with, and is killed if it hangs. `Canary` is a tree that nothing may read or change.
"""

import hashlib
import json
import os
import resource
import select
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from xdomain.core.errors import UserError

SECONDS = 10  # of processor time
HANGS = 60  # seconds of any time, after which a process counts as hanging
MEMORY = 500 << 20  # bytes
RAISED = 70  # exit code of a call that raised what is no sentence


@dataclass(frozen=True)
class Outcome:
    """What became of a call."""

    code: int  # exit code; negative: the signal that ended it
    output: str  # what it printed, standard error included
    opened: tuple[Path, ...]  # what it opened, resolved

    def assert_refused(self, *words: str) -> None:
        """Assert that it ended with one sentence that holds these words."""
        assert "Traceback" not in self.output, self.output
        assert self.code == 2, (self.code, self.output)
        assert "Error: " in self.output, self.output
        for word in words:
            assert word in self.output, self.output
        self.assert_printable()

    def assert_printable(self) -> None:
        """Assert that nothing that it printed can steer a terminal."""
        unprintable = {character for character in self.output if not character.isprintable()} - {"\n", "\t"}
        assert not unprintable, (unprintable, self.output)


class Canary:
    """A tree of files that a hostile input may aim at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("README.md", "README.csv", "README.tex", "lineage.json", "private/secret.txt", "tables/table1.md"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"the canary's {name}\n")
        self._before = self._state()

    def _state(self) -> dict[str, tuple]:
        state = {}
        for path in sorted([self.folder, *self.folder.rglob("*")]):
            is_file = stat.S_ISREG(path.lstat().st_mode)
            content = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else ""
            state[str(path)] = (path.lstat().st_mode, path.lstat().st_mtime_ns, content)
        return state

    def assert_untouched(self, outcome: Outcome | None = None) -> None:
        """Assert that nothing in it was changed, added or removed and, by `outcome`, nothing was opened."""
        assert self._state() == self._before
        if outcome is not None:
            assert not [path for path in outcome.opened if path.is_relative_to(self.folder.resolve())]


def assert_refuses(call: Callable[[], object], *words: str) -> None:
    """Assert, in this process, that a call that reads and writes nothing raises a sentence that holds these words."""
    with pytest.raises(UserError) as refusal:
        call()
    Outcome(2, f"Error: {refusal.value}", ()).assert_refused(*words)


def invoked(command: click.Command, *words: str | Path, **limits: Any) -> Outcome:
    """Give a command these words."""
    return attempted(lambda: command.main(list(map(str, words)), prog_name="command"), **limits)


def attempted(call: Callable[[], object], seconds: int = SECONDS, memory: int = MEMORY) -> Outcome:
    """Make a call in a bounded process. A `UserError` is printed as commands do, with exit code 2."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        output, opened = Path(folder) / "output", Path(folder) / "opened"
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _be_the_child(call, output, opened, seconds, memory)
        code = _waited_for(child)
        paths = json.loads(opened.read_text()) if opened.exists() else []
        return Outcome(code, output.read_text(errors="replace"), tuple(map(Path, paths)))


def _waited_for(child: int) -> int:
    """The exit code of a process; one that hangs is killed."""
    end = os.pidfd_open(child)
    try:
        if not select.select([end], [], [], HANGS)[0]:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(end)


def _be_the_child(call: Callable[[], object], output: Path, opened: Path, seconds: int, memory: int) -> None:
    code = RAISED
    try:
        _print_into(output)
        paths = _opened_from_now_on()
        _bound(seconds, memory)
        code = _exit_code_of(call)
        sys.stdout.flush()
        sys.stderr.flush()
        opened.write_text(json.dumps(sorted(paths)))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _exit_code_of(call: Callable[[], object]) -> int:
    try:
        call()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except BaseException:
        traceback.print_exc()
        return RAISED
    return 0


def _print_into(output: Path) -> None:
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    sys.stdout = os.fdopen(os.dup(file), "w")  # not pytest's
    sys.stderr = os.fdopen(os.dup(file), "w")
    os.dup2(file, 1)
    os.dup2(file, 2)


def _bound(seconds: int, memory: int) -> None:
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, used + seconds))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _opened_from_now_on() -> set[str]:
    """A set that grows by every path that Python opens."""
    paths: set[str] = set()

    def note(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            paths.add(os.path.realpath(os.fsdecode(arguments[0])))

    sys.addaudithook(note)
    return paths
