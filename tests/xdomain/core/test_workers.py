"""The pool of processes: every result once, and no process that outlives its parent or its use."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tqdm import tqdm

from xdomain.core.claims.holder import process_start
from xdomain.core.errors import UserError
from xdomain.core.workers import run

TICKS = 25_000  # of a hundredth of a second: minutes, unless it is stopped


def doubled(item, tick):
    tick()
    return 2 * item


def fails_at_three(item, tick):
    if item == 3:
        raise UserError("three cannot be done")
    for _ in range(TICKS):
        time.sleep(0.01)
        tick()


def dies(item, tick):
    os.kill(os.getpid(), signal.SIGKILL)


def writes_its_pid_and_sleeps(folder, tick):
    (folder / str(os.getpid())).touch()
    time.sleep(3600)  # longer than a test may take: it ends with its parent or the test fails


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_is_worked_on_once_and_counted(workers):
    with tqdm(total=9, disable=False, file=open(os.devnull, "w")) as bar:
        assert sorted(run(doubled, list(range(9)), workers, bar)) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
        assert bar.n == 9


def test_a_failure_stops_the_other_workers():
    with tqdm(file=open(os.devnull, "w")) as bar:
        with pytest.raises(UserError, match="three cannot be done"):
            list(run(fails_at_three, [3, 1], 2, bar))
        assert bar.n < TICKS, "the other one did not come to its end"


def test_a_killed_worker_is_a_sentence():
    with tqdm(disable=True) as bar, pytest.raises(UserError, match="A worker process was killed"):
        list(run(dies, [1, 2], 2, bar))


PARENT = """
import sys
from pathlib import Path
from tqdm import tqdm
from test_workers import writes_its_pid_and_sleeps
from xdomain.core.workers import run

if __name__ == "__main__":
    list(run(writes_its_pid_and_sleeps, [Path(sys.argv[1])] * 2, 2, tqdm(disable=True)))
"""


def test_workers_end_when_their_parent_is_killed(tmp_path):
    script, pids = tmp_path / "parent.py", tmp_path / "pids"
    script.write_text(PARENT)
    pids.mkdir()
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    parent = subprocess.Popen([sys.executable, str(script), str(pids)], env=os.environ | {"PYTHONPATH": path})
    while len(list(pids.iterdir())) < 2:
        assert parent.poll() is None
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    workers = [int(file.name) for file in pids.iterdir()]
    while any(process_start(pid) for pid in workers):
        time.sleep(0.05)
