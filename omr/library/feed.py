"""Gives tasks to a cluster, a window of them at a time.

A Dask scheduler keeps 1 kB or more of each task that it knows, and sending a million tasks at once would take minutes.
So it is given a few tasks for each of its threads, and another one whenever one is done. Its memory, and the time for a
task, then do not depend on the number of tasks.
"""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from distributed import CancelledError, Client, Future, as_completed
from distributed.comm import CommClosedError

from omr.errors import ClusterError

T = TypeVar("T")

A_THREAD = 4
"""Tasks in the window for each thread of the cluster: one that runs, one that waits beside it, and two on their way."""
LEAST = 16
"""Tasks in the window of a small cluster, or one without workers yet: enough to make a cluster grow that grows on
demand."""
COUNT_SECONDS = 5.0
"""How often the threads of the cluster are counted, in seconds, because workers come and go."""
RETRIES = 2
"""How often a failed task is repeated. Writing to a store over a network may fail now and then."""


def feed(client: Client, do: Callable[[T], Any], take: Callable[[int], Sequence[T]],
         done: Callable[[T, Any], None]) -> None:
    """Run tasks on a cluster until there are no more.

    do: what a worker does with a task.
    take: returns the next tasks, at most as many as its argument says. It returns fewer if others must be done first.
    done: called with a task and its answer, or with the exception that stopped it, in the order in which the tasks end.

    Raises ClusterError if the cluster is lost.
    """
    window = _Window(client)
    flying: dict[Future[Any], T] = {}
    landing = as_completed(loop=client.loop)
    group, numbers = f"omr-{uuid.uuid4().hex}", itertools.count()
    try:
        while True:
            size = window.size()
            if len(flying) <= size - size // 4 and (tasks := list(take(size - len(flying)))):
                # All tasks form one group. The scheduler gives a worker no more tasks of a large group than it can run
                # at once. So if a worker dies, only the tasks that it was running are blamed.
                futures = client.map(do, tasks, key=[(group, next(numbers)) for _ in tasks], retries=RETRIES)
                flying.update(zip(futures, tasks, strict=True))
                landing.update(futures)
                del futures
            if not flying:
                return
            batch = landing.next_batch()
            for future, answer in zip(batch, _answers(client, batch), strict=True):
                done(flying.pop(future), answer)
            del batch, future
    except (CommClosedError, CancelledError, OSError) as error:
        if isinstance(error, CommClosedError | CancelledError) or client.status != "running":
            raise ClusterError(f"the scheduler was lost: {error}") from error
        raise
    finally:
        if client.status == "running":
            client.cancel(list(flying), force=True)


def _answers(client: Client, futures: Sequence[Future[Any]]) -> list[Any]:
    """The results of finished futures, or their exceptions. Raises ClusterError."""
    if any(future.status in ("cancelled", "lost") for future in futures):
        raise ClusterError("the scheduler was lost")
    results = iter(client.gather([future for future in futures if future.status == "finished"]))
    return [next(results) if future.status == "finished" else future.exception() for future in futures]


class _Window:
    """How many tasks the scheduler knows at a time."""

    def __init__(self, client: Client) -> None:
        self._client, self._size, self._counted = client, LEAST, -COUNT_SECONDS

    def size(self) -> int:
        now = time.monotonic()
        if now - self._counted > COUNT_SECONDS:
            self._size = max(LEAST, A_THREAD * sum(self._client.nthreads().values()))
            self._counted = now
        return self._size
