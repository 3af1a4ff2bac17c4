"""How often Python collects unused objects, and when freed memory goes back to the operating system."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

COLLECT_AFTER = 50_000
"""After how many new objects Python's garbage collector runs. Python's default of 700 suits programs that throw many
objects away. A score keeps nearly all of its objects, and a tenth of the time for composing and writing it went into
collecting. This many objects take about 10 MB."""
GENERATIONS = (20, 50)
"""How many collections of the youngest generation of objects come before one of the second, and how many of the second
before one of the oldest. Python's defaults are 10 and 10."""


def collect_seldom() -> None:
    """Have Python collect less often, and never look again at the objects that exist now (mostly modules, which stay).
    For processes that belong to one scan from beginning to end."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *GENERATIONS)


def give_back() -> None:
    """Give freed memory back to the operating system. Only glibc's `malloc_trim` does that; without it each process
    keeps some tens of megabytes in reserve."""
    with suppress(AttributeError, OSError, TypeError):  # other systems
        ctypes.CDLL(None).malloc_trim(0)
