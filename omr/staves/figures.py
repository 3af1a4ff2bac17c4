"""Finds digits beside staves that are another kind of notation: figured bass, and cipher notation (numbers for notes).

The network sees single digits, and takes them for fingerings, tuplets and time signatures. Their place tells what they
really are. Figures of a figured bass stand on top of one another in a row along a bass staff, and there is no finger 6
or above. Cipher notation has a digit for each note, as large as letters, in a line from one side of the page to the
other. Neither of them is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from omr.staves.diagrams import OtherNotation
from omr.types import SPACE_PX, Box, NotationGraph, Staff, Stroke, Symbol
from omr.types.table import table


@table
class FigureTolerances:
    """Lengths are in staff spaces, unless a field says otherwise."""

    outside: float = 0.5
    """Least distance of a digit's middle from the outer lines of a staff. Digits of time signatures stand inside the
    staff."""
    reach: float = 9.0
    """Greatest distance of a digit from the staff to which it belongs, as for other signs."""

    # Rests of several measures
    over_rest: tuple[float, float] = (2.25, 7.0)
    """The number over a multi-measure rest: how far its middle is above the middle of the rest's thick bar, as in the
    search for that number."""
    beside_rest: float = 1.0
    """Greatest distance of such a number's middle beyond the ends of the bar."""

    # Figured bass
    fingers: int = 5
    """Digits above this are no fingerings."""
    overlap: float = 0.5
    """Two digits stand on top of one another if they share at least this part of the narrower one's width ..."""
    stacked: tuple[float, float] = (-0.4, 0.8)
    """... and the gap between them is within these limits."""
    least_figures: int = 4
    """Fewest figures that show that a page has figured bass. These are counted: figures of stacks that have a digit
    above `fingers` (at least one such stack is needed), and single digits above `fingers`. A tuplet's digit with a
    fingering over it looks like a stack, but is rare on bass staves."""
    row: float = 1.7
    """Other figures may be this much nearer to the staff than the nearest of those stacks, or this much farther than
    the farthest: there is room for one more figure."""
    accidental_reach: float = 2.0
    """Greatest distance of an accidental to the left of its notehead."""
    accidental_height: tuple[float, float] = (0.3, 0.85)
    """Where, from an accidental's top (0) to its bottom (1), the middle of its notehead may be. For sharps and naturals
    it is about the middle, for flats 0.7, because of the stem of the flat."""
    beam_middle: float = 0.15
    """Greatest distance of a tuplet's digit from the middle of its beam, as a part of the beam's length. Figures of a
    bass stand at notes instead."""
    beam_reach: float = 2.5
    """Greatest vertical distance of a tuplet's digit from its beam."""

    # Cipher notation
    sure_digits: int = 8
    """Fewest digits of a line that surely stands for notes. The network sees a third or more of the digits of an
    engraved line."""
    least_digits: int = 4
    """Fewest digits of another line on the same page."""
    least_height: float = 1.4
    """Least height of a digit that is read as a note. Fingerings and tuplets are about 1.1 high."""
    line: float = 0.4
    """Greatest vertical distance of the middles of neighbouring digits in one line."""
    even: float = 0.25
    """The heights of a line's digits differ from their median by less than this part of it."""
    least_width: float = 0.5
    """Least length of a sure line, as a part of the longest staff; if there is no staff, of the page's width."""
    least_different: int = 3
    """Fewest different digits in a sure line. A row of equal digits may be tuplets."""
    about: float = 0.8
    """How far above and below its digits a line has dots and dashes."""
    aside: float = 8.0
    """How far before the first digit that was seen, and after the last, a line may have further digits, and dashes that
    hold a note."""


T = FigureTolerances()
"""The tolerances of this stage."""
LIKE_A_DIGIT = {"pluckedSnapPizzicatoAbove": 6, "ottava": 8}
"""Classes that the detector confuses with single digits -> the digit. The sign of a snap pizzicato is a circle with a
line, as is a 6. This does not hold on keyboard staves: there, the first class really is a fingering, and the second an
octave mark."""


def find_figures(
    staves: Sequence[Staff], symbols: Sequence[Symbol], strokes: Sequence[Stroke], width: float,
    keyboards: Collection[int] = (),
) -> list[OtherNotation]:
    """The figured bass and the cipher notation of a page, one entry for each row.

    staves, symbols, strokes: of the page, which may have no staff.
    width: of the page, in pixels.
    keyboards: indices of the staves of keyboard instruments.
    """
    rests = [s.box for s in symbols if s.name == "restHBar"]
    digits = [s for s in symbols if _digit(s) is not None and _is_outside(s, staves) and not _is_over(s, rests)]
    basses = list(_figured_bass(staves, symbols, strokes, digits, keyboards)) if staves else []
    taken = {id_ for row in basses for id_ in row.symbols}
    length = max((s.right - s.left for s in staves), default=width)
    return [*basses, *_cipher(staves, symbols, [s for s in digits if s.id not in taken], T.least_width * length)]


def _digit(symbol: Symbol) -> int | None:
    """The digit that a symbol shows; None if it shows none."""
    if symbol.kind in ("tuplet", "fingering", "time"):
        return symbol.symbol_class.digit
    return LIKE_A_DIGIT.get(symbol.name)


def _distance(symbol: Symbol, staff: Staff) -> float:
    """How far a symbol's middle is below the bottom line of a staff, or (as a negative number) above its top line; 0 in
    between."""
    row, col = symbol.box.center
    top, bottom = staff.outer_rows(min(max(col, staff.left), staff.right))
    return float(max(row - bottom, 0.0) + min(row - top, 0.0))


def _is_outside(symbol: Symbol, staves: Sequence[Staff]) -> bool:
    return all(abs(_distance(symbol, staff)) > T.outside * SPACE_PX for staff in staves)


def _is_over(digit: Symbol, rests: Sequence[Box]) -> bool:
    """Whether a digit stands over one of these multi-measure rests, and so is its number of measures. An orchestral
    part may have a line of such numbers from one side of the page to the other."""
    row, col = digit.box.center
    aside, (low, high) = T.beside_rest * SPACE_PX, T.over_rest
    return any(rest.left - aside < col < rest.right + aside and low * SPACE_PX < rest.center[0] - row < high * SPACE_PX
               for rest in rests)


# ---- figured bass ----------------------------------------------------------------------------------------------


def _figured_bass(
    staves: Sequence[Staff], symbols: Sequence[Symbol], strokes: Sequence[Stroke], digits: Sequence[Symbol],
    keyboards: Collection[int],
) -> Iterator[OtherNotation]:
    """The figures of each bass staff, if the page has figured bass. Arguments as in `find_figures`."""
    heads = [s for s in symbols if s.kind == "notehead"]
    clefs = [s for s in symbols if s.kind == "clef"]
    beams = [s.box for s in strokes if s.kind == "beam"]
    figures = [s for s in digits if not _is_at_middle(s, beams)]
    figures += [s for s in symbols if s.kind == "accidental" and _is_outside(s, staves) and not _is_beside(s, heads)]
    of_staff: dict[int, list[tuple[float, Symbol]]] = {}
    for symbol in figures:
        staff = min(staves, key=lambda s: abs(_distance(symbol, s)))
        if staff.index in keyboards and symbol.name in LIKE_A_DIGIT:
            continue
        distance = _distance(symbol, staff)
        if abs(distance) < T.reach * SPACE_PX and _may_be_bass(staff, clefs):
            of_staff.setdefault(staff.index, []).append((distance, symbol))
    for side in (-1, 1):
        own = {i: [(d, s) for d, s in found if d * side > 0] for i, found in of_staff.items()}
        stacked = [figure for found in own.values() for pair in _stacks(found) for figure in pair]
        alone = [f for found in own.values() for f in found if (_digit(f[1]) or 0) > T.fingers and f not in stacked]
        if not stacked or len(stacked) + len(alone) < T.least_figures:
            continue
        distances = [d for d, _ in stacked]
        nearest, farthest = min(distances) - T.row * SPACE_PX, max(distances) + T.row * SPACE_PX
        for found in own.values():
            row = [s for d, s in found if nearest < d < farthest]
            if row:
                yield OtherNotation(_around(row), "figured bass is left out", tuple(s.id for s in row))


def _may_be_bass(staff: Staff, clefs: Sequence[Symbol]) -> bool:
    """Whether a staff does not begin with a treble clef."""
    return not any(s.name.startswith("gClef") and abs(staff.position(*s.box.center)) < 5 and staff.is_opened_by(s)
                   for s in clefs)


def _is_beside(accidental: Symbol, heads: Sequence[Symbol]) -> bool:
    """Whether an accidental belongs to a note."""
    box = accidental.box
    top, bottom = (box.top + share * box.height for share in T.accidental_height)
    return any(top < h.box.center[0] < bottom
               and -SPACE_PX / 2 < h.box.left - box.right < T.accidental_reach * SPACE_PX for h in heads)


def _is_at_middle(digit: Symbol, beams: Sequence[Box]) -> bool:
    """Whether a digit stands at the middle of a beam, as the number of a tuplet does."""
    row, col = digit.box.center
    for box in beams:
        near = box.top - T.beam_reach * SPACE_PX < row < box.bottom + T.beam_reach * SPACE_PX
        if near and abs(box.center[1] - col) < T.beam_middle * box.width:
            return True
    return False


def _stacks(found: Sequence[tuple[float, Symbol]]) -> Iterator[tuple[tuple[float, Symbol], tuple[float, Symbol]]]:
    """Pairs of figures that stand on top of one another, where at least one is too large for a finger. Each figure is
    in one pair only."""
    taken: set[int] = set()
    for upper in sorted(found, key=lambda f: f[1].box.top):
        for lower in found:
            ids = {upper[1].id, lower[1].id}
            if _is_on(upper[1], lower[1]) and not ids & taken:
                taken |= ids
                yield upper, lower


def _is_on(upper: Symbol, lower: Symbol) -> bool:
    """Whether a figure stands on top of another, and at least one of them is too large for a finger."""
    a, b = upper.box, lower.box
    least, greatest = T.stacked
    shared = min(a.right, b.right) - max(a.left, b.left)
    return (a.center[0] < b.center[0] and least * SPACE_PX < b.top - a.bottom < greatest * SPACE_PX
            and shared >= T.overlap * min(a.width, b.width)
            and max(_digit(upper) or 0, _digit(lower) or 0) > T.fingers)


# ---- cipher notation -------------------------------------------------------------------------------------------


def _cipher(
    staves: Sequence[Staff], symbols: Sequence[Symbol], digits: Sequence[Symbol], least_width: float
) -> Iterator[OtherNotation]:
    """Lines of digits that stand for notes: those that surely do, and on a page with such a line also those that are
    like it."""
    lines = [row for row in map(_even, _lines(digits)) if len(row) >= T.least_digits]
    sure = [row for row in lines if len(row) >= T.sure_digits and len({_digit(s) for s in row}) >= T.least_different
            and _around(row).width >= least_width]
    for row in lines if sure else ():
        yield _left_out(_around(row), staves, symbols)


def without_ciphers(graph: NotationGraph, lines: Sequence[Box]) -> tuple[NotationGraph, list[OtherNotation]]:
    """Remove from a graph the marks in those lines of cipher notation that were read as words. Returns also these
    lines."""
    others = [_left_out(box, graph.staves, graph.symbols) for box in lines]
    ids = {id_ for other in others for id_ in other.symbols}
    if not ids:
        return graph, others
    return replace(
        graph, symbols=tuple(s for s in graph.symbols if s.id not in ids),
        edges=tuple(e for e in graph.edges if e.parent not in ids and e.child not in ids),
        staff_of={id_: staff for id_, staff in graph.staff_of.items() if id_ not in ids}), others


def _left_out(line: Box, staves: Sequence[Staff], symbols: Sequence[Symbol]) -> OtherNotation:
    """A line of cipher notation with its digits, dots and dashes."""
    down, aside = T.about * SPACE_PX, T.aside * SPACE_PX
    about = Box(line.top - down, line.left - aside, line.bottom + down, line.right + aside)
    inside = tuple(s.id for s in symbols if _is_mark(s) and about.contains(s.box.center) and _is_outside(s, staves))
    return OtherNotation(line, "a line of numbers (cipher notation) is left out", inside)


def _lines(digits: Sequence[Symbol]) -> list[list[Symbol]]:
    """The digits that are large enough to be notes, line by line from the top."""
    lines: list[list[Symbol]] = []
    for symbol in sorted(digits, key=lambda s: s.box.center[0]):
        if symbol.box.height < T.least_height * SPACE_PX:
            continue
        if lines and symbol.box.center[0] - lines[-1][-1].box.center[0] < T.line * SPACE_PX:
            lines[-1].append(symbol)
        else:
            lines.append([symbol])
    return lines


def _even(line: Sequence[Symbol]) -> list[Symbol]:
    """Those of the symbols that are about as high as most, and level with them."""
    height, middle = np.median([(s.box.height, s.box.center[0]) for s in line], axis=0)
    return [s for s in line if abs(s.box.height - height) < T.even * height
            and abs(s.box.center[0] - middle) < T.line * SPACE_PX]


def _is_mark(symbol: Symbol) -> bool:
    """Whether a symbol may be a digit, dot or dash of cipher notation."""
    return _digit(symbol) is not None or symbol.kind in ("articulation", "dot")


def _around(symbols: Sequence[Symbol]) -> Box:
    """The smallest box that holds all symbols."""
    box = symbols[0].box
    for symbol in symbols[1:]:
        box = box.union(symbol.box)
    return box
