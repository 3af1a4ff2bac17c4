"""Dask clusters: one started on this machine, or one that is running already."""

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
"""Memory of a worker and its reader, in bytes (0.2 and 1.0 GB on a page of A4 at 300 dpi)."""
LOG_LENGTH = 1000
"""How many past events the scheduler and the workers keep (steps of tasks, measurements of themselves). Dask's defaults
are 100,000 and 7200 (an hour); until that is reached, their memory seems to grow."""
CONNECT_SECONDS = 20
"""How long a scheduler may take to answer, in seconds."""


def usual_workers() -> int:
    """As many workers as there are cores, if there is memory for them."""
    import psutil

    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().total / READER_BYTES)))


@contextmanager
def local_cluster(workers: int, processes: bool = True) -> Iterator[Client]:
    """A cluster on this machine. Other machines cannot reach it. It ends with this process, in whatever way that ends.

    workers: how many; each has one thread.
    processes: whether each worker is a process of its own, so that one that dies is replaced. Otherwise they are
        threads of this process.
    """
    settings = {"distributed.scheduler.allowed-failures": TRIES - 1,
                "distributed.scheduler.worker-saturation": 1.0,
                "distributed.admin.low-level-log-length": LOG_LENGTH,
                "distributed.admin.system-monitor.log-length": LOG_LENGTH, "distributed.worker.profile.enabled": False}
    host = "127.0.0.1" if processes else None
    # No memory limit here: dask would count the worker's memory, without its reader.
    with dask.config.set(settings), _quiet(), LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=processes, host=host, dashboard_address="127.0.0.1:0",
            memory_limit=None, silence_logs=logging.CRITICAL) as cluster, Client(cluster) as client:
        yield client


@contextmanager
def running_cluster(address: str) -> Iterator[Client]:
    """The cluster of a running scheduler. Raises ClusterError if it does not answer.

    address: such as tcp://host:8786. For TLS, the settings of dask apply.
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
    """Silences dask's messages about workers that come and go. Whatever is lost is reported in another way."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
