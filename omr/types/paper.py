"""How a score stands on paper: its pages, where systems stand on them, which parts stand together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper of a page: its size in page pixels, and how many millimetres one of them is (0 if nobody knows)."""

    page: int
    height_px: float
    width_px: float
    px_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class PartGroup:
    """Parts `first` to `last` (indices from 0) that stand together: in a "bracket", or a "brace", or with "none"
    beside them but bar lines that run through all of them."""

    first: int
    last: int
    symbol: Literal["bracket", "brace", "none"]
    barlines: bool


@dataclass(frozen=True, slots=True)
class StaffPlace:
    """One staff of a system: its part (index from 0), which of the part's staves (from 1), its rows on the page."""

    part: int
    staff: int
    top: float
    bottom: float


@dataclass(frozen=True)
class SystemPlace:
    """Where a system stands on its page, in pixels of it. measure: index of the measure it begins with."""

    measure: int
    page: int
    left: float
    right: float
    staves: tuple[StaffPlace, ...]


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """A line over the music of the first page, as it is printed. column: where it stands. top, height: of its letters,
    in pixels of the page. roles: which of "title", "composer", "lyricist", "arranger" of the score it says."""

    text: str
    column: Literal["left", "middle", "right"]
    top: float
    height: float
    roles: tuple[str, ...] = ()
