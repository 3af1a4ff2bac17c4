"""What was made for one version of a score, kept for the next.

When a person mends a score, most of its pages stay as they were. The steps that take long are asked through a `Memo`,
which makes again only what depends on something new.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Remembers results of functions. What was not asked for while two scores were composed is forgotten."""

    def __init__(self) -> None:
        self._now: dict[Hashable, tuple[Any, Any]] = {}
        self._before: dict[Hashable, tuple[Any, Any]] = {}

    def turn(self) -> None:
        """Begin a new score."""
        self._now, self._before = {}, self._now

    def __call__(self, make: Callable[..., T], *things: Any, plain: tuple[Hashable, ...] = ()) -> T:
        """make(*things, *plain), or what it gave before. things: are the same if they are the same objects, which must
        not have been changed since; plain: are the same if they are equal."""
        key = (make, tuple(map(id, things)), plain)
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None:
                found = things, make(*things, *plain)  # the things are kept, so that their ids stay theirs
            self._now[key] = found
        made: T = found[1]
        return made
