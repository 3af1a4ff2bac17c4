"""Limits for files from strangers, each with its reason. `docs/security.md` lists them.

The limits for images stand in `omr/page/pictures.py`, those for PDFs in `omr/page/pdf.py` and `omr/page/drawing.py`,
beside the code that they protect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_PAGE_BYTES = 2_500_000_000
"""Memory, in bytes, that a process may use for reading pages, on top of what it has at the start. Usual pages take 0.5
GB, the largest (6,500 pixels a side) 1.5 GB. What takes more is not a page of music."""
MOST_JSON_BYTES = 200_000_000
"""Greatest size, in bytes, of a JSON file that is parsed as a whole. In memory it takes about seven times as much, and
a process may have 1.5 GB. The notation of a full page takes 1 MB."""
MOST_XML_BYTES = 100_000_000
"""Greatest size, in bytes, of an XML file that is parsed as a whole. In memory it takes about ten times as much. A
movement of a symphony takes 40 MB, the largest page of MUSCIMA++ 3 MB."""
MOST_ARCHIVE_BYTES = MOST_XML_BYTES
"""Greatest size, in bytes, of what an archive (.mxl) unpacks to. It holds one XML file, and perhaps pictures, which are
never unpacked."""
MOST_TEXT_BYTES = 20_000_000
"""Greatest size, in bytes, of a text file such as a Humdrum file, of which every line is kept. The longest known one
has 3 MB."""
MOST_IMAGE_BYTES = 1_000_000_000
"""Greatest size, in bytes, of an image file of a data set. Only its header is read."""
MOST_DEPTH = 100
"""How deeply JSON and XML may be nested. MusicXML has 12 levels, a kept page 6. Parsers call themselves for every
level, or store the names of all levels above, so a file of nothing but brackets takes gigabytes."""
MOST_PX = 1_000_000
"""Greatest coordinate, in pixels, of anything on a page, before or behind its edge. No page has a side of more than
20,000 pixels."""
MOST_THINGS = 200_000
"""Most symbols, strokes or relations on a page. The fullest orchestral pages have 10,000."""
MOST_MEASURE_QUARTERS = 1000
"""Longest note and measure, in quarter notes. A rest of 100 bars of 4/4 has 400. Longer ones keep music21 busy for
minutes, because it divides a measure into beats."""
MOST_MEASURES = 5000
"""Most measures of a true score that a reading is compared with. An act of an opera has 3,000. The time for comparing
grows with the product of both lengths, and takes minutes here."""
MOST_TIMES = 100
"""Greatest number of repetitions that a sign may ask for, and greatest number of a volta."""
MOST_STAVES = 100
"""Most staves of one part. An organ has three."""


@contextmanager
def bounded_memory(more_bytes: int = MOST_PAGE_BYTES) -> Iterator[None]:
    """Inside the block, this process cannot have more memory than `more_bytes` beyond what it has now. A request for
    more raises MemoryError, or ends the process. This works on Linux; elsewhere nothing happens.

    What counts is private memory that the process can write to. The whole address space could be limited too, but it
    holds much more: mapped files, such as the weights, and what the allocators of threads have reserved.
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
