"""Decides between signs that look alike by their surroundings: dots, whole and half rests, numbers, octave signs.

The same rules are used to label engraved pages for the detector, so that both agree about a page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from omr.detect.glyphs import DOTS, Letter
from omr.detect.pieces import Ruled, around
from omr.page.vectors import Edges
from omr.types import SPACE_PX, StrokeKind
from omr.types.table import table
from omr.types.vocabulary import BY_NAME, ID


@table
class ContextLimits:
    """Lengths are in staff spaces. Rules of thumb of engraving."""

    dot_after: tuple[float, float] = (-0.2, 2.8)
    """Where the augmentation dot of a notehead or rest begins, to the right of its right edge. Several dots follow one
    another."""
    dot_row: float = 0.75
    """Greatest vertical distance of such a dot from the middle of its notehead. It moves into the next space."""
    centred: float = 0.2
    """A dot this near to the middle of a notehead, sideways, is a staccato dot ..."""
    over_head: tuple[float, float] = (0.75, 3.0)
    """... if its vertical distance is within these limits."""
    same_height: float = 0.01
    """Dots whose heights differ by less than this are the same glyph. If a font has two kinds of dots, staccato dots
    are 0.02 (Verovio) to 0.08 less high than augmentation dots."""
    dot_of_bar: float = 1.6
    """Greatest distance of repeat dots from the barline."""
    small_digit: float = 1.5
    """Least height of the digits of a time signature."""
    clef_digit: float = 0.8
    """Greatest distance of the 8 of a clef from the clef."""
    on_bracket: float = 1.3
    """Greatest vertical distance of the number of a tuplet from its bracket."""
    at_beam: float = 3.2
    """Greatest vertical distance of such a number from its beam."""
    off_middle: float = 1.6
    """Greatest sideways distance of such a number from the middle of its beam (in italics, beyond the beam's ends)."""
    far_beam: float = 6.5
    """Greatest vertical distance if slurs or signs are in between ..."""
    far_italic: float = 9.0
    """The same for a number in italics. It may be on the side of the noteheads, more than a stem's length from the
    beam: 7.5 in a song by MuseScore 3."""
    off_middle_far: float = 0.8
    """... for a number that is exactly over the middle."""
    finger: tuple[float, float] = (0.0, 5.0)
    """Least and greatest vertical distance of a fingering from its notehead, ..."""
    finger_aside: float = 1.3
    """... and greatest sideways distance."""
    finger_beside: tuple[float, float] = (5.0, 1.5)
    """Greatest sideways and vertical distance of the fingering of the next note."""
    exact: float = 0.2
    """Greatest distance between things in one row or column."""
    near: float = 0.4
    """The same for glyphs with different shapes."""
    tall_number: float = 3.0
    """Numbers of tuplets and fingerings are less high than this."""
    high_finger: float = 1.7
    """Fingerings are less high than this."""
    hooks: tuple[float, float] = (0.3, 2.5)
    """Least and greatest distance of the two hooks from the middle of a number, in a bracket that has room for nothing
    else."""
    beyond: float = 3.0
    """How far beyond the ends of its bracket a number may be, if only one piece of the bracket is known."""
    line_after: float = 1.5
    """Greatest distance between an 8 and the beginning of its octave line."""
    longest: float = 40.0
    """Longer brackets are voltas or octave lines."""
    pile: float = 0.5
    """Longest gap between two pieces of an arpeggio, or of a trill's line."""


T = ContextLimits()
S = SPACE_PX
Mark = tuple[str, Edges]
_OCTAVE = re.compile(r"^(8|15)(v[ab]|m[ab]|va ?bassa|va?\.?|ma?)?$")
_NUMBER = re.compile(r"^\d{1,2}(:\d{1,2})?$")


@dataclass(frozen=True)
class Settled:
    """Marks and letters with their true meaning. marks: classes with their edges. letters: those that belong to no
    mark."""

    marks: list[Mark]
    letters: tuple[Letter, ...]


def settle(
    marks: Sequence[Mark], strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
    staves: Sequence[Ruled], letters: Sequence[Letter], sure: Collection[Edges] = (),
    slashes: Sequence[Edges] = (),
) -> Settled:
    """Give marks their true classes.

    strokes: of the page, with points (x, y).
    letters: of its text; some of them are signs.
    sure: places of marks whose code says what they are, and of numbers that are no signs.
    slashes: places of slashes through stems.
    """
    marks = _piles(marks)
    heads = [edges for name, edges in marks if BY_NAME[name].kind == "notehead"]
    dots = [mark if mark[1] in sure else _dot(mark, heads, marks, strokes, staves) for mark in marks]
    marks = _told_by_size(dots, [mark for mark in marks if mark[1] not in sure], heads)
    marks = [(_hung(*mark, staves), mark[1]) for mark in marks]
    marks = _slashed(marks, slashes)
    marks, letters = _text_signs(marks, strokes, letters, sure)
    return _with_octaves(marks, letters)


def _middle(edges: Edges) -> tuple[float, float]:
    return (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2


def _dot(
    mark: Mark, heads: Sequence[Edges], marks: Sequence[Mark],
    strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]], staves: Sequence[Ruled],
) -> Mark:
    """Decide about a dot. It is a repeat dot if it is beside a barline, with another dot above or below it around the
    staff's middle. Otherwise it is an augmentation dot if it comes after a notehead or rest, and is not over or under
    the middle of a notehead; and a staccato dot in all other cases."""
    name, edges = mark
    if name not in DOTS:
        return mark
    x, y = _middle(edges)
    if _is_of_repeat(x, y, marks, strokes, staves):
        return "repeatDot", edges
    is_staccato = _is_over_head(edges, heads) or not _is_after(edges, marks)
    return "articStaccato" if is_staccato else "augmentationDot", edges


def _is_over_head(edges: Edges, heads: Sequence[Edges]) -> bool:
    """Whether a dot is over or under the middle of a notehead, as staccato dots are."""
    (x, y), (low, high) = _middle(edges), (distance * S for distance in T.over_head)
    return any(abs(_middle(box)[0] - x) < T.centred * S and low < abs(_middle(box)[1] - y) < high for box in heads)


def _is_after(edges: Edges, marks: Sequence[Mark]) -> bool:
    """Whether a dot comes after a notehead or rest, where an augmentation dot would be."""
    y, (least, most) = _middle(edges)[1], T.dot_after
    return any(least < (edges[0] - right) / S < most and abs(y - (top + bottom) / 2) < _row_reach(other, bottom - top)
               for other, (_, top, right, bottom) in marks if BY_NAME[other].kind in ("notehead", "rest"))


def _told_by_size(dots: Sequence[Mark], marks: Sequence[Mark], heads: Sequence[Edges]) -> list[Mark]:
    """Decide about dots that may be either: they are over one notehead and after another. Such a dot is an augmentation
    dot if the augmentation dots of this page have its height, and its staccato dots, if there are any, have not.

    marks: the marks whose codes do not say what they are.
    """
    staccatos = [edges for name, edges in dots if name == "articStaccato"]
    either = {edges for edges in staccatos if _is_over_head(edges, heads) and _is_after(edges, marks)}
    lengthening = [_height(edges) for name, edges in dots if name == "augmentationDot"]
    others = [_height(edges) for edges in staccatos if edges not in either]

    def is_one_of(height: float, heights: Sequence[float]) -> bool:
        return any(abs(height - other) < T.same_height * S for other in heights)

    return [("augmentationDot", edges) if edges in either and is_one_of(_height(edges), lengthening)
            and not is_one_of(_height(edges), others) else (name, edges) for name, edges in dots]


def _row_reach(name: str, height: float) -> float:
    """How far above or below its middle a notehead or rest may have its dot."""
    return max(T.dot_row * S, height / 2) if BY_NAME[name].kind == "rest" else T.dot_row * S


def _is_of_repeat(
    x: float, y: float, marks: Sequence[Mark], strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
    staves: Sequence[Ruled],
) -> bool:
    staff = next((s for s in staves if s.left - S < x < s.right + S and s.rows[0] < y < s.rows[-1]), None)
    if staff is None or abs(abs(y - staff.rows[2]) - staff.space / 2) > T.exact * S:
        return False
    near_bar = any(kind == "barline" and abs(points[0][0] - x) < T.dot_of_bar * S
                   and points[0][1] - S < y < points[-1][1] + S for kind, points, _ in strokes)
    return near_bar and any(
        name in DOTS and abs(_middle(edges)[0] - x) < T.exact * S
        and abs(_middle(edges)[1] + y - 2 * staff.rows[2]) < T.near * S for name, edges in marks)


def _hung(name: str, edges: Edges, staves: Sequence[Ruled]) -> str:
    """A whole rest hangs from a line, a half rest sits on one. Off the staff, further lines are assumed at the
    distances of the staff's lines."""
    if name not in ("restWhole", "restHalf") or not staves:
        return name
    x, y = _middle(edges)
    staff = min(staves, key=lambda s: (not s.left - S < x < s.right + S, abs((s.rows[0] + s.rows[-1]) / 2 - y)))
    above, below = (abs(((edge - staff.rows[0]) / staff.space + 0.5) % 1 - 0.5) for edge in (edges[1], edges[3]))
    return name if abs(above - below) < 0.1 else "restWhole" if above < below else "restHalf"


def _slashed(marks: Sequence[Mark], slashes: Sequence[Edges]) -> list[Mark]:
    """Join flags with the slashes through them. Slashes without a flag are dropped, because beams have none."""
    out = list(marks)
    for slash in slashes:
        for i, (name, edges) in enumerate(out):
            meets = edges[0] < slash[2] and slash[0] < edges[2] and edges[1] < slash[3] and slash[1] < edges[3]
            if name.startswith("flag8th") and not name.endswith("Slash") and meets:
                out[i] = (f"flag8th{'Up' if 'Up' in name else 'Down'}Slash", around([edges, slash]))
                break
    return out


def _piles(marks: Sequence[Mark]) -> list[Mark]:
    """Join wavy pieces: those one above the other are an arpeggio, those side by side the line of a trill."""
    wiggles = [edges for name, edges in marks if name in ("arpeggiato", "wiggleTrill")]
    out = [mark for mark in marks if mark[0] not in ("arpeggiato", "wiggleTrill")]
    upright = [e for e in wiggles if any(o is not e and abs(_middle(o)[0] - _middle(e)[0]) < T.near * S
                                         and o[1] < e[3] + T.pile * S and e[1] < o[3] + T.pile * S for o in wiggles)
               or e[3] - e[1] > e[2] - e[0]]
    level = [e for e in wiggles if e not in upright]
    out += [("arpeggiato", edges) for edges in _merged(upright, along=1)]
    out += [("wiggleTrill", edges) for edges in _merged(level, along=0)]
    return out


def _merged(pieces: Sequence[Edges], along: int) -> list[Edges]:
    """Join pieces that meet in one row (along 0) or column (1)."""
    across = 1 - along
    whole: list[Edges] = []
    for piece in sorted(pieces, key=lambda p: (round((p[across] + p[across + 2]) / S), p[along])):
        last = whole[-1] if whole else None
        in_row = last is not None and abs(last[across] - piece[across]) < T.near * S
        if last is not None and in_row and piece[along] < last[along + 2] + T.pile * S:
            whole[-1] = around([last, piece])
        else:
            whole.append(piece)
    return whole


# ---- numbers and signs that are set as text --------------------------------------------------------------------


def _text_signs(
    marks: Sequence[Mark], strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
    letters: Sequence[Letter], sure: Collection[Edges],
) -> tuple[list[Mark], list[Letter]]:
    """Make marks of the numbers of tuplets, fingerings and octave signs that are set as text. Returns also the other
    letters. Digits of a music font at such places become these marks, too. sure: as in `settle`."""
    out: list[Mark] = []
    for name, edges in marks:
        kind = BY_NAME[name].kind
        if kind in ("tuplet", "fingering") or kind == "time" and BY_NAME[name].digit is not None and _height(
                edges) < T.small_digit * S:
            use = _use_of_number(edges, marks, strokes, is_finger=kind == "fingering", digit=BY_NAME[name].digit or 0,
                                 leans=kind == "tuplet")
            name = f"{use}{BY_NAME[name].digit}" if use and f"{use}{BY_NAME[name].digit}" in ID else name
            name = "ottava" if BY_NAME[name].digit == 8 and _begins_line(edges, strokes) else name
        out.append((name, edges))
    left: list[Letter] = []
    numbers: list[_Number] = []
    for group in _short_words(letters):
        text = "".join(letter.text for letter in group).strip()
        edges = around([letter.edges for letter in group])
        is_number = _NUMBER.match(text) and group[0].edges not in sure
        value = int(text.partition(":")[0]) if is_number else -1
        leans = group[0].is_italic
        use = _use_of_number(edges, marks, strokes, digit=value, leans=leans) if value >= 0 else None
        digits = [letter for letter in group if letter.text.isdigit()]
        if _OCTAVE.match(text) and (len(text) > 1 or _begins_line(edges, strokes)):
            out.append(("quindicesima" if text.startswith("15") else "ottava", edges))
        elif use and all(f"{use}{letter.text}" in ID for letter in digits):
            numbers.append(_Number(digits if ":" not in text else digits[:1], use, edges, leans))
        else:
            left += group
    for number in numbers:
        use = "fingering" if _is_among_fingers(number, numbers) else number.use
        out += [(f"{use}{letter.text}", letter.edges) for letter in number.digits]
    return out, left


class _Number(NamedTuple):
    """A number that is set as text: its digits, its meaning, its edges, and whether it is in italics."""

    digits: list[Letter]
    use: str
    edges: Edges
    leans: bool


def _is_among_fingers(number: _Number, numbers: Sequence[_Number]) -> bool:
    """Whether a number in upright digits, in which tuplets are seldom set, is among fingerings of the same height. Then
    it is a fingering, too, even over the middle of a beam."""
    if number.leans or len(number.digits) > 1 or f"fingering{number.digits[0].text}" not in ID:
        return False
    (x, y), height = _middle(number.edges), _height(number.edges)
    return any(abs(_middle(other.edges)[0] - x) < T.finger_beside[0] * S
               and abs(_middle(other.edges)[1] - y) < T.finger_beside[1] * S
               and abs(_height(other.edges) - height) < T.exact * S
               for other in numbers if other.use == "fingering" and not other.leans)


def _height(edges: Edges) -> float:
    return edges[3] - edges[1]


def _short_words(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Letters that directly follow one another in the order of drawing."""
    groups: list[list[Letter]] = []
    for letter in letters:
        last = groups[-1][-1] if groups else None
        if last is not None and last.text.strip() and letter.text.strip() and (
                abs(last.origin[1] - letter.origin[1]) < T.near * S
                and abs(last.origin[0] + last.advance[0] - letter.origin[0]) < 0.35 * max(letter.size, 1e-6)):
            groups[-1].append(letter)
        else:
            groups.append([letter])
    return groups


def _use_of_number(
    edges: Edges, marks: Sequence[Mark], strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
    is_finger: bool = False, digit: int = 0, leans: bool = False,
) -> str | None:
    """What a number is: "tuplet" at a bracket, over or under the middle of a beam, or, in italics, at a notehead;
    "fingering" at a notehead; None elsewhere.

    is_finger: whether its outline is that of a fingering.
    digit: its value.
    leans: whether it is in italics, or has the outline of a tuplet's number. Neither is ever true of a fingering.
    """
    if _height(edges) > T.tall_number * S:
        return None
    heads = np.array([e for name, e in marks if BY_NAME[name].kind == "notehead"]).reshape(-1, 4)
    x, y = _middle(edges)
    off = np.maximum(np.maximum(heads[:, 1] - edges[3], edges[1] - heads[:, 3]), 0.0)
    at_head = (np.abs((heads[:, 0] + heads[:, 2]) / 2 - x) < T.finger_aside * S) & (off < T.finger[1] * S)
    fingers = bool(at_head.any()) and _height(edges) < T.high_finger * S and digit <= 5
    if is_finger and fingers:
        return "fingering"
    if digit > 1 and _is_between_hooks(x, y, strokes):
        return "tuplet"
    for kind, points, _ in strokes if digit > 1 else ():
        (ax, ay), (bx, by) = points[0], points[-1]
        if kind not in ("bracket", "beam") or abs(by - ay) > abs(bx - ax):
            continue
        share = min(max((x - ax) / max(bx - ax, 1e-6), 0.0), 1.0)
        row = ay + share * (by - ay)
        within = ax - T.beyond * S < x < bx + T.beyond * S and bx - ax < T.longest * S
        if kind == "bracket" and within and abs(row - y) < T.on_bracket * S:
            return "tuplet"
        near = abs(row - y) < T.at_beam * S
        aside = T.off_middle if near else T.off_middle_far
        if leans and kind == "beam" and near and ax - T.off_middle * S < x < bx + T.off_middle * S:
            return "tuplet"
        far = T.far_italic if leans else T.far_beam
        if kind == "beam" and abs(row - y) < far * S and abs((ax + bx) / 2 - x) < aside * S and bx - ax > S:
            return "tuplet"
    if leans and fingers:  # flagged notes without a bracket: the number is over the one in the middle
        return "tuplet" if digit > 2 else None
    return "fingering" if fingers else None


def _begins_line(
    edges: Edges, strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
) -> bool:
    """Whether an 8 begins a level line at the height of its middle, as LilyPond's octave lines do. The bracket of a
    tuplet also goes on to the left of its number."""
    y = _middle(edges)[1]
    level = [sorted((points[0][0], points[-1][0])) for kind, points, _ in strokes
             if kind == "bracket" and max(abs(points[0][1] - y), abs(points[-1][1] - y)) < T.exact * S]
    after = any(-T.exact * S < left - edges[2] < T.line_after * S for left, _ in level)
    return after and not any(-T.exact * S < edges[0] - right < T.line_after * S for _, right in level)


def _is_between_hooks(
    x: float, y: float, strokes: Sequence[tuple[StrokeKind, list[tuple[float, float]], float]],
) -> bool:
    """Whether a number is between the hooks of a bracket over one note, where there is no room for the bracket's line:
    two equal vertical lines that begin, or end, at the height of its middle."""
    hooks = [(points[0], points[-1]) for kind, points, _ in strokes if kind == "bracket"
             and abs(points[0][0] - points[-1][0]) < T.exact * S < abs(points[0][1] - points[-1][1])
             and T.hooks[0] * S < abs(points[0][0] - x) < T.hooks[1] * S]
    return any(abs(a[0][1] - b[0][1]) < T.exact * S and abs(a[1][1] - b[1][1]) < T.exact * S
               and min(abs(a[0][1] - y), abs(a[1][1] - y)) < T.near * S
               for a in hooks if a[0][0] < x for b in hooks if b[0][0] > x)


def _with_octaves(marks: Sequence[Mark], letters: Sequence[Letter]) -> Settled:
    """Join the 8 over or under a clef with the clef into one symbol, whether the 8 is a sign or a letter."""
    out = list(marks)
    signs = [edges for name, edges in marks if BY_NAME[name].digit == 8 and _height(edges) < T.small_digit * S]
    alone = [word[0].edges for word in _short_words(letters) if len(word) == 1 and word[0].text == "8"]
    joined = set()
    for edges in [*signs, *alone]:
        for i, (clef, box) in enumerate(out):
            if BY_NAME[clef].kind != "clef" or not box[0] - T.near * S < _middle(edges)[0] < box[2] + T.near * S:
                continue
            name = f"{clef}{'8vb' if _middle(edges)[1] > _middle(box)[1] else '8va'}"
            if name in ID and max(edges[1] - box[3], box[1] - edges[3]) < T.clef_digit * S:
                out[i] = (name, around([box, edges]))
                joined.add(edges)
                break
    return Settled([mark for mark in out if mark[1] not in joined],
                   tuple(letter for letter in letters if letter.edges not in joined))
