"""What the logger "omr" says about the pages that were read, and how long they took."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from omr.reading import PageReading
from omr.types import SPACE_PX

log = logging.getLogger("omr")


def log_page(reading: PageReading) -> None:
    """Log a page: its size, its symbols and the seconds at INFO, and why it could not be read at WARNING."""
    name = f"page {reading.index + 1} ({reading.source})"
    page, graph = reading.page, reading.graph
    if page is not None:
        height, width = (round(side * page.source_scale) for side in page.pixels.shape)
        log.info("%s: about %d x %d pixels, staff space %.1f pixels", name, width, height,
                 SPACE_PX * page.source_scale)
    if graph is None:
        for doubt in reading.doubts:
            log.warning("%s: %s", name, doubt.message)
    else:
        log.info("%s: %d staves, %d symbols, %d strokes, %d words, %d doubts", name, len(graph.staves),
                 len(graph.symbols), len(graph.strokes), len(graph.words), len(reading.doubts))
    if reading.seconds:
        log_seconds(name, reading.seconds)


def log_seconds(name: str, seconds: Mapping[str, float]) -> None:
    """Log how many seconds each stage took. The log record also has them as its attribute `seconds`."""
    stages = ", ".join(f"{stage} {spent:.2f}" for stage, spent in seconds.items())
    log.info("%s: %.1f s (%s)", name, sum(seconds.values()), stages, extra={"seconds": seconds})
