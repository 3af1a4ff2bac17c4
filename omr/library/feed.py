"""Tasks for a cluster, a window of them at a time.

A scheduler keeps about 1 kB and more of each task that it knows, and a million at once would take minutes to send. So
it is told of a few for each of its threads, and of another whenever one is done: its memory and the time a task takes
stay the same however many follow.
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
"""Tasks in the window of a small cluster, or one without workers yet: so many that one that grows on demand will."""
COUNT_SECONDS = 5.0
"""How often the threads of the cluster are counted: workers come and go."""
RETRIES = 2
"""How often a task is tried again that fails, as writing to a store over a network may."""


def feed(client: Client, do: Callable[[T], Any], take: Callable[[int], Sequence[T]],
         done: Callable[[T, Any], None]) -> None:
    """Do tasks on a cluster until there are no more.

    do: what workers do with a task. take: gives the next tasks, at most so many; fewer if others must be done first.
    done: called with a task and its answer, or the exception that it ended with, in the order in which they end. Raises
    ClusterError if the cluster is lost.
    """
    window = _Window(client)
    flying: dict[Future[Any], T] = {}
    landing = as_completed(loop=client.loop)
    group, numbers = f"omr-{uuid.uuid4().hex}", itertools.count()
    try:
        while True:
            size = window.size()
            if len(flying) <= size - size // 4 and (tasks := list(take(size - len(flying)))):
                # One group of tasks: of a large group the scheduler gives each worker no more than it can do at once,
                # so that a worker that dies is blamed on what it was doing.
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
    """The results of futures that ended, or their exceptions. Raises ClusterError."""
    if any(future.status in ("cancelled", "lost") for future in futures):
        raise ClusterError("the scheduler was lost")
    results = iter(client.gather([future for future in futures if future.status == "finished"]))
    return [next(results) if future.status == "finished" else future.exception() for future in futures]


class _Window:
    """How many tasks the scheduler is told of at a time."""

    def __init__(self, client: Client) -> None:
        self._client, self._size, self._counted = client, LEAST, -COUNT_SECONDS

    def size(self) -> int:
        now = time.monotonic()
        if now - self._counted > COUNT_SECONDS:
            self._size = max(LEAST, A_THREAD * sum(self._client.nthreads().values()))
            self._counted = now
        return self._size
