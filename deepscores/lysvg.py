"""Labels from LilyPond's SVG. Every grob carries its name as class, if `output-attributes` asks for that.

A grob (LilyPond's word for a graphical object) is a group of parts, each with its own offset: paths for glyphs and
curves, rectangles, lines, polygons, and text, which keeps its font until it is drawn. A unit is the staff space of a
staff of the usual size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from lxml import etree

from deepscores import outlines
from deepscores.drawn import Drawing, DrawnPage, Edges
from deepscores.outlines import Contours
from deepscores.svg import TextBounds, transform
from omr.types import StrokeKind
from omr.types.vocabulary import ID

ROLE: dict[str, str] = {
    "NoteHead": "Note", "Rest": "Rest", "MultiMeasureRest": "Rest", "Clef": "Clef", "CueClef": "Clef",
    "KeySignature": "KeySig", "KeyCancellation": "KeySig", "Accidental": "Accidental",
    "AccidentalCautionary": "Accidental", "AccidentalSuggestion": "Accidental", "TimeSignature": "TimeSig",
    "MultiMeasureRestNumber": "TimeSig", "Flag": "Hook", "Dots": "NoteDot", "Script": "Articulation",
    "BreathingSign": "Breath", "DynamicText": "Dynamic",
    "SustainPedal": "Pedal", "SegnoMark": "Marker", "CodaMark": "Marker", "RehearsalMark": "Marker",
}
"""Grobs that are glyphs, and their role in `drawn.py`."""
LINES: dict[str, StrokeKind] = {
    "Stem": "stem", "BarLine": "barline", "SpanBar": "barline", "SystemStartBar": "barline",
    "LedgerLineSpanner": "ledgerLine", "Hairpin": "hairpin", "TupletBracket": "bracket", "VoltaBracket": "bracket",
    "VoltaBracketSpanner": "bracket", "OttavaBracket": "bracket", "PianoPedalBracket": "bracket",
    "SystemStartBracket": "bracket", "LyricExtender": "text", "LyricHyphen": "text",
}
CURVES: dict[str, StrokeKind] = {
    "Slur": "slur", "PhrasingSlur": "slur", "Tie": "tie", "RepeatTie": "tie", "LaissezVibrerTie": "tie",
}
UNNAMED = ("StaffSymbol", "Beam", "SystemStartBrace", "Arpeggio", "StemTremolo", "TupletNumber", "Fingering",
           "ClefModifier", "TextScript", "LyricText", "InstrumentName", "MetronomeMark", "BarNumber", "ChordName",
           "Glissando", "TrillSpanner", "DynamicTextSpanner", "TextSpanner", "JumpScript",
           "AccidentalParentheses", "Parentheses")
GROBS: tuple[str, ...] = (*ROLE, *LINES, *CURVES, *UNNAMED)
"""Grobs whose names must be on the page."""
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, eq=False)
class _Part:
    """One element of a grob. matrix: (3, 3), from its own coordinates to those of the page."""

    tag: str
    element: etree._Element
    matrix: np.ndarray

    def number(self, name: str) -> float:
        return float(self.element.get(name) or 0)

    def moved(self, xy: np.ndarray) -> np.ndarray:
        return xy @ self.matrix[:2, :2].T + self.matrix[:2, 2]

    def points(self) -> np.ndarray:
        """(N, 2) corners of a line, rectangle or polygon, or control points of a path in absolute coordinates."""
        if self.tag == "line":
            found = [self.number(n) for n in ("x1", "y1", "x2", "y2")]
        elif self.tag == "rect":
            x, y, w, h = (self.number(n) for n in ("x", "y", "width", "height"))
            found = [x, y, x + w, y, x + w, y + h, x, y + h]
        else:
            found = [float(n) for n in _NUMBER.findall(self.element.get("points") or self.element.get("d") or "")]
        return self.moved(np.array(found).reshape(-1, 2))

    def shape(self) -> Contours:
        return [self.moved(c) for c in outlines.contours(self.element.get("d") or "")]


def read_page(
    svg: bytes, space_px: float, bounds: TextBounds, fonts: Mapping[str, Mapping[str, Contours]],
) -> DrawnPage | None:
    """The labels of a page that is drawn with this staff space; None if it has no staff of five lines.

    bounds: extents of words in the font in which they will be drawn.
    fonts: outlines of LilyPond's own glyphs, see `Drawing`.
    """
    drawing = Drawing(1.0, space_px, fonts)
    root = etree.fromstring(svg)
    clefs: list[int] = []
    modifiers: list[Edges] = []
    staves = 0
    for grob, parts in _grobs(root, np.eye(3), ""):
        before = len(drawing.symbols)
        if grob == "StaffSymbol":
            staves += _staff(drawing, parts)
        elif grob == "ClefModifier":
            modifiers += [edges for part in parts if (edges := _edges(part, bounds))]
        elif grob == "Arpeggio":
            drawing.arpeggios([outlines.bounds(shape) for part in parts if (shape := part.shape())])
        elif grob == "StemTremolo":
            _tremolo(drawing, parts)
        else:
            for part in parts:
                _part(drawing, grob, part, bounds)
        if grob in ("Clef", "CueClef"):
            clefs += range(before, len(drawing.symbols))
    for edges in modifiers:
        _join(drawing, clefs, edges)
    return drawing.page() if staves else None


def _grobs(element: etree._Element, matrix: np.ndarray, grob: str) -> Iterator[tuple[str, list[_Part]]]:
    """(name, parts) of every grob. Parts outside any grob have the name ""."""
    loose: list[_Part] = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        tag = child.tag.removeprefix(_SVG)
        here = matrix @ transform(child.get("transform"))
        if tag == "g" and child.get("class") and not grob:
            yield child.get("class") or "", [p for _, ps in _grobs(child, here, "inside") for p in ps]
        elif tag in ("g", "a"):
            yield from _grobs(child, here, grob)
        elif tag in ("path", "rect", "line", "polygon", "circle", "text"):
            loose.append(_Part(tag, child, here))
    if loose:
        yield "", loose


def _staff(drawing: Drawing, parts: Sequence[_Part]) -> bool:
    """Draw the lines of a staff from top to bottom. Staves without five lines are unknown."""
    lines = sorted((p for p in parts if p.tag == "line"), key=lambda p: p.points()[0, 1])
    for part in lines:
        if len(lines) == 5:
            a, b = part.points()
            drawing.line("staffLine", a, b, part.number("stroke-width"))
        else:
            drawing.ignore(_around(part.points()))
    return len(lines) == 5


def _part(drawing: Drawing, grob: str, part: _Part, bounds: TextBounds) -> None:
    if part.tag == "text":
        _text(drawing, grob, part, bounds)
    elif grob == "Beam":
        drawing.beam(part.points()[:4])
    elif grob in CURVES:
        corners = part.points()
        if len(corners) >= 8:  # the end of the first curve occurs twice
            drawing.curve(CURVES[grob], np.delete(corners, 4, axis=0)[:7], part.number("stroke-width"))
    elif part.tag == "path":
        _path(drawing, grob, part.shape())
    elif grob in LINES:
        _line(drawing, LINES[grob], part)
    elif part.tag != "circle":
        drawing.ignore(_around(part.points()))


def _path(drawing: Drawing, grob: str, shape: Contours) -> None:
    if not shape:
        return
    edges = outlines.bounds(shape)
    if grob == "SystemStartBrace":
        drawing.symbol("brace", edges)
    elif grob in ("BarLine", "SpanBar"):
        drawing.symbol("repeatDot", edges)
    elif grob == "Fingering":
        drawing.glyph("Fingering", shape)
    elif grob in ROLE:
        drawing.glyph(ROLE[grob], shape)
    else:
        drawing.ignore(edges)


def _line(drawing: Drawing, kind: StrokeKind, part: _Part) -> None:
    """A line, or a rectangle as its middle line."""
    points = part.points()
    if part.tag == "line":
        drawing.line(kind, points[0], points[1], part.number("stroke-width"))
        return
    left, top, right, bottom = _around(points)
    if bottom - top > right - left:
        x = (left + right) / 2
        drawing.line(kind, np.array([x, top]), np.array([x, bottom]), right - left)
    else:
        y = (top + bottom) / 2
        drawing.line(kind, np.array([left, y]), np.array([right, y]), bottom - top)


def _text(drawing: Drawing, grob: str, part: _Part, bounds: TextBounds) -> None:
    edges = _edges(part, bounds)
    words = _words(part)
    if edges is None:
        return
    name = {"TupletNumber": "tuplet", "Fingering": "fingering"}.get(grob)
    if name and f"{name}{words}" in ID:
        drawing.symbol(f"{name}{words}", edges)
    elif grob == "OttavaBracket":
        drawing.symbol("ottava", edges)
    else:
        drawing.text(edges)


def _words(part: _Part) -> str:
    return "".join(str(piece) for piece in part.element.itertext()).strip()


def _edges(part: _Part, bounds: TextBounds) -> Edges | None:
    """The extent of a line of text, or of a glyph."""
    if part.tag == "path":
        shape = part.shape()
        return outlines.bounds(shape) if shape else None
    words = _words(part)
    if not words:
        return None
    box = bounds(words, part.number("font-size"), part.element.get("font-weight") == "bold",
                 part.element.get("font-style") == "italic")
    return _around(part.moved(np.array([(box.left, box.top), (box.right, box.bottom)])))


def _tremolo(drawing: Drawing, parts: Sequence[_Part]) -> None:
    """Draw as many strokes through a stem as the tremolo has."""
    strokes = [p.points() for p in parts if p.tag in ("polygon", "rect")]
    if strokes and f"tremolo{len(strokes)}" in ID:
        drawing.symbol(f"tremolo{len(strokes)}", _around(np.concatenate(strokes)))


def _join(drawing: Drawing, clefs: Sequence[int], edges: Edges) -> None:
    """Join the 8 over or under a clef with the clef into one symbol."""
    left, top, right, bottom = (v * drawing.scale for v in edges)
    for i in clefs:
        name, box = drawing.symbols[i]
        below = top > (box.top + box.bottom) / 2
        joined = f"{name}{'8vb' if below else '8va'}"
        distance = max(top - box.bottom, box.top - bottom)
        if joined in ID and box.left < (left + right) / 2 < box.right and distance < drawing.scale:
            whole = (min(box.left, left), min(box.top, top), max(box.right, right), max(box.bottom, bottom))
            x0, y0, x1, y1 = (v / drawing.scale for v in whole)
            drawing.symbols.pop(i)
            drawing.symbol(joined, (x0, y0, x1, y1))
            drawing.symbols.insert(i, drawing.symbols.pop())
            return
    drawing.ignore(edges)


def _around(points: np.ndarray) -> Edges:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
