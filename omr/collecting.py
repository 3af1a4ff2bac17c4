"""How often Python looks for objects that refer to each other and that nothing else needs."""

from __future__ import annotations

import gc

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
