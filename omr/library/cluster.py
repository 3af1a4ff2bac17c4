"""Where the tasks are done: on a cluster on this machine, or on one that runs elsewhere."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from omr.errors import ClusterError
from omr.library.reader import TRIES

READER_BYTES = 1.3e9
"""Memory of a worker and its reader (0.2 and 1.0 GB on a page of A4 at 300 dpi)."""
LOG_LENGTH = 1000
"""How much of the past scheduler and workers remember: steps of tasks, and measurements of themselves. It is 100,000
otherwise, and 7200 (an hour), so that their memory seems to grow for that long."""
CONNECT_SECONDS = 20
"""How long a scheduler may take to answer."""


def usual_workers() -> int:
    """As many workers as there are cores, if memory allows."""
    import psutil

    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().total / READER_BYTES)))


@contextmanager
def local_cluster(workers: int, processes: bool = True) -> Iterator[Client]:
    """A cluster on this machine. Nothing of it can be reached from others, and it ends with this process, however that
    ends.

    workers: how many, each with one thread. processes: whether each is a process of its own, so that one that dies is
    replaced; otherwise they are threads of this process.
    """
    settings = {"distributed.scheduler.allowed-failures": TRIES - 1,
                "distributed.scheduler.worker-saturation": 1.0,
                "distributed.admin.low-level-log-length": LOG_LENGTH,
                "distributed.admin.system-monitor.log-length": LOG_LENGTH, "distributed.worker.profile.enabled": False}
    host = "127.0.0.1" if processes else None
    # Memory is not limited here: dask would count that of the worker, without its reader.
    with dask.config.set(settings), _quiet(), LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=processes, host=host, dashboard_address="127.0.0.1:0",
            memory_limit=None, silence_logs=logging.CRITICAL) as cluster, Client(cluster) as client:
        yield client


@contextmanager
def running_cluster(address: str) -> Iterator[Client]:
    """The cluster of a scheduler that runs already. Raises ClusterError if it does not answer.

    address: such as tcp://host:8786; for TLS the settings of dask apply.
    """
    with _quiet():
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"no scheduler answers at {address}: {error}") from error
        with client:
            yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """What dask logs of workers that come and go is of no use here: what is lost is told otherwise."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
