"""One process at a time fetches into a folder; another one waits, and then finds the work done."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from xdomain.core.claims.claim import AlreadyClaimed, claimed

LOOK = 0.5  # seconds between two checks that the other one is done


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process fetches into `folder`, and keep others waiting while the block runs.

    Raises:
        UserError: the folder cannot be written to.
    """
    is_announced = False
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(claimed(folder / ".fetching.json"))
                break
            except AlreadyClaimed as error:
                if not is_announced:
                    print(f"Another fetch is filling {folder} ({error}); waiting for it.", file=sys.stderr)
                is_announced = True
                time.sleep(LOOK)
        yield
