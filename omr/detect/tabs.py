"""Tablature on a drawn page: four to seven lines (the strings), with fret numbers on them.

Five lines are a staff, unless most numbers between them are exactly in the middle of a line (banjo, five-string bass).

The numbers are letters of the file, and so exact. Some programs interrupt the lines below numbers; these gaps are
closed first. The rhythm is shown by stems above or below the lines, or hanging from the numbers, with flags or beams. A
stem of half the usual length, or a double stem, means a half note. If other numbers have stems, one without means a
whole note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.detect.glyphs import Found, Letter
from omr.detect.pieces import STAFF_LINES, Line, Ruled
from omr.page.vectors import VectorPage
from omr.types import Box, Fret, NoteType, TabColumn, TabRow
from omr.types.table import table

LINES = (4, 6, 7)
"""Numbers of strings that are looked for: four (bass and ukulele), six (guitar), seven (some guitars). For five see
`with_frets`."""
CROSSES = ("x", "X", "\N{MULTIPLICATION SIGN}", "\N{MULTIPLICATION X}")
"""Letters that stand for muted strings."""
USUAL_SPACING = 1.5
"""Usual distance of the lines as a multiple of the staff space. It gives the scale of a page that has only
tablature."""
ON_LINES = 0.8
"""Least share of the numbers among five lines that must be on a line."""
LEAST_NUMBERS = 0.5
"""Least share of all glyphs among five lines that must be numbers on a line."""
MOST_ROWS, MOST_NUMBERS, MOST_COLUMNS = 64, 5_000, 300
"""Most rows and most digits of tablature on a page, and most columns in a row. Anything with more is no tablature."""


@table
class TabLimits:
    """Lengths are in distances of two lines, unless said otherwise. Based on pages of MuseScore 3, LilyPond and
    Verovio."""

    least_frets: int = 3
    """Fewest numbers on five lines that make these strings ..."""
    centred: float = 0.2
    """... if each is this near to the middle of its line, and so are most of all numbers among the lines."""
    on_line: float = 0.36
    """Greatest distance of the middle of a number from its line."""
    digit_height: float = 0.68
    """Height of a digit above its baseline, relative to its size."""
    one_number: float = 0.25
    """Longest gap between two digits of one number, relative to their size."""
    together: float = 0.9
    """Numbers whose middles are at most this far apart sideways are played together."""
    same_row: float = 0.08
    """Pieces of a line are at most this far from its row."""
    line_gap: float = 4.0
    """Longest gap in a line that is filled by a number, relative to the size of its digits."""
    whole: float = 0.3
    """A vertical line from the first line to the last, give or take this much, is a barline."""
    one_bar: float = 1.0
    """Barlines that are this near to each other are a double barline, and count as one."""
    beside: float = 0.6
    """Greatest distance of a stem from the middle of its number."""
    reach: float = 4.0
    """How far above and below its lines a stem may reach."""
    shortest: float = 0.8
    """Least length of a stem."""
    away: float = 2.0
    """Greatest distance of a stem from the lines."""
    outside: float = 0.5
    """A stem that begins at most this far inside the lines is outside of them, so that its length has a meaning."""
    short: float = 0.7
    """A stem shorter than this share of the longest stem in its row means a half note."""
    thin: float = 0.25
    """Stems are thinner than this, beams are thicker."""
    mark: float = 1.2
    """Greatest distance of a flag or dot from its stem."""
    beam: float = 0.6
    """Greatest distance of the outermost beam from the end of a stem."""


T = TabLimits()


@dataclass(frozen=True)
class Tablature:
    """What was found: the rows, and which of the page's letters, lines, ruled lines and glyphs belong to them, by
    `id`."""

    rows: tuple[TabRow, ...]
    used: frozenset[int]


def with_closed_lines(lines: Sequence[Line], page: VectorPage) -> list[Line]:
    """Add lines that close the gaps in level lines where a digit stands. Returns all lines, in points."""
    digits = [(g.matrix[4] + g.width * g.matrix[0] / 2, g.matrix[5] - T.digit_height / 2 * size, size)
              for g in page.glyphs if g.text.isdecimal() and (size := float(np.hypot(*g.matrix[2:4]))) > 0]
    level = [line for line in lines if line.is_level and not line.is_upright]
    if not 0 < len(digits) <= MOST_NUMBERS or not level:
        return list(lines)
    rows, starts, ends = (np.array(v) for v in zip(*((p.a[1], p.a[0], p.b[0]) for p in level), strict=True))
    closing: dict[tuple[float, float, float], Line] = {}
    for x, y, size in digits:
        near = np.abs(rows - y) < T.on_line * size
        before, after = near & (ends < x) & (ends > x - T.line_gap * size), near & (starts > x)
        after &= starts < x + T.line_gap * size
        if before.any() and after.any():
            left, right = float(ends[before].max()), float(starts[after].min())
            row = float(rows[before][ends[before].argmax()])
            model = level[int(np.flatnonzero(before)[ends[before].argmax()])]
            closing[round(row, 1), left, right] = replace(model, a=(left, row), b=(right, row))
    return [*lines, *closing.values()]


def with_frets(ruled: Sequence[Ruled], page: VectorPage) -> list[Ruled]:
    """Mark groups of five ruled lines as strings if they have fret numbers on them. In points. In a staff, fingerings
    may be anywhere between the lines, and the numbers of time signatures are no letters. Numbers of tuplets may be on
    the lines of a staff, but there are more noteheads, rests and accidentals than numbers there."""
    digits = [(g.matrix[4] + g.width * g.matrix[0] / 2, g.matrix[5] - T.digit_height / 2 * size)
              for g in page.glyphs if g.text.isdecimal() and (size := float(np.hypot(*g.matrix[2:4]))) > 0]
    others = [(g.matrix[4], g.matrix[5]) for g in page.glyphs if not g.text.isdecimal() and not g.text.isspace()]
    marked = []
    for each in ruled:
        among = [y for x, y in digits if each.left < x < each.right
                 and each.rows[0] - each.space / 2 < y < each.rows[-1] + each.space / 2]
        on_line = [y for y in among if min(abs(y - row) for row in each.rows) < T.centred * each.space]
        beside = sum(each.left < x < each.right and each.rows[0] < y < each.rows[-1] for x, y in others)
        is_strings = len(each.rows) == STAFF_LINES and len(on_line) >= max(
            T.least_frets, ON_LINES * len(among), LEAST_NUMBERS * (beside + len(among)))
        marked.append(replace(each, has_frets=True) if is_strings else each)
    return marked


def may_be_tablature(ruled: Ruled) -> bool:
    """Whether the number of ruled lines can be that of strings."""
    return len(ruled.rows) in LINES or ruled.has_frets


def find_tablature(ruled: Sequence[Ruled], letters: Sequence[Letter], lines: Sequence[Line], marks: Sequence[Found],
                   ) -> Tablature:
    """The tablature among the ruled lines of a page, all in pixels. marks: musical signs."""
    staves = [r for r in ruled if r.is_staff]
    rows: list[TabRow] = []
    used: set[int] = set()
    numbers = [letter for letter in letters if letter.text.isdecimal() or letter.text in CROSSES]
    if not 0 < len(numbers) <= MOST_NUMBERS:
        return Tablature((), frozenset())
    for each in [r for r in ruled if may_be_tablature(r)][:MOST_ROWS]:
        reader = _RowReader(each, staves, numbers, lines, marks)
        if reader.columns:
            rows.append(reader.row())
            used |= reader.used
            used |= {id(letter) for letter in letters if reader.holds(letter)}
    return Tablature(tuple(rows), frozenset(used))


class _RowReader:
    """Reads one row of tablature."""

    def __init__(self, ruled: Ruled, staves: Sequence[Ruled], letters: Sequence[Letter], lines: Sequence[Line],
                 marks: Sequence[Found]):
        self._ruled, self._apart = ruled, ruled.space
        self._top, self._bottom = ruled.rows[0], ruled.rows[-1]
        beside = [s for s in staves if s.left < ruled.right and s.right > ruled.left]
        above = max((s.rows[-1] for s in beside if s.rows[-1] < self._top), default=-np.inf)
        below = min((s.rows[0] for s in beside if s.rows[0] > self._bottom), default=np.inf)
        self._highest = max(self._top - T.reach * self._apart, (above + self._top) / 2)
        self._lowest = min(self._bottom + T.reach * self._apart, (below + self._bottom) / 2)
        self.used: set[int] = {id(ruled)}
        self.columns = self._columns(letters)
        if not 0 < len(self.columns) <= MOST_COLUMNS:
            self.columns = []
            return
        self.used |= {id(line) for line in lines if line.is_level and line.thickness < T.thin * self._apart
                      and self._is_along((line.a[0] + line.b[0]) / 2)
                      and min(abs(line.a[1] - row) for row in ruled.rows) < T.same_row * self._apart}
        own = [line for line in lines if self._is_here(line) and id(line) not in self.used]
        self._bars = self._barlines([line for line in own if line.is_upright])
        self._rhythm([line for line in own if id(line) not in self.used], marks)
        self.used |= {id(m) for m in marks if self._top <= m.middle[1] <= self._bottom and self._is_along(m.middle[0])}

    def holds(self, letter: Letter) -> bool:
        """Whether a letter is among the lines, as the letters of the clef are."""
        left, top, right, bottom = letter.edges
        return self._is_along((left + right) / 2) and self._top < (top + bottom) / 2 < self._bottom

    def row(self) -> TabRow:
        """The row as it was read."""
        box = Box(self._top - 1, self._ruled.left, self._bottom + 1, self._ruled.right)
        return TabRow(len(self._ruled.rows), box, tuple(self._bars), tuple(self.columns))

    def _is_along(self, x: float) -> bool:
        return self._ruled.left - self._apart < x < self._ruled.right + self._apart

    def _is_here(self, line: Line) -> bool:
        return (self._is_along((line.a[0] + line.b[0]) / 2) and min(line.a[1], line.b[1]) > self._highest - 1
                and max(line.a[1], line.b[1]) < self._lowest + 1)

    def _columns(self, letters: Sequence[Letter]) -> list[TabColumn]:
        """The columns: numbers that are played together."""
        frets: list[tuple[float, Fret]] = []
        for string, row in enumerate(self._ruled.rows, 1):
            on_line = [letter for letter in letters if self._is_along(letter.edges[0])
                       and abs((letter.edges[1] + letter.edges[3]) / 2 - row) < T.on_line * self._apart]
            for number in _numbers(on_line):
                edges = np.array([letter.edges for letter in number])
                box = Box(edges[:, 1].min(), edges[:, 0].min(), edges[:, 3].max(), edges[:, 2].max())
                text = "".join(letter.text for letter in number)
                frets.append((box.center[1], Fret(string, int(text) if text.isdecimal() else 0, box,
                                                  not text.isdecimal())))
                self.used |= {id(letter) for letter in number}
        groups: list[list[tuple[float, Fret]]] = []
        for x, fret in sorted(frets, key=lambda f: (f[0], f[1].string)):
            strings = {f.string for _, f in groups[-1]} if groups else set()
            if groups and x - groups[-1][0][0] < T.together * self._apart and fret.string not in strings:
                groups[-1].append((x, fret))
            else:
                groups.append([(x, fret)])
        return [TabColumn(float(np.mean([x for x, _ in group])), tuple(sorted((f for _, f in group),
                                                                             key=lambda f: f.string)))
                for group in groups]

    def _barlines(self, upright: Iterable[Line]) -> list[float]:
        """Columns of the barlines, without one at the left end."""
        bars: list[float] = []
        for line in sorted(upright, key=lambda line: line.a[0]):
            off = max(abs(line.a[1] - self._top), abs(line.b[1] - self._bottom))
            if off > T.whole * self._apart:
                continue
            self.used.add(id(line))
            if line.a[0] > self._ruled.left + T.one_bar * self._apart:
                if bars and line.a[0] - bars[-1] < T.one_bar * self._apart:
                    bars[-1] = line.a[0]
                else:
                    bars.append(line.a[0])
        return bars

    def _rhythm(self, lines: Sequence[Line], marks: Sequence[Found]) -> None:
        """Give the columns the note values shown by stems, flags, beams and dots."""
        out = T.outside * self._apart
        stems = [line for line in lines if line.is_upright and line.thickness < T.thin * self._apart
                 and line.length > T.shortest * self._apart
                 and line.b[1] > self._top - T.away * self._apart and line.a[1] < self._bottom + T.away * self._apart]
        beams = [line for line in lines if not line.is_upright and line.thickness >= T.thin * self._apart]
        if not 0 < len(stems) <= MOST_NUMBERS:
            return
        free = [s for s in stems if s.a[1] > self._bottom - out or s.b[1] < self._top + out]
        longest = max((s.length for s in free), default=0.0)
        columns = []
        for column in self.columns:
            own = [s for s in stems if abs(s.a[0] - column.x) < T.beside * self._apart]
            self.used |= {id(s) for s in own}
            if not own:
                columns.append(replace(column, type="whole"))
                continue
            stem = max(own, key=lambda s: s.length)
            near = [m for m in marks if _is_beside(m, stem, self._apart)]
            self.used |= {id(m) for m in near}
            levels = max([_levels(m.name) for m in near], default=0)
            across = [b for b in beams if _carries(b, stem, self._apart)]
            self.used |= {id(b) for b in across}
            levels = max(levels, len({round((b.a[1] + b.b[1]) / self._apart, 0) for b in across}))
            is_half = not levels and (len(own) > 1 or stem in free and stem.length < T.short * longest)
            dots = sum(m.name == "augmentationDot" for m in near)
            columns.append(replace(column, type="half" if is_half else _TYPES[min(levels, len(_TYPES) - 1)], dots=dots))
        self.columns = columns


_TYPES: tuple[NoteType, ...] = ("quarter", "eighth", "16th", "32nd", "64th")
_FLAGS = {"8th": 1, "16th": 2, "32nd": 3, "64th": 4}


def _levels(name: str) -> int:
    """How many flags a mark stands for."""
    return next((n for text, n in _FLAGS.items() if name.startswith(f"flag{text}")), 0)


def _is_beside(mark: Found, stem: Line, apart: float) -> bool:
    x, y = mark.middle
    reach = T.mark * apart
    is_known = mark.name.startswith("flag") or mark.name == "augmentationDot"
    return is_known and -0.2 * apart < x - stem.a[0] < reach and stem.a[1] - reach < y < stem.b[1] + reach


def _carries(beam: Line, stem: Line, apart: float) -> bool:
    """Whether a stem meets a beam, or nearly reaches it."""
    x = stem.a[0]
    if not beam.a[0] - 0.2 * apart < x < beam.b[0] + 0.2 * apart:
        return False
    share = (x - beam.a[0]) / max(beam.b[0] - beam.a[0], 1e-6)
    row = beam.a[1] + min(max(share, 0.0), 1.0) * (beam.b[1] - beam.a[1])
    return stem.a[1] - T.beam * apart < row < stem.b[1] + T.beam * apart


def _numbers(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Join digits side by side into numbers."""
    numbers: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: letter.edges[0]):
        last = numbers[-1][-1] if numbers else None
        if last is not None and letter.text.isdecimal() and last.text.isdecimal() and len(numbers[-1]) < 2 and (
                letter.edges[0] - last.edges[2] < T.one_number * letter.size):
            numbers[-1].append(letter)
        else:
            numbers.append([letter])
    return numbers
