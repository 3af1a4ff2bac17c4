"""Labels from MuseScore's SVG: every element has a class, every glyph is an outline, all in page coordinates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from lxml import etree

from deepscores import outlines
from deepscores.drawn import ROLES, Drawing, DrawnPage
from deepscores.outlines import Contours
from deepscores.svg import SLASH, transform
from omr.types import StrokeKind

UNITS_AN_INCH = 360.0
LINES: dict[str, StrokeKind] = {
    "BarLine": "barline", "Stem": "stem", "LedgerLine": "ledgerLine", "HairpinSegment": "hairpin",
    "VoltaSegment": "bracket", "OttavaSegment": "bracket", "PedalSegment": "bracket", "Bracket": "bracket",
    "Tuplet": "bracket", "LyricsLineSegment": "text", "TextLineSegment": "bracket",
}
TEXTS = frozenset({"Lyrics", "Text", "Tempo", "StaffText", "SystemText", "InstrumentName", "MeasureNumber", "Harmony",
                   "RehearsalMark", "Expression", "InstrumentChange", "Jump", "VoltaSegment", "Page", "HairpinSegment",
                   "TextLineSegment"})
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
_SVG = "{http://www.w3.org/2000/svg}"


def read_page(svg: bytes, space_px: float, fonts: Mapping[str, Mapping[str, Contours]]) -> DrawnPage | None:
    """The labels of a page that is drawn with this staff space; None if it has no staff of five lines.

    fonts: outlines of the digits for "Tuplet" and "Fingering", see `Drawing`.
    """
    root = etree.fromstring(svg)
    elements: dict[str, list[etree._Element]] = defaultdict(list)
    for element in root.iter(f"{_SVG}path", f"{_SVG}polyline", f"{_SVG}polygon"):
        elements[element.get("class") or ""].append(element)
    lines = elements.pop("StaffLines", [])
    staves = list(_staves([_points(e) for e in lines]))
    if not staves:
        return None
    space = _space(staves)
    drawing = Drawing(space, space_px / space, fonts)
    width = float(lines[0].get("stroke-width", 2))
    for staff in staves:
        for line in staff:
            drawing.stroke("staffLine", line[[0, -1]], width)
    for name, found in elements.items():
        if name == "Arpeggio":
            drawing.arpeggios([outlines.bounds(shape) for e in found if (shape := _shape(e))])
            continue
        for element in found:
            if element.tag != f"{_SVG}path":
                _polyline(drawing, name, _points(element), float(element.get("stroke-width") or 0))
            elif shape := _shape(element):
                _path(drawing, name, element, shape)
    return drawing.page()


def staff_space(svg: bytes) -> float:
    """The usual staff space of a page in its units, `UNITS_AN_INCH`; 0 if it has no staff of five lines."""
    lines = etree.fromstring(svg).iter(f"{_SVG}polyline")
    staves = list(_staves([_points(e) for e in lines if e.get("class") == "StaffLines"]))
    return _space(staves) if staves else 0.0


def _space(staves: Sequence[Sequence[np.ndarray]]) -> float:
    return float(np.median([(staff[4][0, 1] - staff[0][0, 1]) / 4 for staff in staves]))


def _points(element: etree._Element) -> np.ndarray:
    """(N, 2) x, y of a polyline."""
    pairs = [[float(v) for v in pair.split(",")] for pair in element.get("points", "").split()]
    return _moved(element, np.array(pairs).reshape(-1, 2))


def _shape(element: etree._Element) -> Contours:
    return [_moved(element, contour) for contour in outlines.contours(element.get("d") or "")]


def _moved(element: etree._Element, xy: np.ndarray) -> np.ndarray:
    """Points after an element's own transform."""
    if not element.get("transform"):
        return xy
    matrix = transform(element.get("transform"))
    return xy @ matrix[:2, :2].T + matrix[:2, 2]


def _staves(lines: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Groups of five lines in the order of drawing: one below the other, with equal lengths and distances."""
    i = 0
    while i + 5 <= len(lines):
        five = list(lines[i:i + 5])
        gaps = np.diff([line[0, 1] for line in five])
        if gaps.min() > 0 and np.ptp(gaps) < 0.05 * gaps.mean() and np.ptp([line[0, 0] for line in five]) < 1:
            yield five
            i += 5
        else:
            i += 1


def _polyline(drawing: Drawing, name: str, xy: np.ndarray, width: float) -> None:
    kind = LINES.get(name)
    if kind is not None:
        for a, b in zip(xy, xy[1:], strict=False):
            drawing.line(kind, a, b, width)
    elif len(xy) > 1 and name == "StemSlash":
        drawing.symbol(SLASH, (*xy.min(axis=0), *xy.max(axis=0)))
    elif len(xy) > 1:
        drawing.ignore((*xy.min(axis=0), *xy.max(axis=0)))


def _path(drawing: Drawing, name: str, element: etree._Element, shape: Contours) -> None:
    left, top, right, bottom = edges = outlines.bounds(shape)
    role = "Pedal" if name == "PedalSegment" else name
    if name == "Beam":
        drawing.beam(shape[0][:4])
    elif name in ("SlurSegment", "TieSegment"):
        corners = _moved(element, np.array([float(n) for n in _NUMBER.findall(element.get("d", ""))]).reshape(-1, 2))
        if len(corners) < 7:
            drawing.ignore(edges)
        else:
            width = float(element.get("stroke-width") or 0)
            drawing.curve("slur" if name == "SlurSegment" else "tie", corners[:7], width)
    elif name == "BarLine":
        drawing.symbol("repeatDot", edges)
    elif name == "Bracket" and bottom - top > 4 * (right - left):
        drawing.symbol("brace", edges)
    elif role in ROLES or role in drawing.fonts:
        drawing.glyph(role, shape)
    elif name in TEXTS:
        drawing.text(edges)
    else:
        drawing.ignore(edges)
