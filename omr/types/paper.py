"""How a score is laid out on paper: its pages, the systems on them, and the parts that are grouped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper of a page: its size in pixels of the page, and the size of one pixel in millimetres (0 if not
    known)."""

    page: int
    height_px: float
    width_px: float
    px_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class PartGroup:
    """Parts `first` to `last` (indices from 0) that are grouped by a "bracket", a "brace", or "none" of these, but
    barlines that run through all of them."""

    first: int
    last: int
    symbol: Literal["bracket", "brace", "none"]
    barlines: bool


@dataclass(frozen=True, slots=True)
class StaffPlace:
    """One staff of a system: the index of its part, its number in the part (from 1), and its rows on the page."""

    part: int
    staff: int
    top: float
    bottom: float


@dataclass(frozen=True)
class SystemPlace:
    """Where a system stands on its page, in pixels. measure: index of its first measure."""

    measure: int
    page: int
    left: float
    right: float
    staves: tuple[StaffPlace, ...]


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """A printed line above the music of the first page.

    column: where it stands.
    top, height: of its letters, in pixels of the page.
    roles: which of the score's "title", "composer", "lyricist" and "arranger" it tells.
    """

    text: str
    column: Literal["left", "middle", "right"]
    top: float
    height: float
    roles: tuple[str, ...] = ()
