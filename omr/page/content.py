"""What a page of a PDF draws: its glyphs, paths and images, each with its place.

The content of a page is a program of some forty operators. This module runs the program with its graphics state
(matrix, colour, pen, font, clipping), including the forms that it draws, and the small pages that are glyphs of Type 3
fonts. The result is a list of marks; nothing is turned into pixels.

A page may contain anything. So the number of operators, of marks, and of forms within forms is limited, and marks are
dropped whose place is not a number, or outside any paper. This module runs in the process of `omr.page.drawing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Name

from omr.page.fonts import BERNSTEIN, Font
from omr.page.operators import operators
from omr.page.vectors import Contours, Glyph, Image, Mark, Matrix, Path, VectorPage

MOST_OPERATORS = 1_500_000
"""Most operators of a page. The fullest orchestral pages have 100,000."""
MOST_MARKS = 150_000
"""Most marks (glyphs, paths, images) of a page. The fullest orchestral pages have 20,000."""
MOST_PATH_POINTS = 1_000_000
"""Most points of all paths of a page."""
MOST_CONTENT_BYTES = 60_000_000
"""Greatest unpacked size of a page's content, and of each form, in bytes. The largest real ones have 5 MB."""
MOST_FORMS_DEEP = 12
"""How deeply forms may be nested. Programs that draw a page within a page come to three or four."""
FARTHEST_PT = 100_000.0
"""Marks farther than this from the page's corner, in points, are dropped. PDF's largest page is 14,400 points."""
FAINT = 0.08
"""Opacity below which a mark is not seen."""

_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class TooMuch(Exception):
    """A page asks for more than is allowed."""


@dataclass(slots=True)
class _State:
    """The graphics state. Each program changes a copy of its own.

    clip: (left, top, right, bottom) within which marks can be seen.

    The state of text is: size, extra spaces after characters and words, horizontal scale, leading, rise and mode.
    """

    ctm: Matrix
    clip: tuple[float, float, float, float]
    fill: float = 0.0
    stroke: float = 0.0
    fill_space: Any = None
    stroke_space: Any = None
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    pen: float = 1.0
    is_dashed: bool = False
    font: int = -1
    size: float = 1.0
    char_space: float = 0.0
    word_space: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


def times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that applies one matrix, then another, in PDF's order of multiplication."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


class Interpreter:
    """Runs the contents of pages of one document. fonts: all that occurred, by number."""

    def __init__(self) -> None:
        self.fonts: list[Font] = []
        self._font_numbers: dict[Any, int] = {}

    def read(self, page: Any) -> VectorPage:
        """All that a page draws. Raises TooMuch."""
        base, width, height = _base(page)
        self._marks: list[Mark] = []
        self._operators = self._points = self._dropped = self.shows = self.blocks = 0
        content = _content(page.obj.get("/Contents"))
        state = _State(base, (0.0, 0.0, width, height))
        self._follow(content, page.obj.get("/Resources") or _inherited(page, "/Resources"), state, 0)
        for note in page.obj.get("/Annots") or ():
            self._annotation(note, state)
        return self._gathered(width, height)

    def _gathered(self, width: float, height: float) -> VectorPage:
        """The page, with only those outlines that its marks use."""
        numbers: dict[tuple[int, int], int] = {}
        marks: list[Mark] = []
        for mark in self._marks:
            if isinstance(mark, Glyph) and mark.outline >= 0:
                number = numbers.setdefault((mark.font, mark.outline), len(numbers))
                mark = replace(mark, outline=number)
            marks.append(mark)
        outlines = tuple(self.fonts[font].outlines[outline] for font, outline in numbers)
        return VectorPage(width_pt=width, height_pt=height, marks=tuple(marks), outlines=outlines,
                          fonts=tuple(font.name for font in self.fonts), dropped=self._dropped)

    def _annotation(self, note: Any, state: _State) -> None:
        """Draw an annotation, if its appearance is a single form, and it is not hidden."""
        looks = note.get("/AP") if isinstance(note, pikepdf.Dictionary) else None
        look = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
        if not isinstance(look, pikepdf.Stream) or int(note.get("/F", 0)) & 2 or note.get("/Subtype") == Name.Popup:
            return
        box, rect = _numbers(look.get("/BBox"), 4), _numbers(note.get("/Rect"), 4)
        if box is None or rect is None or box[2] == box[0] or box[3] == box[1]:
            return
        x, y = (rect[2] - rect[0]) / (box[2] - box[0]), (rect[3] - rect[1]) / (box[3] - box[1])
        fitted = (x, 0.0, 0.0, y, rect[0] - box[0] * x, rect[1] - box[1] * y)
        self.form(look, replace(state, ctm=times(fitted, state.ctm)), 1)

    def _follow(self, data: bytes, resources: Any, state: _State, depth: int) -> None:
        _Program(self, resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary(), state,
                 depth).run(data)

    def count(self) -> None:
        """Count an operator. Raises TooMuch."""
        self._operators += 1
        if self._operators > MOST_OPERATORS:
            raise TooMuch

    def add(
        self, mark: Mark, points: np.ndarray | tuple[tuple[float, float], ...], clip: tuple[float, float, float, float],
    ) -> None:
        """Keep a mark that can be seen within a clipping rectangle. points: (N, 2), its outline. Raises TooMuch."""
        left, top, right, bottom = edges = _edges(points)
        if not all(-FARTHEST_PT <= edge <= FARTHEST_PT for edge in edges):
            self._dropped += 1  # also if its place is not a number
            return
        if right < clip[0] or left > clip[2] or bottom < clip[1] or top > clip[3]:
            return
        self._points += len(points)
        self._marks.append(mark)
        if len(self._marks) > MOST_MARKS or self._points > MOST_PATH_POINTS:
            raise TooMuch

    def font(self, resources: Any, name: str) -> int:
        """The number of a font in some resources; -1 if it is damaged."""
        entry = (resources.get("/Font") or {}).get(f"/{name}")
        if not isinstance(entry, pikepdf.Dictionary):
            return -1
        key = entry.objgen if entry.is_indirect else id(entry)
        if key not in self._font_numbers:
            try:
                self.fonts.append(Font(entry))
                self._font_numbers[key] = len(self.fonts) - 1
            except Exception:  # whatever is wrong in it
                self._font_numbers[key] = -1
        return self._font_numbers[key]

    def form(self, form: Any, state: _State, depth: int, resources: Any = None) -> None:
        if depth > MOST_FORMS_DEEP:
            raise TooMuch
        matrix = _numbers(form.get("/Matrix"), 6)
        box = _numbers(form.get("/BBox"), 4)
        if matrix is not None:
            state = replace(state, ctm=times(matrix, state.ctm))  # type: ignore[arg-type]
        if box is not None:
            corners = np.array([(box[i], box[j]) for i in (0, 2) for j in (1, 3)])
            state = replace(state, clip=_within(state.clip, placed(corners, state.ctm)))
        self._follow(_content(form), form.get("/Resources") or resources, state, depth)

    def glyph_contours(self, font: Font, number: int, resources: Any, depth: int) -> Contours:
        """The filled contours of a glyph of a Type 3 font, in ems of that font. Empty if it draws images or lines."""
        entry = font.entry
        procedure = (entry.get("/CharProcs") or {}).get(f"/{font.glyph_name(number)}")
        if not isinstance(procedure, pikepdf.Stream) or depth > MOST_FORMS_DEEP:
            return []
        kept, self._marks = self._marks, []
        matrix = _numbers(entry.get("/FontMatrix"), 6) or [0.001, 0.0, 0.0, 0.001, 0.0, 0.0]
        far = 10 * FARTHEST_PT
        state = _State(tuple(matrix), (-far, -far, far, far))  # type: ignore[arg-type]
        try:
            self._follow(_content(procedure), entry.get("/Resources") or resources, state, depth + 1)
            found = [points for mark in self._marks if isinstance(mark, Path) and mark.fill is not None
                     for _, points in mark.subpaths if len(points) > 2]
            return found if all(isinstance(mark, Path) and mark.stroke is None for mark in self._marks) else []
        finally:
            self._marks = kept


class _Program:
    """Runs one content stream."""

    def __init__(self, owner: Interpreter, resources: Any, state: _State, depth: int):
        self.owner, self.resources, self.state, self.depth = owner, resources, replace(state), depth
        self.stack: list[Any] = []
        self._kinds: dict[str, str] = {}
        self._extensions: dict[str, dict[str, float]] = {}
        self.saved: list[_State] = []
        self.subpaths: list[tuple[list[str], list[Any]]] = []
        self.clips = False
        self.text = self.line = _UNIT
        self.actions: dict[str, Callable[[], None]] = {
            "q": self._save, "Q": self._restore, "cm": self._concat, "w": self._pen, "d": self._dash,
            "gs": self._extended, "m": self._move, "l": self._line_to, "c": self._curve, "v": self._curve_v,
            "y": self._curve_y, "h": self._close, "re": self._rectangle, "W": self._clip, "W*": self._clip,
            "n": lambda: self._paint(False, False), "S": lambda: self._paint(False, True),
            "s": lambda: self._paint_closed(False, True), "f": lambda: self._paint(True, False),
            "F": lambda: self._paint(True, False), "f*": lambda: self._paint(True, False),
            "B": lambda: self._paint(True, True), "B*": lambda: self._paint(True, True),
            "b": lambda: self._paint_closed(True, True), "b*": lambda: self._paint_closed(True, True),
            "g": lambda: self._color("fill"), "rg": lambda: self._color("fill"), "k": lambda: self._color("fill"),
            "G": lambda: self._color("stroke"), "RG": lambda: self._color("stroke"),
            "K": lambda: self._color("stroke"), "sc": lambda: self._color("fill", True),
            "scn": lambda: self._color("fill", True), "SC": lambda: self._color("stroke", True),
            "SCN": lambda: self._color("stroke", True), "cs": lambda: self._space("fill"),
            "CS": lambda: self._space("stroke"), "BT": self._begin_text, "Tf": self._font,
            "Tc": lambda: self._set(char_space=self._number()), "Tw": lambda: self._set(word_space=self._number()),
            "Tz": lambda: self._set(stretch=self._number() / 100), "TL": lambda: self._set(leading=self._number()),
            "Ts": lambda: self._set(rise=self._number()), "Tr": lambda: self._set(mode=int(self._number())),
            "Td": lambda: self._next_line(*self._last(2)), "TD": self._next_line_leading, "Tm": self._text_matrix,
            "T*": lambda: self._next_line(0, -self.state.leading), "Tj": lambda: self._show(self.stack[-1:]),
            "TJ": lambda: self._show(self.stack[-1]), "'": self._show_next, '"': self._show_spaced, "Do": self._object,
        }

    def run(self, data: bytes) -> None:
        """Run the stream. Operators that lack their operands are skipped, as in other PDF readers."""
        for operator in operators(data, self.stack):
            self.owner.count()
            action = self.actions.get(operator)
            if action is not None:
                try:  # noqa: SIM105 - contextlib.suppress takes as long as many an operator
                    action()
                except (IndexError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
                    pass
            self.stack.clear()

    def _last(self, count: int) -> list[float]:
        if len(self.stack) < count:
            raise IndexError
        return [float(v) for v in self.stack[-count:]]

    def _number(self) -> float:
        return float(self.stack[-1])

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self.state, name, value)

    # ---- state -----------------------------------------------------------------------------------------------

    def _save(self) -> None:
        if len(self.saved) < 10_000:
            self.saved.append(replace(self.state))

    def _restore(self) -> None:
        if self.saved:
            self.state = self.saved.pop()

    def _concat(self) -> None:
        self._set(ctm=times(tuple(self._last(6)), self.state.ctm))  # type: ignore[arg-type]

    def _pen(self) -> None:
        self._set(pen=abs(self._number()))

    def _dash(self) -> None:
        self._set(is_dashed=any(float(v) > 0 for v in self.stack[-2]))

    def _extended(self) -> None:
        name = self.stack[-1]
        if name not in self._extensions:
            entry = self.resources["/ExtGState"][f"/{name}"]
            self._extensions[name] = {field: float(entry[key]) for key, field in (
                ("/ca", "fill_alpha"), ("/CA", "stroke_alpha"), ("/LW", "pen")) if key in entry}
        self._set(**self._extensions[name])

    def _space(self, use: str) -> None:
        name = self.stack[-1]
        if name not in self._kinds:
            space = (self.resources.get("/ColorSpace") or {}).get(f"/{name}")
            self._kinds[name] = str(space[0]) if isinstance(space, pikepdf.Array) and len(space) else f"/{name}"
        self._set(**{f"{use}_space": self._kinds[name], use: 0.0})

    def _color(self, use: str, by_space: bool = False) -> None:
        values = [v for v in self.stack if isinstance(v, float)]
        space = getattr(self.state, f"{use}_space") if by_space else None
        if not values:
            gray = 0.5  # a pattern
        elif len(values) == 1:
            gray = 1 - values[0] if space in ("/Separation", "/DeviceN") else values[0] if space != "/Indexed" else 0.0
        elif len(values) == 3 and space != "/Lab":
            gray = 0.3 * values[0] + 0.59 * values[1] + 0.11 * values[2]
        elif len(values) == 4:
            gray = max(0.0, 1 - values[3] - 0.3 * values[0] - 0.59 * values[1] - 0.11 * values[2])
        else:
            gray = min(values[0] / 100, 1.0) if space == "/Lab" else 1 - max(values)
        self._set(**{use: gray})

    # ---- paths -----------------------------------------------------------------------------------------------

    def _move(self) -> None:
        self.subpaths.append(([], [tuple(self._last(2))]))

    def _line_to(self) -> None:
        operators, points = self.subpaths[-1]
        operators.append("l")
        points.append(tuple(self._last(2)))

    def _curve(self) -> None:
        a, b, c, d, e, f = self._last(6)
        self._bend((a, b), (c, d), (e, f))

    def _curve_v(self) -> None:
        a, b, c, d = self._last(4)
        self._bend(self.subpaths[-1][1][-1], (a, b), (c, d))

    def _curve_y(self) -> None:
        a, b, c, d = self._last(4)
        self._bend((a, b), (c, d), (c, d))

    def _bend(self, *corners: tuple[float, float]) -> None:
        operators, points = self.subpaths[-1]
        operators.append("c")
        points += map(tuple, (BERNSTEIN @ np.array([points[-1], *corners])).tolist())

    def _close(self) -> None:
        operators, points = self.subpaths[-1]
        if operators and operators[-1] != "h":
            operators.append("h")
            points.append(points[0])

    def _rectangle(self) -> None:
        x, y, width, height = self._last(4)
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        self.subpaths.append((["l", "l", "l", "h"], corners))

    def _clip(self) -> None:
        self.clips = True

    def _paint_closed(self, fills: bool, strokes: bool) -> None:
        self._close()
        self._paint(fills, strokes)

    def _paint(self, fills: bool, strokes: bool) -> None:
        state, clip = self.state, self.state.clip
        fill = state.fill if fills and state.fill_alpha >= FAINT else None
        stroke = state.stroke if strokes and state.stroke_alpha >= FAINT else None
        subpaths = [subpath for subpath in self.subpaths if subpath[0]]
        if subpaths and (self.clips or fill is not None or stroke is not None):
            points = placed(np.array([point for _, own in subpaths for point in own], float), state.ctm)
            if self.clips:
                state.clip = _within(clip, points)
            if fill is not None or stroke is not None:
                ends = np.cumsum([len(own) for _, own in subpaths])[:-1] if len(subpaths) > 1 else ()
                shapes = tuple(("".join(operators), own) for (operators, _), own in zip(
                    subpaths, np.split(points, ends) if len(subpaths) > 1 else [points], strict=True))
                pen = state.pen * math.sqrt(abs(state.ctm[0] * state.ctm[3] - state.ctm[1] * state.ctm[2]))
                self.clips, self.subpaths = False, []
                self.owner.add(Path(shapes, fill, stroke, pen, state.is_dashed), points, clip)
        self.clips, self.subpaths = False, []

    # ---- text ------------------------------------------------------------------------------------------------

    def _begin_text(self) -> None:
        self.owner.blocks += 1
        self.text = self.line = _UNIT

    def _font(self) -> None:
        self._set(font=self.owner.font(self.resources, self.stack[-2]), size=self._number())

    def _next_line(self, x: float, y: float) -> None:
        self.text = self.line = times((1.0, 0.0, 0.0, 1.0, x, y), self.line)

    def _next_line_leading(self) -> None:
        x, y = self._last(2)
        self._set(leading=-y)
        self._next_line(x, y)

    def _text_matrix(self) -> None:
        self.text = self.line = tuple(self._last(6))  # type: ignore[assignment]

    def _show_next(self) -> None:
        self._next_line(0, -self.state.leading)
        self._show(self.stack[-1:])

    def _show_spaced(self) -> None:
        word, char = (float(v) for v in self.stack[-3:-1])
        self._set(word_space=word, char_space=char)
        self._show_next()

    def _show(self, pieces: list[Any]) -> None:
        """Show strings. Numbers between them move back by thousandths of an em."""
        state = self.state
        if state.font < 0:
            return
        font = self.owner.fonts[state.font]
        self.owner.shows += 1
        for piece in pieces:
            if isinstance(piece, bytes):
                for raw, code in _split(font, piece):
                    self._draw(font, raw, code)
            elif isinstance(piece, float):
                self.text = times((1.0, 0.0, 0.0, 1.0, -piece / 1000 * state.size * state.stretch, 0.0), self.text)

    def _draw(self, font: Font, raw: int, code: Any) -> None:
        self.owner.count()
        state = self.state
        scale = (state.size * state.stretch, 0.0, 0.0, state.size, 0.0, state.rise)
        matrix = times(scale, times(self.text, state.ctm))
        outline = code.outline
        if font.is_type3:
            outline = self._type3_outline(font, raw)
        shown = None if state.mode in (3, 7) or state.fill_alpha < FAINT else (
            state.stroke if state.mode == 1 else state.fill)
        a, b, c, d, e, f = matrix
        reach = (e, f), (e + code.width * a + c, f + code.width * b + d)
        glyph = Glyph(state.font, outline, code.text, matrix, code.width, shown, self.owner.shows,
                      self.owner.blocks)
        self.owner.add(glyph, reach, state.clip)
        ahead = code.width * state.size + state.char_space + (state.word_space if code.is_space else 0.0)
        self.text = times((1.0, 0.0, 0.0, 1.0, ahead * state.stretch, 0.0), self.text)

    def _type3_outline(self, font: Font, number: int) -> int:
        """The number of the outline of a Type 3 glyph, drawn when it first occurs; -1 if it has none."""
        if number not in font.drawn:
            contours = self.owner.glyph_contours(font, number, self.resources, self.depth)
            font.drawn[number] = len(font.outlines) if contours else -1
            if contours:
                font.outlines.append(contours)
        return font.drawn[number]

    # ---- forms and images ------------------------------------------------------------------------------------

    def _object(self) -> None:
        found = self.resources["/XObject"][f"/{self.stack[-1]}"]
        if found.get("/Subtype") == Name.Form:
            self.owner.form(found, self.state, self.depth + 1, self.resources)
        elif found.get("/Subtype") == Name.Image:
            self.image()

    def image(self) -> None:
        """Add an image. It fills the unit square."""
        corners = placed(np.array([(0, 0), (0, 1), (1, 0), (1, 1)], float), self.state.ctm)
        left, top, right, bottom = _within(self.state.clip, corners)
        if left < right and top < bottom:
            self.owner.add(Image((left, top, right, bottom)), corners, self.state.clip)


# ---- what the document says -------------------------------------------------------------------------------------


def _split(font: Font, text: bytes) -> Iterator[tuple[int, Any]]:
    """The codes of a string as numbers, and what they stand for."""
    size = font.code_bytes
    for i in range(0, len(text) - size + 1, size):
        raw = text[i:i + size]
        yield int.from_bytes(raw, "big"), font.code(raw)


def _content(found: Any) -> bytes:
    """The content of a page (one stream or several) or of a form. Raises TooMuch."""
    streams = list(found)[:10_000] if isinstance(found, pikepdf.Array) else [found]
    pieces, size = [], 0
    for stream in streams:
        if isinstance(stream, pikepdf.Stream):
            try:
                pieces.append(stream.read_bytes())
            except pikepdf.PdfError:
                continue
            size += len(pieces[-1])
            if size > MOST_CONTENT_BYTES:
                raise TooMuch
    return b"\n".join(pieces)


def _base(page: Any) -> tuple[Matrix, float, float]:
    """The matrix from a page's own coordinates to those of the page as it is displayed, y downwards, and its width and
    height."""
    box = _numbers(_inherited(page, "/MediaBox"), 4) or [0.0, 0.0, 612.0, 792.0]
    crop = _numbers(_inherited(page, "/CropBox"), 4) or box
    left, right = sorted((box[0], box[2]))
    low, high = sorted((box[1], box[3]))
    left, right = max(left, min(crop[0], crop[2])), min(right, max(crop[0], crop[2]))
    low, high = max(low, min(crop[1], crop[3])), min(high, max(crop[1], crop[3]))
    turned = _inherited(page, "/Rotate")
    quarters = int(turned or 0) // 90 % 4
    width, height = right - left, high - low
    if not 1 <= width <= FARTHEST_PT or not 1 <= height <= FARTHEST_PT:
        raise TooMuch
    maps: tuple[Matrix, ...] = (
        (1.0, 0.0, 0.0, -1.0, -left, high), (0.0, 1.0, 1.0, 0.0, -low, -left),
        (-1.0, 0.0, 0.0, 1.0, right, -low), (0.0, -1.0, -1.0, 0.0, high, right))
    return maps[quarters], *((width, height) if quarters % 2 == 0 else (height, width))


def _inherited(page: Any, key: str) -> Any:
    """An entry of a page, or else of its parents in the page tree."""
    node = page.obj
    for _ in range(50):
        if node is None or node.get(key) is not None:
            return None if node is None else node.get(key)
        node = node.get("/Parent")
    return None


def _numbers(found: Any, count: int) -> list[float] | None:
    """An array of `count` finite numbers; None if it is something else."""
    try:
        values = [float(v) for v in found]
    except (TypeError, ValueError):
        return None
    return values if len(values) == count and all(map(math.isfinite, values)) else None


# ---- places ----------------------------------------------------------------------------------------------------


def placed(points: np.ndarray, matrix: Matrix) -> np.ndarray:
    """Points (N, 2) transformed by a matrix."""
    a, b, c, d, e, f = matrix
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(points @ np.array([[a, b], [c, d]]) + (e, f))


def _edges(points: np.ndarray | tuple[tuple[float, float], ...]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of points; NaN if one of their coordinates is NaN."""
    if isinstance(points, np.ndarray):
        return *points.min(axis=0).tolist(), *points.max(axis=0).tolist()
    xs, ys = zip(*points, strict=True)
    if any(map(math.isnan, (*xs, *ys))):  # `min` and `max` may overlook NaN
        return math.nan, math.nan, math.nan, math.nan
    return min(xs), min(ys), max(xs), max(ys)


def _within(clip: tuple[float, float, float, float], points: np.ndarray) -> tuple[float, float, float, float]:
    """The intersection of a clipping rectangle and the box around points."""
    left, top, right, bottom = _edges(points)
    return max(clip[0], left), max(clip[1], top), min(clip[2], right), min(clip[3], bottom)
