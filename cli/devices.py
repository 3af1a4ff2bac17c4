"""Where the network is computed: on a CPU by ONNX Runtime, or on a GPU by Keras on TensorFlow."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from omr.errors import DeviceError

if TYPE_CHECKING:
    from models.serving import KerasDetector
    from omr.reading import Detector
    from omr.workers import Workers

NAMES = ("auto", "cpu", "gpu")
DRIVER = Path("/proc/driver/nvidia/version")
"""This file exists if a driver for GPUs is loaded. Asking TensorFlow would take seconds."""


def load_detector(weights: Path | None, device: str) -> Detector:
    """The detector of a weights folder for a device in `NAMES`. With "auto", a GPU is used if TensorFlow is installed
    and sees one. With "gpu", there must be one. Raises DeviceError, WeightsError, ModuleNotFoundError."""
    if device == "gpu" or device == "auto" and DRIVER.exists() and importlib.util.find_spec("tensorflow"):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow

        if tensorflow.config.list_physical_devices("GPU"):
            from models.serving import KerasDetector

            return KerasDetector(weights)
        if device == "gpu":
            raise DeviceError("TensorFlow sees no GPU here")
    from omr.detect.runtime import load_detector

    return load_detector(weights, is_whole=False)


@contextmanager
def workers(pages: int, processes: int, weights: Path | None, detector: Detector) -> Iterator[Workers | None]:
    """Processes to read `pages` pages. If the detector uses a GPU, it answers for all of them; otherwise each process
    loads a detector of its own. None if pages are read one at a time, or there is only one."""
    processes = min(processes, pages)
    if processes < 2:
        yield None
        return
    from omr.workers import Workers

    if hasattr(detector, "detect_all"):  # it answers the pages of all processes
        from models.serving import Server

        with Server(cast("KerasDetector", detector)) as server, Workers(processes, server.client()) as pool:
            yield pool
        return
    from omr.detect.runtime import load_detector

    threads = max(1, (os.cpu_count() or 1) // processes)
    with Workers(processes, partial(load_detector, weights, threads, is_whole=False)) as pool:
        yield pool
