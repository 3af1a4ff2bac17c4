"""What is written at a time but is neither note nor rest: dynamics, wedges, pedal, segno; and octave signs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from omr.bars import Bar
from omr.events import TICKS
from omr.types import Direction, NotationGraph, Symbol
from omr.voices import Reading

_SIGNS = {"segno": "segno", "coda": "coda", "keyboardPedalPed": "pedal-start", "keyboardPedalUp": "pedal-stop"}
DYNAMICS = {
    "p", "pp", "ppp", "pppp", "f", "ff", "fff", "ffff", "mp", "mf", "sf", "sfp", "sfpp", "fp", "rf", "rfz", "sfz",
    "sffz", "fz",
}


def ottava_octaves(graph: NotationGraph) -> dict[int, int]:
    """Head id -> octaves it sounds higher (8va, over the staff) or lower (8vb, under it)."""
    result: dict[int, int] = {}
    brackets = [s for s in graph.strokes if s.kind == "bracket"]
    heads = [s for s in graph.symbols if s.name.startswith("notehead") and s.id in graph.staff_of]
    for sign in graph.symbols:
        if sign.name != "ottava" or sign.id not in graph.staff_of:
            continue
        staff = graph.staves[graph.staff_of[sign.id]]
        space = staff.space_px
        row = sign.box.center[0]
        right = sign.box.right
        # The dashes of its line, one after the other.
        for b in sorted(brackets, key=lambda b: b.box.left):
            box = b.box
            if abs(box.center[0] - row) < 1.5 * space and right - space < box.left < right + 3 * space:
                right = max(right, box.right)
        octaves = 1 if staff.position(*sign.box.center) > 0 else -1
        for head in heads:
            col = head.box.center[1]
            if graph.staff_of[head.id] == staff.index and sign.box.left - 0.5 * space < col < right + 0.5 * space:
                result[head.id] = octaves
    return result


def read_directions(graph: NotationGraph, bar: Bar, reading: Reading) -> list[Direction]:
    """Directions of one bar; `staff` is the page's staff index."""
    inside = [
        s for s in graph.symbols
        if graph.staff_of.get(s.id) in bar.system.staves and bar.left <= s.box.center[1] < bar.right
    ]
    found: list[Direction] = []
    space = graph.staves[bar.system.staves[0]].space_px
    for word, first in _words([s for s in inside if s.name.startswith("dynamic")], space):
        if word in DYNAMICS:
            found.append(Direction(graph.staff_of[first.id], _onset(first.box.left, reading, space), "dynamics", word))
    for s in inside:
        if s.name in _SIGNS:
            found.append(Direction(graph.staff_of[s.id], _onset(s.box.left, reading, space), _SIGNS[s.name]))
    return sorted(found, key=lambda d: d.onset_quarter)


def _words(letters: Sequence[Symbol], space: float) -> list[tuple[str, Symbol]]:
    words: list[list[Symbol]] = []
    for s in sorted(letters, key=lambda s: s.box.left):
        for word in words:
            last = word[-1]
            if abs(last.box.center[0] - s.box.center[0]) < space and -space < s.box.left - last.box.right < 0.6 * space:
                word.append(s)
                break
        else:
            words.append([s])
    return [("".join(s.name[-1].lower() for s in w), w[0]) for w in words]


def _onset(col: float, reading: Reading, space: float) -> Fraction:
    """Onset of the event nearest to a column."""
    near = min(reading.placed, key=lambda p: abs(p.event.x - col), default=None)
    return Fraction(0) if near is None else Fraction(near.onset, TICKS)
