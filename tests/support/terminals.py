"""A command in a terminal of its own."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def in_terminal(*words: str, width: int = 120, **environment: str) -> str:
    """What `python -m WORDS` writes to a terminal of this width, with its escape sequences; it has to end with 0."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    known |= {"TERM": "xterm-256color"} | environment
    process = subprocess.Popen([sys.executable, "-m", *words], stdout=theirs, stderr=theirs, stdin=theirs, env=known)
    os.close(theirs)
    text = b""
    try:
        while block := os.read(ours, 1 << 16):
            text += block
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0, text.decode()
    return text.decode()


def words(text: str) -> list[str]:
    """The words of what a terminal shows, without lines and colours."""
    return re.sub(r"[─━]+", " ", ESCAPE.sub("", text)).split()
