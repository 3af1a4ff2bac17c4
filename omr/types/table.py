"""Tables of tolerances. A module has at most one: a class of named numbers that nobody changes."""

from __future__ import annotations

from typing import NoReturn, TypeVar

C = TypeVar("C", bound=type)


def table(kind: C) -> C:
    """Class decorator: make a class of annotated values a table whose values cannot be set.

    `@dataclass(frozen=True)` would do the same. But it generates and compiles code for each of some sixty tables when
    their modules are imported, which took an eighth of the time in which a scan starts.
    """
    kind.__setattr__ = _refuse  # type: ignore[method-assign, assignment]
    return kind


def _refuse(self: object, name: str, value: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be set")
