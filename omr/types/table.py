"""Tables of tolerances: classes of named numbers, of which a module has one, that nobody changes."""

from __future__ import annotations

from typing import NoReturn, TypeVar

C = TypeVar("C", bound=type)


def table(kind: C) -> C:
    """Make a class of annotated values a table, whose values cannot be set. `@dataclass(frozen=True)` would say the
    same, but makes a program of each of its sixty tables when it is imported, which took an eighth of the time in which
    a scan starts."""
    kind.__setattr__ = _refuse  # type: ignore[method-assign, assignment]
    return kind


def _refuse(self: object, name: str, value: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be set")
