"""Memory that is free: how often Python looks for it, and when the system gets it back."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

COLLECT_AFTER = 50_000
"""New objects after which Python looks for such objects. Its own 700 are right for programs that throw many of them
away; a score keeps nearly all it makes, and a tenth of the time of putting it together and writing it went into
looking. So many objects have about 10 MB."""
GENERATIONS = (20, 50)
"""How many times the newest objects are looked at before those that were kept once, and how many times those before all
others. Python's own are 10 and 10."""


def collect_seldom() -> None:
    """Have Python look less often, and never again at what is there now: modules above all, which stay. For processes
    that belong to a scan from their beginning to their end."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *GENERATIONS)


def give_back() -> None:
    """Give memory that was freed back to the system, where its C library (glibc's) can do that: it keeps some tens of
    megabytes for what may come, in each process."""
    with suppress(AttributeError, OSError, TypeError):  # other systems
        ctypes.CDLL(None).malloc_trim(0)
