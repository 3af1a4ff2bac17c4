"""Labels from Verovio's SVG: every glyph gives a box, every stroke a polyline, both exact by construction.

Verovio draws each glyph as a `<use>` of a definition that is named by its SMuFL code point, inside groups whose class
says what it is. Staff lines, stems, beams, barlines, slurs and the like are paths. A glyph's box is the bounding box of
its outline after all transforms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from fontTools.pens.boundsPen import BoundsPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from deepscores.outlines import Contours, contours, letter_boxes
from omr.types import Box, Stroke, StrokeKind, Symbol
from omr.types.vocabulary import BY_CODE_POINT, ID

UNITS_PER_SPACE = 180.0
"""Verovio draws a staff space as 180 units of its page at every scale."""
_FULL_SCALE = 0.72
_SMALL = 0.85

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_TRANSFORM = re.compile(r"(translate|scale|rotate|matrix)\(([^)]*)\)")

# Compound dynamics are one glyph each in SMuFL. Here their letters are separate symbols, as in DeepScores v2.
DYNAMICS = {
    0xE527: "PPPPPP", 0xE528: "PPPPP", 0xE529: "PPPP", 0xE52A: "PPP", 0xE52B: "PP", 0xE52C: "MP", 0xE52D: "MF",
    0xE52F: "FF", 0xE530: "FFF", 0xE531: "FFFF", 0xE532: "FFFFF", 0xE533: "FFFFFF", 0xE534: "FP", 0xE535: "FZ",
    0xE536: "SF", 0xE537: "SFP", 0xE538: "SFPP", 0xE539: "SFZ", 0xE53A: "SFZP", 0xE53B: "SFFZ", 0xE53C: "RF",
    0xE53D: "RFZ",
}
LETTER_WIDTH = {"P": 1.0, "M": 1.35, "F": 0.95, "S": 0.6, "Z": 0.75, "R": 0.7}
_STROKE_OF: dict[str, StrokeKind] = {
    "stem": "stem", "beam": "beam", "barLine": "barline", "system": "barline", "slur": "slur", "tie": "tie",
    "lv": "tie", "hairpin": "hairpin", "ledgerLines": "ledgerLine", "staff": "staffLine", "tupletBracket": "bracket",
    "ending": "bracket", "octave": "bracket", "grpSym": "bracket", "voltaBracket": "bracket", "pedal": "bracket",
    "beamSpan": "beam", "fTrem": "beam", "syl": "text", "multiRest": "bracket",
}
SLASH = "slash"
"""A slash through a grace note's stem, until `join_slashes`."""
_OWN_ONLY = ("staff", "system")
"""Groups that contain all kinds of things. Only the paths directly in them are what the table says."""

class TextBox(NamedTuple):
    """Extent of a line of text, relative to its origin on the baseline. top is negative above it. advance: to the next
    text."""

    left: float
    top: float
    right: float
    bottom: float
    advance: float


TextBounds = Callable[[str, float, bool, bool], TextBox]
"""(text, size, bold, italic) -> its box in the size's unit."""


@dataclass(frozen=True)
class Labels:
    """What is on one engraved page, in pixels of its image. There are five staff lines for each staff, from top to
    bottom."""

    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]


def read_labels(svg: str, scale: float, text_bounds: TextBounds) -> Labels:
    """The labels of a Verovio page that is drawn at `scale` pixels per Verovio unit (`definition-scale`
    coordinates)."""
    root = etree.fromstring(svg.encode())
    outlines = _Outlines({g.get("id", "").split("-")[0]: g for g in root.iter(f"{_SVG}g") if _is_definition(g)})
    reader = _Reader(outlines, scale, text_bounds)
    inner = next(e for e in root.iter(f"{_SVG}svg") if e.get("class") == "definition-scale")
    for child in inner:
        reader.walk(child, np.array([[scale, 0, 0], [0, scale, 0], [0, 0, 1.0]]), ())
    return reader.labels()


def _is_definition(g: etree._Element) -> bool:
    parent = g.getparent()
    return parent is not None and parent.tag == f"{_SVG}defs" and bool(g.get("id"))


class _Outlines:
    """The glyphs that a page defines, by code point; y down."""

    def __init__(self, definitions: dict[str, etree._Element]):
        self.definitions = definitions
        self._bounds: dict[str, tuple[float, float, float, float] | None] = {}

    def paths(self, code: str) -> Iterator[str]:
        for path in self.definitions[code].iter(f"{_SVG}path"):
            outline = path.get("d")
            if outline:
                yield outline

    def bounds(self, code: str) -> tuple[float, float, float, float] | None:
        """(x0, y0, x1, y1); None for an empty or unknown glyph."""
        if code not in self.definitions:
            return None
        if code not in self._bounds:
            pen = BoundsPen(None)
            for path in self.paths(code):
                parse_path(path, pen)
            self._bounds[code] = None
            if pen.bounds is not None:
                x0, y0, x1, y1 = pen.bounds
                self._bounds[code] = x0, -y1, x1, -y0
        return self._bounds[code]

    def contours(self, code: str) -> Contours:
        return [c * [1, -1] for path in self.paths(code) for c in contours(path)]


def transform(text: str | None) -> np.ndarray:
    """(3, 3), from an SVG transform attribute."""
    result = np.eye(3)
    for name, arguments in _TRANSFORM.findall(text or ""):
        v = [float(n) for n in _NUMBER.findall(arguments)]
        step = np.eye(3)
        if name == "translate":
            step[:2, 2] = v[0], v[1] if len(v) > 1 else 0
        elif name == "scale":
            step[0, 0], step[1, 1] = v[0], v[-1]
        elif name == "matrix":
            step[:2] = np.array(v).reshape(3, 2).T
        else:
            a = np.radians(v[0])
            turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
            to, back = np.eye(3), np.eye(3)
            if len(v) == 3:
                to[:2, 2], back[:2, 2] = v[1:], [-v[1], -v[2]]
            step = to @ turn @ back
        result = result @ step
    return result


def curve_middle(xy: np.ndarray) -> tuple[np.ndarray, float]:
    """(its middle (13, 2) from left to right, its thickness) of a slur, whose outline is two Bézier curves, there and
    back: seven points (7, 2) x, y."""
    t = np.linspace(0, 1, 13)[:, None]

    def bezier(p: np.ndarray) -> np.ndarray:
        return (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]

    there, back = bezier(xy[:4]), bezier(xy[3:7][::-1])
    middle = (there + back) / 2
    return middle if middle[0, 0] <= middle[-1, 0] else middle[::-1], float(np.abs(there - back).sum(axis=1).max())


class _Reader:
    """Walks the tree once, and collects labels. `classes` is the path of group classes down to an element."""

    def __init__(self, outlines: _Outlines, scale: float, text_bounds: TextBounds):
        self.outlines, self.scale, self.text_bounds = outlines, scale, text_bounds
        self.found: list[tuple[str, Box]] = []
        self.strokes: list[tuple[StrokeKind, list[tuple[float, float]], float]] = []
        self.staves: list[list[tuple[float, float, float, float]]] = []  # (row, left, right, width) of each piece

    def walk(self, element: etree._Element, matrix: np.ndarray, classes: tuple[str, ...]) -> None:
        if not isinstance(element.tag, str):
            return
        tag = element.tag.removeprefix(_SVG)
        matrix = matrix @ transform(element.get("transform"))
        name = (element.get("class") or "").split(" ")[0]
        if tag == "g":
            if "placeholder" in (element.get("class") or "") or name in ("pgFoot", "fb"):
                return
            here = (*classes, name) if name else classes
            if name == "staff":
                self.staves.append([])
            before, strokes_before = len(self.found), len(self.strokes)
            for child in element:
                self.walk(child, matrix, here)
            if name in ("arpeg", "trill") and len(self.found) > before:
                self._merge(before, "arpeggiato" if name == "arpeg" else "wiggleTrill")
            elif name == "multiRest" and len(self.strokes) > strokes_before:
                self._long_rest(strokes_before)
        elif tag == "use":
            self._glyph(element, matrix, classes)
        elif tag == "ellipse":
            self._ellipse(element, matrix, classes)
        elif tag in ("path", "polygon", "polyline", "rect"):
            self._path(tag, element, matrix, classes)
        elif tag == "text":
            self._text(element, matrix, classes)

    def _glyph(self, element: etree._Element, matrix: np.ndarray, classes: tuple[str, ...]) -> None:
        code = (element.get(_HREF) or element.get("href") or "#").removeprefix("#").split("-")[0]
        bounds = self.outlines.bounds(code)
        if bounds is None:
            return
        box = _bound(matrix, *bounds)
        if box is None:
            return
        small = np.hypot(matrix[0, 0], matrix[0, 1]) / self.scale / _FULL_SCALE < _SMALL
        if code == "E268":
            self._natural_sharp(box)
            return
        letters = DYNAMICS.get(int(code, 16)) if re.fullmatch(r"[0-9A-F]{4}", code) else None
        if letters:
            shape = self.outlines.contours(code)
            for letter, (x0, y0, x1, y1) in zip(
                    letters, letter_boxes(shape, [LETTER_WIDTH[c] for c in letters]), strict=True):
                placed = _bound(matrix, x0, y0, x1, y1)
                if placed is not None:
                    self.found.append((f"dynamic{letter}", placed))
            return
        name = BY_CODE_POINT.get(code.upper())
        if name is None or "mRpt" in classes and name.startswith("tuplet"):
            return  # the number of bars that are repeated is not that of a tuplet
        if small and f"{name}Small" in ID:
            name += "Small"
        if name == "augmentationDot" and "barLine" in classes:
            name = "repeatDot"
        self.found.append((name, box))

    def _natural_sharp(self, box: Box) -> None:
        """The natural before a sharp, which cancels an earlier accidental: one glyph, two signs."""
        middle = box.left + 0.42 * box.width
        self.found.append(("accidentalNatural", Box(box.top, box.left, box.bottom, middle)))
        self.found.append(("accidentalSharp", Box(box.top, middle, box.bottom, box.right)))

    def _ellipse(self, element: etree._Element, matrix: np.ndarray, classes: tuple[str, ...]) -> None:
        cx, cy, rx, ry = (float(element.get(k, 0)) for k in ("cx", "cy", "rx", "ry"))
        box = _bound(matrix, cx - rx, cy - ry, cx + rx, cy + ry)
        if box is not None:
            self.found.append(("repeatDot" if "barLine" in classes else "augmentationDot", box))

    def _merge(self, since: int, name: str) -> None:
        """Join wiggle segments that are drawn one by one into one symbol."""
        parts = [b for n, b in self.found[since:] if n == name]
        rest = [(n, b) for n, b in self.found[since:] if n != name]
        if parts:
            whole = parts[0]
            for box in parts[1:]:
                whole = whole.union(box)
            rest.append((name, whole))
        self.found[since:] = rest

    def _long_rest(self, since: int) -> None:
        """Join the bar of a multi-measure rest and its two ends into one symbol."""
        rows = [(p[0] + d * w / 2) for _, points, w in self.strokes[since:] for p in points for d in (-1, 1)
                if points[0][0] == points[-1][0]]
        rows += [p[0] for _, points, _ in self.strokes[since:] for p in points]
        cols = [p[1] for _, points, _ in self.strokes[since:] for p in points]
        self.strokes[since:] = []
        if min(rows) < max(rows) and min(cols) < max(cols):
            self.found.append(("restHBar", Box(min(rows), min(cols), max(rows), max(cols))))

    def _path(self, tag: str, element: etree._Element, matrix: np.ndarray, classes: tuple[str, ...]) -> None:
        inner = next((c for c in reversed(classes) if c in _STROKE_OF or c in ("note", "chord", "rest")), "")
        kind = _STROKE_OF.get(inner)
        if inner in _OWN_ONLY and classes[-1] != inner:
            kind = None
        width = float(element.get("stroke-width") or 0) * self.scale
        points = _points(tag, element)
        if kind is None or len(points) < 2:
            return
        xy = points @ matrix[:2, :2].T + matrix[:2, 2]
        if kind == "stem" and tag == "path" and np.ptp(xy[:, 0]) > 0.3 * np.ptp(xy[:, 1]):
            (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
            self.found.append((SLASH, Box(top, left, bottom, right)))
        elif kind == "staffLine" and tag == "path" and len(xy) == 2 and "layer" not in classes:
            (x0, y0), (x1, y1) = xy
            self.staves[-1].append((float(y0), float(x0), float(x1), width))
        elif kind in ("slur", "tie"):
            self._curve(kind, xy, width)
        elif kind == "beam":
            if tag == "polygon" and len(xy) == 4:
                (ax, ay), (bx, by), (cx, cy), (dx, dy) = xy
                if ax > bx:
                    ax, ay, bx, by, cx, cy, dx, dy = bx, by, ax, ay, dx, dy, cx, cy
                middle = [((ay + dy) / 2, (ax + dx) / 2), ((by + cy) / 2, (bx + cx) / 2)]
                self.strokes.append(("beam", middle, abs(dy - ay)))
        elif kind == "hairpin":
            for (x0, y0), (x1, y1) in zip(xy, xy[1:], strict=False):
                ends = sorted([(x0, y0), (x1, y1)])
                self.strokes.append((kind, [(y, x) for x, y in ends], width))
        elif inner == "grpSym" and len(xy) > 4:
            self._brace(element, matrix, width)
        elif tag == "rect" or tag == "polygon":
            y0, y1, x0, x1 = xy[:, 1].min(), xy[:, 1].max(), xy[:, 0].min(), xy[:, 0].max()
            if y1 - y0 >= x1 - x0:
                self.strokes.append((kind, [(y0, (x0 + x1) / 2), (y1, (x0 + x1) / 2)], x1 - x0))
            else:
                self.strokes.append((kind, [((y0 + y1) / 2, x0), ((y0 + y1) / 2, x1)], y1 - y0))
        else:
            self._lines(kind, xy, width)

    def _brace(self, element: etree._Element, matrix: np.ndarray, width: float) -> None:
        """Join the two outlines of a brace, one for each half, drawn with a pen of `width` px, into one symbol."""
        pen = BoundsPen(None)
        parse_path(element.get("d"), pen)
        box = _bound(matrix, *pen.bounds) if pen.bounds else None
        if box is None:
            return
        box = Box(box.top - width / 2, box.left - width / 2, box.bottom + width / 2, box.right + width / 2)
        if self.found and self.found[-1][0] == "brace" and abs(self.found[-1][1].left - box.left) < box.width:
            box = self.found.pop()[1].union(box)
        self.found.append(("brace", box))

    def _lines(self, kind: StrokeKind, xy: np.ndarray, width: float) -> None:
        for (x0, y0), (x1, y1) in zip(xy, xy[1:], strict=False):
            upright = abs(y1 - y0) > abs(x1 - x0)
            if kind in ("stem", "barline") and not upright:
                continue
            ends = sorted([(y0, x0), (y1, x1)], key=lambda p: p[0] if upright else p[1])
            if ends[0] != ends[1]:
                self.strokes.append((kind, ends, width))

    def _curve(self, kind: StrokeKind, xy: np.ndarray, width: float) -> None:
        if len(xy) >= 7:
            middle, thickness = curve_middle(xy)
            self.strokes.append((kind, [(float(y), float(x)) for x, y in middle], thickness + width))

    def _text(self, element: etree._Element, matrix: np.ndarray, classes: tuple[str, ...]) -> None:
        for text, x, y, size, anchor, bold, italic in _text_runs(element):
            if not text.strip() or not 0 < size < 3000:
                continue
            ink = self.text_bounds(text.strip(), size, bold, italic)
            origin = x - {"middle": ink.advance / 2, "end": ink.advance}.get(anchor, 0.0)
            box = _bound(matrix, origin + ink.left, y + ink.top, origin + ink.right, y + ink.bottom)
            if box is None:
                continue
            digit = text.strip()
            if "fing" in classes and len(digit) == 1 and f"fingering{digit}" in ID:
                self.found.append((f"fingering{digit}", box))
                continue
            row = (box.top + box.bottom) / 2
            self.strokes.append(("text", [(row, box.left), (row, box.right)], box.height))

    def labels(self) -> Labels:
        symbols = tuple(Symbol(i, name, box) for i, (name, box) in enumerate(join_slashes(self.found)))
        strokes = [*self._whole_staff_lines(), *self._whole_barlines()]
        return Labels(symbols, tuple(
            Stroke(len(symbols) + i, kind, tuple((float(r), float(c)) for r, c in points), float(thick))
            for i, (kind, points, thick) in enumerate(strokes)
        ))

    def _whole_barlines(self) -> Iterator[tuple[StrokeKind, list[tuple[float, float]], float]]:
        """All strokes except staff lines. A barline that is drawn staff by staff and gap by gap becomes one line."""
        pieces = sorted((s for s in self.strokes if s[0] == "barline"), key=lambda s: (round(s[1][0][1]), s[1][0][0]))
        whole: list[tuple[StrokeKind, list[tuple[float, float]], float]] = []
        for piece in pieces:
            (top, col), (bottom, _) = piece[1]
            if whole:
                _, ((above, last_col), (end, _)), width = whole[-1]
                if abs(col - last_col) < 0.5 and above <= top <= end + 1 and abs(width - piece[2]) < 0.5:
                    whole[-1] = ("barline", [(above, last_col), (max(end, bottom), last_col)], width)
                    continue
            whole.append(piece)
        yield from whole
        yield from (s for s in self.strokes if s[0] != "barline")

    def _whole_staff_lines(self) -> Iterator[tuple[StrokeKind, list[tuple[float, float]], float]]:
        """Verovio draws staff lines measure by measure. Pieces at one height that touch become one line."""
        whole: list[list[list[float]]] = []
        touch = 0.5 * UNITS_PER_SPACE * self.scale
        for pieces in self.staves:
            if len(pieces) != 5:
                continue
            pieces = sorted(pieces)
            top, left, right, _ = pieces[0]
            for staff in whole:
                if abs(staff[0][0] - top) < 1 and abs(staff[0][2] - left) < touch:
                    for line in staff:
                        line[2] = right
                    break
            else:
                whole.append([list(p) for p in pieces])
        for staff in sorted(whole):
            for row, left, right, width in staff:
                yield "staffLine", [(row, left), (row, right)], width


def join_slashes(found: Sequence[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """Join small flags and the slashes through them into one symbol. Slashes that do not cross an eighth's flag are
    left out."""
    joined = [(name, box) for name, box in found if name != SLASH]
    for _, slash in (f for f in found if f[0] == SLASH):
        for i, (name, box) in enumerate(joined):
            if name in ("flag8thUpSmall", "flag8thDownSmall") and not (
                    box.bottom <= slash.top or slash.bottom <= box.top or box.right <= slash.left
                    or slash.right <= box.left):
                joined[i] = name.replace("Small", "Slash"), box.union(slash)
                break
    return joined


def _points(tag: str, element: etree._Element) -> np.ndarray:
    if tag == "rect":
        x, y, w, h = (float(element.get(k, 0)) for k in ("x", "y", "width", "height"))
        return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    numbers = [float(n) for n in _NUMBER.findall(element.get("d") or element.get("points") or "")]
    return np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)


def _bound(matrix: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> Box | None:
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ matrix[:2, :2].T + matrix[:2, 2]
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Box(top, left, bottom, right) if top < bottom and left < right else None


def _text_runs(element: etree._Element) -> Iterator[tuple[str, float, float, float, str, bool, bool]]:
    """(text, x, y, size, anchor, bold, italic) for every run of a text element that starts at a place of its own."""
    runs: list[list] = []

    def descend(e: etree._Element, state: dict) -> None:
        if not isinstance(e.tag, str) or e.tag == f"{_SVG}title":
            return
        state = dict(state)
        placed = False
        for key in ("x", "y"):
            value = e.get(key)
            if value:
                state[key] = float(value)
                placed = True
        size = e.get("font-size")
        if size:
            state["size"] = float(size.removesuffix("px"))
        state["anchor"] = e.get("text-anchor") or state["anchor"]
        state["bold"] = e.get("font-weight", "bold" if state["bold"] else "") == "bold"
        state["italic"] = e.get("font-style", "italic" if state["italic"] else "") in ("italic", "oblique")
        if placed or not runs:
            runs.append(["", state["x"], state["y"], 0.0, state["anchor"], state["bold"], state["italic"]])
        if e.text and e.text.strip():
            runs[-1][0] += re.sub(r"\s", " ", e.text)  # SVG draws the end of a line as a space
            runs[-1][3] = max(runs[-1][3], state["size"])
            runs[-1][4:] = [state["anchor"], state["bold"], state["italic"]]
        for child in e:
            descend(child, state)

    descend(element, {"x": 0.0, "y": 0.0, "size": 0.0, "anchor": "start", "bold": False, "italic": False})
    for run in runs:
        yield tuple(run)  # type: ignore[misc]
