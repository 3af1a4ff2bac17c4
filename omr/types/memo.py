"""What was made for one version of a score, kept for the next.

When a person mends a score, most of its pages stay as they were. The steps that take long are asked through a `Memo`,
which makes again only what depends on something new.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Remembers results of functions. What was not asked for while two scores were composed is forgotten."""

    def __init__(self) -> None:
        self._now: dict[Hashable, tuple[Any, Any]] = {}
        self._before: dict[Hashable, tuple[Any, Any]] = {}
        self._values: dict[Hashable, dict[Hashable, Any]] = {}
        self._last: dict[Hashable, Any] = {}
        self._last_before: dict[Hashable, Any] = {}

    def turn(self) -> None:
        """Begin a new score."""
        self._now, self._before = {}, self._now
        self._last, self._last_before = {}, self._last

    def __call__(self, make: Callable[..., T], *things: Any, plain: tuple[Hashable, ...] = ()) -> T:
        """make(*things, *plain), or what it gave before. things: are the same if they are the same objects, which must
        not have been changed since; plain: are the same if they are equal."""
        # As `made`, without a call more: this is asked for thousands of times for a score.
        key = (make, tuple(map(id, things)), plain)
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None:
                found = things, make(*things, *plain)
            self._now[key] = found
        made: T = found[1]
        return made

    def made(self, name: Hashable, things: tuple[Any, ...], plain: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """What `make` gave before for these things, or gives now. name: says what is made. All else is as above."""
        key = (name, tuple(map(id, things)), plain)
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None:
                found = things, make()  # the things are kept, so that their ids stay theirs
            self._now[key] = found
        made: T = found[1]
        return made

    def section(
        self, name: Hashable, things: tuple[Any, ...], plain: tuple[Hashable, ...], make: Callable[[Memo], T]
    ) -> T:
        """The same for a section of a score, such as a page. make: is given a memo of the section's own, which forgets
        only when the section is made anew: so what it consists of is still known then, however long ago that was."""
        own = self.made(("memo of", name), (), (), Memo)

        def anew() -> T:
            own.turn()
            return make(own)

        return self.made(name, things, plain, anew)

    def alike(self, name: Hashable, value: T) -> T:
        """The value of the score before that is equal to this one, so that what depends on it is not made again; this
        one itself if there is none. name: says what it is; each score has one value of a name."""
        old = self._last.get(name, self._last_before.get(name))
        self._last[name] = found = old if old is not None and old == value else value
        return found

    def same(self, name: Hashable, values: Sequence[T], key: Callable[[T], Hashable]) -> list[T]:
        """The values, those replaced by the object of the score before that is equal to them field by field.

        name: says what they are. values: dataclasses that compare by identity. key: what equal ones have in common, and
        few others have: only those are compared.
        """
        known, found = self._values.get(name, {}), {}
        for value in values:
            at = key(value)
            old = known.get(at)
            found[at] = old if old is not None and _are_alike(old, value) else value
        self._values[name] = found
        return [found[key(value)] for value in values]


def _are_alike(a: Any, b: Any) -> bool:
    """Whether two dataclasses have equal fields."""
    return type(a) is type(b) and all(getattr(a, f) == getattr(b, f) for f in _names(a.__class__))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))
