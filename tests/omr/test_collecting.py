"""Objects that refer to each other go, even if they are looked for seldom."""

from __future__ import annotations

import gc
import weakref

from omr.collecting import COLLECT_AFTER, collect_seldom


class Cycle:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_nothing_needs_is_not_kept() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        first = weakref.ref(Cycle())
        assert first() is not None
        for _ in range(2 * COLLECT_AFTER):
            Cycle()
        assert first() is None
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
