"""Keeps results that were computed for one version of a score, for the next version.

When a person corrects a score, most of its pages stay the same. Slow steps are called through a `Memo`, which repeats
only those whose input has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Remembers results of functions. A result that was not asked for while two successive scores were composed is
    forgotten."""

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
        """Call make(*things, *plain), or return the result of an earlier call with the same arguments.

        things: count as the same if they are the same objects. They must not have been changed since.
        plain: count as the same if they are equal.
        """
        # The same as `made`, without one more function call: this runs thousands of times for a score.
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
        """As `__call__`, for a function without arguments. name: stands for the function, and must tell what is
        made."""
        key = (name, tuple(map(id, things)), plain)
        found = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None:
                found = things, make()  # keeping the things ensures that no new object gets the id of one of them
            self._now[key] = found
        made: T = found[1]
        return made

    def section(
        self, name: Hashable, things: tuple[Any, ...], plain: tuple[Hashable, ...], make: Callable[[Memo], T]
    ) -> T:
        """As `made`, for a section of a score, such as a page. `make` is given a memo of the section's own. That memo
        forgets only when the section is made again, so it still knows the section's parts then, however long ago that
        was."""
        own = self.made(("memo of", name), (), (), Memo)

        def anew() -> T:
            own.turn()
            return make(own)

        return self.made(name, things, plain, anew)

    def alike(self, name: Hashable, value: T) -> T:
        """Return the equal value of the score before, if there was one, else this value. Returning the same object
        keeps results that depend on it valid. name: says what the value is; each score has one value of each name."""
        old = self._last.get(name, self._last_before.get(name))
        self._last[name] = found = old if old is not None and old == value else value
        return found

    def same(self, name: Hashable, values: Sequence[T], key: Callable[[T], Hashable]) -> list[T]:
        """Return the values, each replaced by the object of the score before that has equal fields, if there was one.

        name: says what the values are.
        values: dataclasses that compare by identity.
        key: equal values must have the same key, and few others should: only values with the same key are compared.
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
