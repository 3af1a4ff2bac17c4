"""The limits within which files of strangers are read, each with its reason; `docs/security.md` lists them.

The limits of images stand in `omr/page/pictures.py`, those of PDFs in `omr/page/pdf.py` and `omr/page/drawing.py`,
beside what they bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_PAGE_BYTES = 2_500_000_000
"""Memory, in bytes, that a process may take for reading pages, beyond what it has when it begins. Usual pages take 0.5
GB, the largest, of 6,500 pixels a side, 1.5 GB; what takes more is no page of music."""
MOST_JSON_BYTES = 200_000_000
"""Size, in bytes, of a JSON file that is parsed as a whole. In memory it takes about seven times that, and 1.5 GB are
what a process may have. The notation of a full page takes 1 MB."""
MOST_XML_BYTES = 100_000_000
"""Size, in bytes, of an XML file that is parsed as a whole. In memory it takes about ten times that. A symphony's
movement takes 40 MB, the largest page of MUSCIMA++ 3 MB."""
MOST_ARCHIVE_BYTES = MOST_XML_BYTES
"""What an archive (.mxl) may unpack to, in bytes: it holds one XML file, and pictures that nobody asks for."""
MOST_TEXT_BYTES = 20_000_000
"""Size, in bytes, of a text file such as Humdrum's, of which every line is kept. The longest known has 3 MB."""
MOST_IMAGE_BYTES = 1_000_000_000
"""Size, in bytes, of an image file of a data set whose header is read."""
MOST_DEPTH = 100
"""How deeply JSON and XML may be nested: MusicXML has 12 levels, a kept page 6. Parsers call themselves for every
level, or repeat the names of all levels above it, so that a file of brackets takes gigabytes."""
MOST_PX = 1_000_000
"""Greatest coordinate of a thing on a page, in pixels, before or behind its edge: no page has a side of more than
20,000 pixels."""
MOST_THINGS = 200_000
"""Most symbols, strokes or relations on a page; the fullest pages of orchestra have 10,000."""
MOST_MEASURE_QUARTERS = 1000
"""Longest note and measure, in quarter notes: a long rest over 100 bars of 4/4 has 400. Longer ones keep music21 busy
for minutes, because it divides a measure into beats."""
MOST_MEASURES = 5000
"""Most measures of a truth: an act of an opera has 3,000. Comparing two such files takes minutes, in their product."""
MOST_TIMES = 100
"""How often a passage may be said to be repeated, and the greatest number of an ending."""
MOST_STAVES = 100
"""Most staves of one part; an organ has three."""


@contextmanager
def bounded_memory(more_bytes: int = MOST_PAGE_BYTES) -> Iterator[None]:
    """In the block this process cannot have more memory than so many bytes beyond what it has now; what asks for more
    meets a MemoryError, or ends the process. On Linux; elsewhere no system sees to that, and nothing happens.

    What is counted is memory of its own that it can write to. The whole address space, which could be bounded as well,
    holds much more: mapped files, such as the weights, and what the allocators of threads have set aside.
    """
    try:
        import resource

        now = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
        before = resource.getrlimit(resource.RLIMIT_DATA)
    except (ImportError, OSError):
        yield
        return
    limits = [limit for limit in before if limit != resource.RLIM_INFINITY]
    if now is not None:
        limits.append(int(now[1]) * 1024 + more_bytes)
    if limits:
        resource.setrlimit(resource.RLIMIT_DATA, (min(limits), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
