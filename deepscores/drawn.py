"""Labels from what an engraver has drawn: glyphs are recognised by their outlines, strokes by their ends.

The readers of an engraver's files (`msvg.py`, `lysvg.py`) say which role a mark has, such as "Rest". The outline says
which rest it is. A mark that is like no glyph of its role is put among the places to be ignored; it is never given a
name that may be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepscores import outlines
from deepscores.outlines import Contours
from deepscores.svg import DYNAMICS, LETTER_WIDTH, SLASH, Labels, curve_middle, join_slashes
from omr.types import Box, Stroke, StrokeKind, Symbol
from omr.types.vocabulary import BY_CODE_POINT, CLASSES, ID

SMALL = 0.88
"""A glyph below this share of its usual size is a small one, of grace or cue notes. The full sizes of fonts differ by
less, and grace notes have three quarters at most."""
_FLAGS = ("8th", "16th", "32nd", "64th", "128th")
Edges = tuple[float, float, float, float]
"""(left, top, right, bottom) in units of the drawing."""


def _codes(*beginnings: str) -> tuple[str, ...]:
    return tuple(code for c in CLASSES if c.name.startswith(beginnings) for code in c.code_points)


ROLES: dict[str, tuple[str, ...]] = {
    "Note": _codes("notehead"),
    "Rest": _codes("rest"),
    "Clef": _codes("gClef", "fClef", "cClef", "unpitched"),
    "KeySig": _codes("accidentalFlat", "accidentalNatural", "accidentalSharp"),
    "Accidental": _codes("accidental"),
    "TimeSig": _codes("timeSig"),
    "Hook": _codes("flag"),
    "NoteDot": _codes("augmentationDot"),
    "Articulation": _codes("artic", "fermata", "ornament", "strings", "plucked", "caesura", "breath"),
    "Fermata": _codes("fermata"),
    "Breath": _codes("breath", "caesura"),
    "Ornament": _codes("ornament"),
    "Dynamic": (*_codes("dynamic"), *(f"{code:04X}" for code in DYNAMICS)),
    "Marker": _codes("segno", "coda"),
    "Tremolo": _codes("tremolo"),
    "Pedal": _codes("keyboardPedal"),
}
"""Code points that a mark with a role may have."""
SURE = {"Dynamic": 0.6, "Tremolo": 0.65}
"""How like a glyph an outline must be, for roles where one half is not enough: words are dynamics, too, and the bars of
a tremolo between two notes are like those on one stem."""
SURE_OF_OWN = 0.65
"""The same if exactly this font is known ..."""
SMALL_OF_OWN = 0.92
"""... and below which share of the usual size a glyph is then small."""
LINE_ENDS = 0.2
"""Points of a rest with its own ledger line that are nearer than this to its left or right end, in staff spaces, belong
to the line."""
ON_LEDGER = "OnLedger"
"""Added to the class of a rest in `Drawing.fonts` for its outline with its own ledger line."""


@dataclass(frozen=True)
class DrawnPage:
    """Labels in pixels of the image, and the places of marks that could not be recognised. scale: pixels per unit."""

    labels: Labels
    ignored: tuple[Box, ...]
    scale: float


class Drawing:
    """Collects the marks of a page. Positions are x, y in units of the drawing, with y downwards.

    space: staff space in units.
    scale: pixels per unit.
    fonts: for roles whose font is known, the outlines of our classes in it, in staff spaces. Other roles are compared
        with the usual music fonts.
    """

    def __init__(self, space: float, scale: float, fonts: Mapping[str, Mapping[str, Contours]]):
        self.space, self.scale, self.fonts = space, scale, fonts
        self.symbols: list[tuple[str, Box]] = []
        self.strokes: list[tuple[StrokeKind, tuple[tuple[float, float], ...], float]] = []
        self.ignored: list[Box] = []
        self._drawn: set[tuple[StrokeKind, tuple[tuple[float, float], ...], float]] = set()
        self._known: dict[tuple, tuple[str, float] | None] = {}

    def stroke(self, kind: StrokeKind, xy: np.ndarray, width: float) -> None:
        """Add a line along (N, 2) x, y."""
        points = tuple((float(y) * self.scale, float(x) * self.scale) for x, y in xy)
        drawn = (kind, points, width * self.scale)
        if drawn not in self._drawn:  # MuseScore draws a tie over a barline once for each of its measures
            self._drawn.add(drawn)
            self.strokes.append(drawn)

    def line(self, kind: StrokeKind, a: np.ndarray, b: np.ndarray, width: float) -> None:
        """Add a straight line from end to end. Stems and barlines are added only if they are vertical, because their
        serifs and wings are not part of them."""
        upright = abs(b[1] - a[1]) > abs(b[0] - a[0])
        if np.array_equal(a, b) or kind in ("stem", "barline") and not upright:
            return
        self.stroke(kind, np.array(sorted((a, b), key=lambda p: p[1] if upright else p[0])), width)

    def beam(self, corners: np.ndarray) -> None:
        """Add a beam, (4, 2): two long sides and two vertical ends."""
        order = corners[np.argsort(corners[:, 0], kind="stable")]
        left, right = order[:2], order[2:]
        self.stroke("beam", np.array([left.mean(axis=0), right.mean(axis=0)]), float(np.ptp(left[:, 1])))

    def curve(self, kind: StrokeKind, corners: np.ndarray, width: float) -> None:
        """Add a slur or tie: seven points (7, 2) of two Bézier curves, there and back, and the width of their pen."""
        middle, thick = curve_middle(corners)
        self.stroke(kind, middle, thick + width)

    def text(self, edges: Edges) -> None:
        """Add a line of words."""
        left, top, right, bottom = edges
        middle = (top + bottom) / 2
        self.stroke("text", np.array([(left, middle), (right, middle)]), bottom - top)

    def symbol(self, name: str, edges: Edges) -> None:
        """Add a mark whose class is known."""
        self.symbols.append((name, self._box(edges)))

    def ignore(self, edges: Edges) -> None:
        """Add a mark that may be anything."""
        self.ignored.append(self._box(edges))

    def glyph(self, role: str, shape: Contours) -> None:
        """Add a mark with a role in `ROLES`, or with a font of its own. Its outline says what it is."""
        edges = outlines.bounds(shape)
        box = self._box(edges)
        key = (role, len(shape), *np.round((np.concatenate(shape) - edges[:2]) / self.space, 2).ravel().tolist())
        if key not in self._known:
            self._known[key] = self._recognise(role, shape)
        found = self._known[key]
        if found is None:
            self.ignored.append(box)
            return
        name, share = found
        letters = DYNAMICS.get(int(name, 16), "") if role == "Dynamic" and role not in self.fonts else ""
        if letters:
            places = outlines.letter_boxes(shape, [LETTER_WIDTH[c] for c in letters])
            self.symbols += [(f"dynamic{c}", self._box(place)) for c, place in zip(letters, places, strict=True)]
            return
        if name in outlines.ON_LEDGER or name.endswith(ON_LEDGER):
            box, name = self._box(self._without_ledger(shape)), name.removesuffix(ON_LEDGER)
        if role not in self.fonts:
            name = BY_CODE_POINT[name]
        if role == "Hook" and name != SLASH:
            name = _counted(name, shape)
        if share < (SMALL_OF_OWN if role in self.fonts else SMALL) and f"{name}Small" in ID:
            name += "Small"
        if name in ID or name == SLASH:
            self.symbols.append((name, box))
        else:
            self.ignored.append(box)

    def _without_ledger(self, shape: Contours) -> Edges:
        """The edges of a whole or half rest without its own ledger line, which becomes a stroke."""
        left, top, right, bottom = outlines.bounds(shape)
        points = np.concatenate(shape)
        is_line = (points[:, 0] < left + LINE_ENDS * self.space) | (points[:, 0] > right - LINE_ENDS * self.space)
        row = float(points[is_line, 1].mean())
        self.line("ledgerLine", np.array([left, row]), np.array([right, row]), float(np.ptp(points[is_line, 1])))
        block = points[~is_line]
        return float(block[:, 0].min()), top, float(block[:, 0].max()), bottom

    def arpeggios(self, pieces: Sequence[Edges]) -> None:
        """Add arpeggios. The wiggles of one arpeggio are one above the other."""
        whole: list[Edges] = []
        for piece in sorted(pieces, key=lambda p: (round(p[0] / self.space, 1), p[1])):
            if whole and abs(whole[-1][0] - piece[0]) < 0.2 * self.space and piece[1] < whole[-1][3] + 0.5 * self.space:
                last = whole.pop()
                piece = (min(last[0], piece[0]), last[1], max(last[2], piece[2]), max(last[3], piece[3]))
            whole.append(piece)
        for edges in whole:
            self.symbol("arpeggiato", edges)

    def page(self) -> DrawnPage:
        """Everything so far. Whole and half rests have the same outline. The lines that they touch tell them apart:
        lines of the staff, or a ledger line."""
        lines = [points for kind, points, _ in self.strokes if kind in ("staffLine", "ledgerLine")]
        symbols = tuple(Symbol(i, _hung(name, box, lines), box)
                        for i, (name, box) in enumerate(join_slashes(self.symbols)))
        strokes = tuple(Stroke(len(symbols) + i, kind, points, thick)
                        for i, (kind, points, thick) in enumerate(self.strokes))
        return DrawnPage(Labels(symbols, strokes), tuple(self.ignored), self.scale)

    def _recognise(self, role: str, shape: Contours) -> tuple[str, float] | None:
        """The class, or the code point, of an outline, and its size as a share of its usual size."""
        if role in self.fonts:
            name, score, share = outlines.nearest(shape, self.space, self.fonts[role])
            return (name, share) if score >= SURE_OF_OWN else None
        return outlines.recognise(shape, self.space, ROLES.get(role, ()), SURE.get(role, 0.5))

    def _box(self, edges: Edges) -> Box:
        """The box of these edges. A vertical or level line gets a width of one pixel."""
        left, top, right, bottom = (float(v) * self.scale for v in edges)
        return Box(top, left, max(bottom, top + 1), max(right, left + 1))


def _counted(name: str, shape: Contours) -> str:
    """The class of a flag by the number of its tails. Fonts differ more in the height and bend of their flags than one
    flag does from the next."""
    tails = outlines.branches(shape)
    return f"flag{_FLAGS[tails - 1]}{'Up' if name.endswith('Up') else 'Down'}" if 0 < tails <= len(_FLAGS) else name


def _hung(name: str, box: Box, lines: Sequence[Sequence[tuple[float, float]]]) -> str:
    """A whole rest hangs from a line, a half rest sits on one. lines: level lines, by their points (row, col)."""
    if name not in ("restWhole", "restHalf"):
        return name
    rows = [line[0][0] for line in lines if line[0][1] < box.right and line[-1][1] > box.left]
    above, below = (min(abs(row - edge) for row in rows) for edge in (box.top, box.bottom))
    return "restWhole" if above < below else "restHalf"
