"""Labels from MuseScore's SVG: every element has a class, every glyph is an outline, all in page coordinates.

What a class draws is known; which of its glyphs an outline is, `outlines.py` says. What is like none of them goes into
the places to be ignored, rather than being called something it may not be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from lxml import etree

from deepscores import outlines
from deepscores.outlines import Contours
from deepscores.svg import DYNAMICS, LETTER_WIDTH, Labels, curve_middle, transform
from omr.types import Box, Stroke, StrokeKind, Symbol
from omr.vocabulary import BY_CODE_POINT, CLASSES, ID

SMALL = 0.88
"""Below this share of a glyph's usual size, it is the small one of grace notes and cues. The fonts' full sizes
differ by less, and MuseScore's grace notes are three quarters at most."""
DIGITS = {"Tuplet": "tuplet", "Fingering": "fingering"}
"""Set in a text font."""
SURE = {"Dynamic": 0.6, "Tremolo": 0.65, "Tuplet": 0.75, "Fingering": 0.75}
"""How like a glyph an outline must be, where half is not enough: words are dynamics too, the bars of a tremolo between
two notes are like those on one stem, digits are known exactly."""
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
_SVG = "{http://www.w3.org/2000/svg}"


def _codes(*beginnings: str) -> tuple[str, ...]:
    return tuple(code for c in CLASSES if c.name.startswith(beginnings) for code in c.code_points)


CANDIDATES: dict[str, tuple[str, ...]] = {
    "Note": _codes("notehead"),
    "Rest": _codes("rest"),
    "Clef": _codes("gClef", "fClef", "cClef", "unpitched"),
    "KeySig": _codes("accidentalFlat", "accidentalNatural", "accidentalSharp"),
    "Accidental": _codes("accidental"),
    "TimeSig": _codes("timeSig"),
    "Hook": _codes("flag"),
    "NoteDot": _codes("augmentationDot"),
    "Articulation": _codes("artic", "fermata", "ornament", "strings", "caesura", "breath"),
    "Fermata": _codes("fermata"),
    "Breath": _codes("breath", "caesura"),
    "Ornament": _codes("ornament"),
    "Dynamic": (*_codes("dynamic"), *(f"{code:04X}" for code in DYNAMICS)),
    "Marker": _codes("segno", "coda"),
    "Tremolo": _codes("tremolo"),
    "Pedal": _codes("keyboardPedal"),
    "PedalSegment": _codes("keyboardPedal"),
}
LINES: dict[str, StrokeKind] = {
    "BarLine": "barline", "Stem": "stem", "LedgerLine": "ledgerLine", "HairpinSegment": "hairpin",
    "VoltaSegment": "bracket", "OttavaSegment": "bracket", "PedalSegment": "bracket", "Bracket": "bracket",
    "Tuplet": "bracket", "LyricsLineSegment": "text", "TextLineSegment": "bracket",
}
TEXTS = frozenset({"Lyrics", "Text", "Tempo", "StaffText", "SystemText", "InstrumentName", "MeasureNumber", "Harmony",
                   "RehearsalMark", "Expression", "InstrumentChange", "Jump", "VoltaSegment", "Page", "HairpinSegment",
                   "TextLineSegment"})


@dataclass(frozen=True)
class MuseScorePage:
    """Labels in pixels of the raster, and the places of marks that could not be told. scale: pixels a unit."""

    labels: Labels
    ignored: tuple[Box, ...]
    scale: float


def read_page(svg: bytes, space_px: float, digits: Mapping[str, Mapping[str, Contours]]) -> MuseScorePage | None:
    """The labels of a page drawn with that staff space; None if it has no staff of five lines.

    digits: outlines of the digits that `DIGITS` are set in, by class and digit.
    """
    root = etree.fromstring(svg)
    elements: dict[str, list[etree._Element]] = defaultdict(list)
    for element in root.iter(f"{_SVG}path", f"{_SVG}polyline", f"{_SVG}polygon"):
        elements[element.get("class") or ""].append(element)
    staves = list(_staves([_points(e) for e in elements.pop("StaffLines", ())]))
    if not staves:
        return None
    space = float(np.median([(s[4][0, 1] - s[0][0, 1]) / 4 for s in staves]))
    scale = space_px / space
    reader = _Reader(space, scale, digits)
    width = float(root.find(f".//{_SVG}polyline[@class='StaffLines']").get("stroke-width", 2))
    for staff in staves:
        for line in staff:
            reader.stroke("staffLine", line[[0, -1]], width)
    for kind, found in elements.items():
        reader.read(kind, found)
    rows = sorted(line[0, 1] * scale for staff in staves for line in staff)
    reader.symbols = [(_hung(name, box, rows), box) for name, box in reader.symbols]
    symbols = tuple(Symbol(i, name, box) for i, (name, box) in enumerate(reader.symbols))
    strokes = tuple(Stroke(len(symbols) + i, kind, points, thick)
                    for i, (kind, points, thick) in enumerate(reader.strokes))
    return MuseScorePage(Labels(symbols, strokes), tuple(reader.ignored), scale)


def _hung(name: str, box: Box, rows: Sequence[float]) -> str:
    """A whole rest hangs from a line, a half rest sits on one; their outlines are the same."""
    if name not in ("restWhole", "restHalf"):
        return name
    above, below = (min(abs(row - edge) for row in rows) for edge in (box.top, box.bottom))
    return "restWhole" if above < below else "restHalf"


def _points(element: etree._Element) -> np.ndarray:
    """(N, 2) x, y of a polyline."""
    pairs = [[float(v) for v in pair.split(",")] for pair in element.get("points", "").split()]
    return _moved(element, np.array(pairs).reshape(-1, 2))


def _shape(element: etree._Element) -> Contours:
    return [_moved(element, contour) for contour in outlines.contours(element.get("d") or "")]


def _moved(element: etree._Element, xy: np.ndarray) -> np.ndarray:
    """Points under an element's own transform."""
    if not element.get("transform"):
        return xy
    matrix = transform(element.get("transform"))
    return xy @ matrix[:2, :2].T + matrix[:2, 2]


def _staves(lines: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Fives of lines, as they are drawn: one under the other, equally long and equally far apart."""
    i = 0
    while i + 5 <= len(lines):
        five = list(lines[i:i + 5])
        rows = np.array([line[0, 1] for line in five])
        gaps = np.diff(rows)
        if gaps.min() > 0 and np.ptp(gaps) < 0.05 * gaps.mean() and np.ptp([line[0, 0] for line in five]) < 1:
            yield five
            i += 5
        else:
            i += 1


class _Reader:
    """Collects labels, in pixels."""

    def __init__(self, space: float, scale: float, digits: Mapping[str, Mapping[str, Contours]]):
        self.space, self.scale, self.digits = space, scale, digits
        self.symbols: list[tuple[str, Box]] = []
        self.strokes: list[tuple[StrokeKind, tuple[tuple[float, float], ...], float]] = []
        self.ignored: list[Box] = []
        self._drawn: set[tuple[StrokeKind, tuple[tuple[float, float], ...], float]] = set()
        self._known: dict[tuple, tuple[str, float] | None] = {}

    def read(self, kind: str, elements: Sequence[etree._Element]) -> None:
        if kind == "Arpeggio":
            self._arpeggios([outlines.bounds(shape) for e in elements if (shape := _shape(e))])
            return
        for element in elements:
            if element.tag != f"{_SVG}path":
                self._polyline(kind, _points(element), float(element.get("stroke-width") or 0))
            elif shape := _shape(element):
                self._path(kind, element, shape)

    def stroke(self, kind: StrokeKind, xy: np.ndarray, width: float) -> None:
        points = tuple((float(y) * self.scale, float(x) * self.scale) for x, y in xy)
        drawn = (kind, points, width * self.scale)
        if drawn not in self._drawn:  # a tie over a barline is drawn once for each of its measures
            self._drawn.add(drawn)
            self.strokes.append(drawn)

    def _polyline(self, name: str, xy: np.ndarray, width: float) -> None:
        kind = LINES.get(name)
        if kind is None:
            if name != "StemSlash" and len(xy) > 1:
                self.ignored.append(self._box((*xy.min(axis=0), *xy.max(axis=0))))
            return
        for a, b in zip(xy, xy[1:], strict=False):
            upright = abs(b[1] - a[1]) > abs(b[0] - a[0])
            if (kind in ("stem", "barline")) == upright or kind not in ("stem", "barline"):
                ends = sorted((a, b), key=lambda p: p[1] if upright else p[0])
                if not np.array_equal(a, b):
                    self.stroke(kind, np.array(ends), width)

    def _path(self, kind: str, element: etree._Element, shape: Contours) -> None:
        left, top, right, bottom = outlines.bounds(shape)
        if kind == "Beam":
            # Two long sides and two upright ends; the corners come in order round it.
            corners = shape[0][:4]
            (ax, ay), (bx, by), (_, cy), (_, dy) = corners
            self.stroke("beam", np.array(sorted([(ax, (ay + dy) / 2), (bx, (by + cy) / 2)])), abs(dy - ay))
        elif kind in ("SlurSegment", "TieSegment"):
            corners = _moved(element, np.array([float(n) for n in _NUMBER.findall(element.get("d"))]).reshape(-1, 2))
            if len(corners) < 7:
                self.ignored.append(self._box((left, top, right, bottom)))
                return
            middle, thick = curve_middle(corners)
            self.stroke("slur" if kind == "SlurSegment" else "tie", middle,
                        thick + float(element.get("stroke-width") or 0))
        elif kind == "BarLine":
            self.symbols.append(("repeatDot", self._box((left, top, right, bottom))))
        elif kind == "Bracket" and bottom - top > 4 * (right - left):
            self.symbols.append(("brace", self._box((left, top, right, bottom))))
        elif kind in CANDIDATES or kind in DIGITS:
            self._glyph(kind, shape)
        elif kind in TEXTS:
            middle_row = (top + bottom) / 2
            self.stroke("text", np.array([(left, middle_row), (right, middle_row)]), bottom - top)
        else:
            self.ignored.append(self._box((left, top, right, bottom)))

    def _glyph(self, kind: str, shape: Contours) -> None:
        edges = outlines.bounds(shape)
        box = self._box(edges)
        key = (kind, len(shape), *np.round((np.concatenate(shape) - edges[:2]) / self.space, 2).ravel().tolist())
        if key not in self._known:
            self._known[key] = self._recognise(kind, shape)
        found = self._known[key]
        if found is None:
            self.ignored.append(box)
            return
        code, share = found
        if kind in DIGITS:
            name = f"{DIGITS[kind]}{code}"
            if name in ID:
                self.symbols.append((name, box))
            else:
                self.ignored.append(box)
            return
        letters = DYNAMICS.get(int(code, 16))
        if letters:
            widths = np.array([LETTER_WIDTH[c] for c in letters])
            cuts = box.left + box.width * np.concatenate([[0], np.cumsum(widths) / widths.sum()])
            self.symbols += [(f"dynamic{c}", Box(box.top, float(a), box.bottom, float(b)))
                             for c, a, b in zip(letters, cuts, cuts[1:], strict=False)]
            return
        name = BY_CODE_POINT[code]
        if share < SMALL and f"{name}Small" in ID:
            name += "Small"
        self.symbols.append((name, box))

    def _recognise(self, kind: str, shape: Contours) -> tuple[str, float] | None:
        """The code point, or the digit, of an outline, and its size as a share of its usual size."""
        least = SURE.get(kind, 0.5)
        if kind in DIGITS:
            return outlines.recognise_digit(shape, self.digits[kind], least)
        return outlines.recognise(shape, self.space, CANDIDATES[kind], least)

    def _arpeggios(self, pieces: Sequence[tuple[float, float, float, float]]) -> None:
        """The wiggles of one arpeggio stand one on the other."""
        whole: list[tuple[float, float, float, float]] = []
        for piece in sorted(pieces, key=lambda p: (round(p[0]), p[1])):
            if whole and abs(whole[-1][0] - piece[0]) < 0.2 * self.space and piece[1] < whole[-1][3] + 0.5 * self.space:
                last = whole.pop()
                piece = (min(last[0], piece[0]), last[1], max(last[2], piece[2]), max(last[3], piece[3]))
            whole.append(piece)
        self.symbols += [("arpeggiato", self._box(edges)) for edges in whole]

    def _box(self, edges: Sequence[float]) -> Box:
        """From (left, top, right, bottom) in units; a line gets a pixel's width."""
        left, top, right, bottom = (float(v) * self.scale for v in edges)
        return Box(top, left, max(bottom, top + 1), max(right, left + 1))
