"""Processes that work through a list of items, with one progress bar, and end when their parent does."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from xdomain.core.errors import UserError

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

Item = TypeVar("Item")
Result = TypeVar("Result")
Tick = Callable[[], object]  # an item's work calls it once for each clip done

_shared: tuple[Any, ...] = ()  # in a worker: the number of clips done by all workers, and whether to stop


class _Stopped(Exception):
    """Another item failed, or the user interrupted."""


def run(work: Callable[[Item, Tick], Result], items: list[Item], workers: int, bar: "tqdm[Any]") -> Iterator[Result]:
    """Run `work(item, tick)` for every item, in `workers` processes; yield results as they come, in any order.

    The first failure stops all workers at their next tick.

    Raises:
        UserError: a worker was killed; and whatever `work` raises.
    """
    if workers == 1:
        yield from (work(item, bar.update) for item in items)
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    done, stop, before = context.Value("q", 0), context.Event(), bar.n
    with ProcessPoolExecutor(min(workers, len(items)) or 1, context, _begin, (done, stop)) as pool:
        futures = {pool.submit(_work, work, item) for item in items}
        try:
            while futures:
                finished, futures = wait(futures, timeout=0.2, return_when=FIRST_COMPLETED)
                bar.update(before + done.value - bar.n)
                yield from (future.result() for future in finished)
        except BrokenProcessPool as error:
            raise UserError(
                "A worker process was killed, probably for want of memory. "
                "Give the same command again, with fewer --workers or more memory."
            ) from error
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def in_order(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield `work(item)` of each item in order, from `workers` processes: never many more are done than were taken."""
    if workers == 1:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:  # as above
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begin(done: "Synchronized[int]", stop: "Event") -> None:
    global _shared
    _shared = (done, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which stops all
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has this thread"
    parent.join()  # a killed parent could not tell them
    os._exit(1)


def _work(work: Callable[[Item, Tick], Result], item: Item) -> Result:
    return work(item, _tick)


def _tick() -> None:
    done, stop = _shared
    with done.get_lock():
        done.value += 1
    if stop.is_set():
        raise _Stopped
