"""Many processes that want one claim; some die in it. test_claims.py starts it: FOLDER CONTENDERS ROUNDS DEATHS."""

import os
import random
import signal
import sys
import time
from pathlib import Path

from xdomain.core.claims.claim import AlreadyClaimed, claimed
from xdomain.core.claims.holder import process_start


def contend(folder: Path, seed: int, rounds: int, deaths: float) -> None:
    """Hold the claim `rounds` times, or until killed: with probability `deaths` by itself, while it holds the claim.

    Whoever holds it marks the folder with its pid. A mark of another living process is written to `violations`,
    and the one who reads, waits and writes the counter alone loses no count.
    """
    chance = random.Random(seed)
    counter, mark = folder / "counter", folder / f"inside.{os.getpid()}"
    while rounds:
        try:
            with claimed(folder / "claim.json"):
                mark.touch()
                for other in folder.glob("inside.*"):
                    if other != mark and process_start(int(other.suffix[1:])):
                        with (folder / "violations").open("a") as file:
                            file.write(f"{mark.name} and {other.name}\n")
                if chance.random() < deaths:
                    os.kill(os.getpid(), signal.SIGKILL)
                count = int(counter.read_text())
                time.sleep(chance.random() * 0.002)
                counter.write_text(str(count + 1))
                mark.unlink()
            rounds -= 1
        except AlreadyClaimed:
            time.sleep(chance.random() * 0.002)


if __name__ == "__main__":
    # One interpreter forks all contenders, so that they start together.
    folder, contenders, rounds, deaths = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    (folder / "counter").write_text("0")
    children = []
    for seed in range(contenders):
        if not (child := os.fork()):
            contend(folder, seed, rounds, deaths)
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(*codes)
