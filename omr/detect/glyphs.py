"""Sorts the glyphs of a drawn page: musical signs are recognised by their outlines, everything else is text.

A font is a music font if its name is known, or if its letters are in Unicode's private use area, where SMuFL has its
glyphs, or if enough of its outlines are musical signs. Shapes that are drawn as paths are treated like glyphs of a
music font. What no outline can tell (which of three signs a dot is, for example) follows from its surroundings
(`omr.detect.context`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from omr.detect import chordsigns
from omr.detect.outlines import LETTERS, OTHER, Likeness, bounds, branches, glyph_table, letter_boxes
from omr.detect.pieces import Shape
from omr.page.vectors import Contours, Edges, Glyph, VectorPage
from omr.types import ELISION, SPACE_PX
from omr.types.table import table
from omr.types.vocabulary import BY_CODE_POINT, BY_NAME, ID


@table
class GlyphLimits:
    """Likenesses are those of `GlyphTable.nearest`, up to 1."""

    known: float = 0.62
    """Least likeness between a glyph of a music font and one in the table. Among fonts that are not handwritten, most
    glyphs have 0.75 and more in common."""
    likely: float = 0.52
    """The same for a glyph of about the usual size, ..."""
    size: float = 0.35
    """... which is a size that differs by no more than this, as a natural logarithm, ..."""
    margin: float = 0.035
    """... if it is likelier than the next best name by at least this. Each handwritten font has a quarter rest of its
    own."""
    by_code: float = 0.4
    """The same if its SMuFL code point says the same class."""
    path: float = 0.68
    """The same for a shape that is drawn as a path, which may be anything."""
    vote: float = 0.78
    """An outline with at least this likeness to a distinctive musical glyph is a vote for its font being a music
    font."""
    voters: int = 3
    """This many different votes are enough."""
    small: float = 0.86
    """A notehead, flag or accidental below this share of its usual size is a small one, of grace or cue notes."""
    faint: float = 0.85
    """A glyph with at least this grey (0 black, 1 white) is invisible on paper."""


T = GlyphLimits()
MUSIC_FONT = re.compile(
    r"emmentaler|feta|parmesan|maestro|^opus|mscore|leland(?!text)|bravura(?!text)|petaluma(?!script|text)|gonville|"
    r"gootville|gutenberg|inkpen2(?:std|special)|helsinki(?:std|special)|reprise(?:std|special)|sonata|petrucci|"
    r"norfolk(?:std|special)|engraver|musix|musisync|sebastian|leipzig|^november|legato|anastasia|haydn|beethoven|"
    r"finale ?(?:ash|broadway|jazz)(?!text)|^jazz$|^broadway ?copyist|^ash ?music|profondo|lilyjazz(?!text|chord)",
    re.I)
"""Names of music fonts. Fonts for text that belong to them ("MScoreText", "OpusText") are decided glyph by glyph."""
MIXED_FONT = re.compile(r"(mscore|leland|bravura|petaluma|opus|inkpen2|helsinki|reprise|norfolk|gootville|musejazz|"
                        r"finale\w+?)\w*(text|script|chords|book)|musejazz", re.I)
"""Names of fonts that contain both letters and musical signs."""
ITALIC = re.compile(r"ital|obli|slanted|-it$", re.I)
"""Names of italic fonts. Numbers of tuplets are set in italics, fingerings are not."""
DISTINCTIVE = ("gClef", "fClef", "cClef", "restQuarter", "rest8th", "rest16th", "accidentalSharp", "accidentalNatural",
               "accidentalFlat", "flag8thUp", "flag8thDown", "flag16thUp", "flag16thDown", "noteheadBlack",
               "noteheadHalf", "fermataAbove", "fermataBelow", "ornamentTrill", "timeSigCommon", "timeSigCutCommon")
"""Musical glyphs by which a font without a known name is recognised."""
METRONOME = {"half": ("noteheadHalf", ""), "quarter": ("noteheadBlack", ""), "eighth": ("noteheadBlack", "flag8thUp"),
             "16th": ("noteheadBlack", "flag16thUp")}
"""Notes in text, as in metronome marks, that are one glyph with stem and flag: their noteheads and flags."""
AS_OURS = {
    **dict.fromkeys(("E1D3", "ECA3"), "half"), **dict.fromkeys(("E1D5", "E1F0", "E1F1", "ECA5"), "quarter"),
    **dict.fromkeys(("E1D7", "E1F2", "ECA7"), "eighth"), **dict.fromkeys(("E1D9", "ECA9"), "16th"),
    **dict.fromkeys(("E0A8", "E0AA", "E0AB", "E0B3"), "noteheadXBlack"), "ECB7": "augmentationDot",
    **dict.fromkeys(("E0AD", "E0AE"), "noteheadPlusBlack"),
}
"""Code points of glyphs without a class of their own, and what they are read as: notes in text, and variants of
percussion noteheads (in a circle, or with another thickness)."""
DOTS = ("augmentationDot", "articStaccato", "repeatDot")
"""Signs that look alike. Their surroundings tell which one a dot is."""
ELISIONS = ("\ue550", "\ue551", "\ue552")
"""SMuFL's signs between two syllables on one note. They are text, although music fonts contain them."""
LONGA, SIDE = "noteheadLonga", 0.15
"""The class of longas, and the share of their width that each side takes up."""
SAME_SIZE = 2
"""The size of a glyph, in pixels per em, is rounded to this many decimals before it is recognised."""
MOST_SIGNS = 3
"""Most articulations in one glyph."""
_FLAGS = ("8th", "16th", "32nd", "64th", "128th")
_LETTER_WIDTH = {"P": 1.0, "M": 1.35, "F": 0.95, "S": 0.6, "Z": 0.75, "R": 0.7}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A mark that is like a musical glyph.

    name: its class, or another name in the table, or "" if it is like none.
    edges: of its ink, in pixels.
    ratio: its size, as a share of the usual size of that glyph.
    contours: in pixels.
    font: its number; -1 for a path.
    em: the size in which it is set, in pixels; 0 for a path.
    is_sure: whether its code says the same as its outline.
    """

    name: str
    edges: Edges
    ratio: float
    score: float
    contours: Contours
    font: int = -1
    em: float = 0.0
    is_sure: bool = False

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y) of its middle."""
        return (self.edges[0] + self.edges[2]) / 2, (self.edges[1] + self.edges[3]) / 2

    @property
    def height(self) -> float:
        """In pixels."""
        return self.edges[3] - self.edges[1]

    @property
    def width(self) -> float:
        """In pixels."""
        return self.edges[2] - self.edges[0]


@dataclass(frozen=True, slots=True)
class Letter:
    """A glyph of text.

    edges: of its ink; if it has no outline, of its place.
    origin: (x, y) of its beginning on the baseline.
    advance: x, y from there to the next glyph's origin.
    size: of an em, in pixels.
    font: its number.
    show: number of the operator that draws it, together with others of its string.
    block: number of the text object that it is in.
    is_italic: by the name of its font.
    """

    text: str
    edges: Edges
    origin: tuple[float, float]
    advance: tuple[float, float]
    size: float
    font: int
    show: int
    block: int = 0
    is_italic: bool = False


@dataclass(frozen=True)
class Sorted:
    """The glyphs of a page: musical signs and letters."""

    music: tuple[Found, ...]
    letters: tuple[Letter, ...]


class _Outlines:
    """Outlines of a page's glyphs, placed and recognised. Each kind is computed once."""

    def __init__(self, page: VectorPage, scale: float):
        self._page, self._scale = page, scale
        self._bytes: dict[int, tuple[bytes, ...]] = {}
        self._bounds: dict[int, Edges] = {}

    def bounds(self, glyph: Glyph) -> Edges:
        """The edges of a glyph, in pixels."""
        a, b, c, d, e, f = (v * self._scale for v in glyph.matrix)
        if b or c:  # it is turned or slanted, and any of its points may be the outermost
            return bounds(self.placed(glyph))
        if glyph.outline not in self._bounds:
            self._bounds[glyph.outline] = bounds(self._page.outlines[glyph.outline])
        left, top, right, bottom = self._bounds[glyph.outline]
        xs, ys = (left * a + e, right * a + e), (top * d + f, bottom * d + f)
        return min(xs), min(ys), max(xs), max(ys)

    def placed(self, glyph: Glyph) -> Contours:
        """The contours of a glyph, in pixels."""
        a, b, c, d, e, f = (v * self._scale for v in glyph.matrix)
        linear, shift = np.array([[a, b], [c, d]]), np.array([e, f])
        return [contour @ linear + shift for contour in self._page.outlines[glyph.outline]]

    def font_name(self, glyph: Glyph) -> str:
        """The name of a glyph's font."""
        return self._page.fonts[glyph.font]

    def em(self, glyph: Glyph) -> float:
        """The size in which the glyph is set, in pixels."""
        a, b, c, d = glyph.matrix[:4]
        return self._scale * float(np.sqrt(abs(a * d - b * c)))

    def likeness(self, glyph: Glyph, name: str = "") -> Likeness | None:
        """The glyph of the table that a glyph is likest, or how like it is to those with one name. None if it has no
        area."""
        if glyph.outline not in self._bytes:
            self._bytes[glyph.outline] = tuple(c.tobytes() for c in self._page.outlines[glyph.outline])
        a, b, c, d = (round(v * self._scale, SAME_SIZE) for v in glyph.matrix[:4])
        return _likeness(self._bytes[glyph.outline], (a, b, c, d), name)


@lru_cache(maxsize=4096)
def _likeness(outline: tuple[bytes, ...], linear: tuple[float, float, float, float], name: str) -> Likeness | None:
    """What an outline in this size and orientation is likest, among all glyphs or those with one name. Results are
    kept: the pages of a document share most of their glyphs, and a page has each of them many times."""
    contours = [np.frombuffer(contour).reshape(-1, 2) @ np.array(linear).reshape(2, 2) for contour in outline]
    return glyph_table().nearest(contours, SPACE_PX, [name] if name else []) if _has_area(contours) else None


def _has_area(contours: Contours) -> bool:
    left, top, right, bottom = bounds(contours)
    return right - left > 1e-3 and bottom - top > 1e-3


def sort_glyphs(page: VectorPage, scale: float) -> Sorted:
    """Sort the glyphs of a page. scale: pixels per point."""
    outlines = _Outlines(page, scale)
    glyphs = [g for g in page.glyphs if g.gray is not None and g.gray < T.faint]
    of_font: dict[int, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        of_font[glyph.font].append(glyph)
    music_fonts = {font for font, own in of_font.items() if _is_music(page.fonts[font], own, outlines)}
    music: list[Found] = []
    letters: list[Letter] = []
    for glyph in glyphs:
        if glyph.text in ELISIONS:
            letters.append(_letter(replace(glyph, text=ELISION), outlines, scale))
        elif (said := chordsigns.letters_of(glyph.text, page.fonts[glyph.font])) is not None:
            letters.append(_letter(replace(glyph, text=said), outlines, scale))
        elif glyph.outline >= 0 and (glyph.font in music_fonts or _is_private(glyph.text)):
            music.append(_found(glyph, outlines))
        elif glyph.text.strip() or glyph.outline >= 0:
            letters.append(_letter(glyph, outlines, scale))
    return Sorted(tuple(music), tuple(letters))


def _is_private(text: str) -> bool:
    """Whether a text is one letter of Unicode's private use area, where music fonts have their signs."""
    return len(text) == 1 and 0xE000 <= ord(text) <= 0xF8FF and not 0xF000 <= ord(text) <= 0xF0FF


def _is_music(name: str, glyphs: Sequence[Glyph], outlines: _Outlines) -> bool:
    """Whether a font is a music font: by its name, its letters, or its outlines."""
    if MIXED_FONT.search(name):
        return False
    if MUSIC_FONT.search(name):
        return True
    private = sum(_is_private(g.text) for g in glyphs)
    if private > 0.5 * len(glyphs):
        return True
    distinct = {g.outline: g for g in glyphs if g.outline >= 0}
    votes: Counter[str] = Counter()
    for glyph in distinct.values():
        like = outlines.likeness(glyph)
        if like is not None and like.score >= T.vote and like.name in DISTINCTIVE and abs(np.log(like.ratio)) < 0.3:
            votes[like.name] += 1
    return len(votes) >= T.voters


def _found(glyph: Glyph, outlines: _Outlines) -> Found:
    """Recognise a glyph of a music font."""
    contours, edges = outlines.placed(glyph), outlines.bounds(glyph)
    like = outlines.likeness(glyph)
    em = outlines.em(glyph)
    code = f"{ord(glyph.text):04X}" if _is_private(glyph.text) else ""
    coded = BY_CODE_POINT.get(code)
    if coded is not None:
        by_code = outlines.likeness(glyph, coded)
        if by_code is not None and by_code.score >= T.by_code:
            return Found(coded, edges, by_code.ratio, 1.0, contours, glyph.font, em, is_sure=True)
    if code in AS_OURS and (like is None or like.name.startswith(OTHER) or like.score < T.vote):
        return Found(OTHER + code, edges, 1.0, 1.0, contours, glyph.font, em)
    name = like.name if like is not None and _is_known(like) else ""
    return Found(name, edges, like.ratio if like else 1.0, like.score if like else 0.0, contours,
                 glyph.font, em)


def _is_known(like: Likeness) -> bool:
    """Whether a glyph of a music font is what it is likest: surely, or at least more likely than anything else."""
    likely = like.score >= T.likely and like.score - like.second >= T.margin and abs(np.log(like.ratio)) < T.size
    return like.score >= T.known or bool(likely)


def _letter(glyph: Glyph, outlines: _Outlines, scale: float) -> Letter:
    a, b, c, d, e, f = (v * scale for v in glyph.matrix)
    size = float(np.hypot(c, d))
    if glyph.outline >= 0:
        edges = outlines.bounds(glyph)
    else:  # without an outline: the usual height of letters over the baseline
        corners = np.array([(e, f), (e + glyph.width * a, f + glyph.width * b), (e + 0.7 * c, f + 0.7 * d)])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        edges = left, top, right, bottom
    return Letter(glyph.text, edges, (e, f), (glyph.width * a, glyph.width * b), size, glyph.font,
                  glyph.show, glyph.block, bool(ITALIC.search(outlines.font_name(glyph))))


def taken_apart(found: Found) -> list[Found]:
    """The articulations in a glyph that combines several, such as a line and a dot for portato. The mark itself if it
    is known, or if not all of its parts are."""
    if found.name and not found.name.startswith(OTHER):
        return [found]
    if (last := _last_accidental(found)) is not None:
        return [last]
    parts: list[Found] = []
    for contour in found.contours if len(found.contours) <= MOST_SIGNS else ():
        like = glyph_table().nearest([contour], SPACE_PX) if _has_area([contour]) else None
        if like is None or like.score < T.known or not like.name.startswith("artic") and like.name not in DOTS:
            return [found]
        name = "articStaccato" if like.name in DOTS else like.name
        parts.append(replace(found, name=name, edges=bounds([contour]), ratio=like.ratio, score=like.score,
                             contours=[contour]))
    return parts if len(parts) > 1 else [found]


def _last_accidental(found: Found) -> Found | None:
    """The sharp or flat in a glyph that combines a natural and a sharp or flat (printed after a double sharp or flat).
    That one alone decides the pitch. None for any other glyph."""
    parts: list[tuple[Edges, list[np.ndarray]]] = []  # what stands side by side, from left to right
    for contour in sorted(found.contours, key=lambda c: float(c[:, 0].min())):
        own = bounds([contour])
        if parts and own[0] < parts[-1][0][2]:
            parts[-1] = bounds([*parts[-1][1], contour]), [*parts[-1][1], contour]
        else:
            parts.append((own, [contour]))
    if len(parts) != 2 or not all(_has_area(contours) for _, contours in parts):
        return None
    likes = [glyph_table().nearest(contours, SPACE_PX) for _, contours in parts]
    names = [like.name if like is not None and like.score >= T.known else "" for like in likes]
    if names[0] != "accidentalNatural" or names[1] not in ("accidentalSharp", "accidentalFlat") or likes[1] is None:
        return None
    edges, contours = parts[1]
    return replace(found, name=names[1], edges=edges, ratio=likes[1].ratio, score=likes[1].score, contours=contours)


def find_shapes(shapes: Iterable[Shape]) -> tuple[list[Found], list[Shape]]:
    """Filled paths that are like musical glyphs, and all others. In pixels."""
    known: dict[tuple[float, ...], Likeness | None] = {}
    found: list[Found] = []
    rest: list[Shape] = []
    for shape in shapes:
        contours = shape.contours
        if not _has_area(contours) or _is_bow(shape):
            rest.append(shape)
            continue
        left, top, right, bottom = edges = shape.edges
        points = np.concatenate(contours)
        key = (len(points), *np.round((points[:: max(1, len(points) // 16)] - (left, top)) / 0.25).ravel().tolist())
        if key not in known:
            known[key] = glyph_table().nearest(contours, SPACE_PX)
        like = known[key]
        if like is None or like.score < T.path:
            last = _last_accidental(Found("", edges, 1.0, 0.0, contours)) if len(contours) > 1 else None
            if last is None:
                rest.append(shape)
            else:
                found.append(last)
        else:
            found.append(Found(like.name, edges, like.ratio, like.score, contours))
    return found, rest


def _is_bow(shape: Shape) -> bool:
    """Whether a shape consists of two curves, there and back, as slurs do."""
    return len(shape.operators) == 1 and bool(re.fullmatch(r"l?c+l?c+l?h?", shape.operators[0])) and (
        shape.operators[0].count("c") == 2)


def _small_note(unit: str, edges: Edges) -> list[tuple[str, Edges]]:
    """The notehead and the flag of a note that is a single glyph, with its stem up."""
    left, top, right, bottom = edges
    height = bottom - top
    head, flag = METRONOME[unit]
    beside = min(right, left + 0.4 * height)
    marks = [(head, (left, bottom - 0.3 * height, beside, bottom))]
    return marks + ([(flag, (beside - 0.05 * height, top, right, top + 0.6 * height))] if flag else [])


def stem_in(found: Found) -> list[tuple[float, float]] | None:
    """The two ends (x, y) of the stem of a note that is a single glyph; None for any other mark."""
    if AS_OURS.get(found.name.removeprefix(OTHER)) not in METRONOME:
        return None
    left, top, right, bottom = found.edges
    x = min(right, left + 0.4 * (bottom - top)) - 0.5
    return [(x, top), (x, bottom - 0.15 * (bottom - top))]


class Sizes:
    """Decides which marks of a page are small: set in a smaller size than most noteheads of the page, or, without a
    font, smaller in comparison with the table than its noteheads are."""

    def __init__(self, found: Sequence[Found]):
        heads = [f for f in found if f.name in ("noteheadBlack", "noteheadHalf", "noteheadWhole")]
        self._ratio = _usual([f.ratio for f in heads if f.font < 0])
        self._em = _usual([f.em for f in heads if f.font >= 0])

    def is_small(self, mark: Found) -> bool:
        """Whether a mark is the small one of grace notes and cues."""
        return mark.em < T.small * self._em if mark.font >= 0 else mark.ratio < T.small * self._ratio


def _usual(sizes: Sequence[float]) -> float:
    """The largest size that is common."""
    if not sizes:
        return 1.0
    step = 0.04 * max(sizes)
    counts = Counter(round(size / step) for size in sizes)
    most = max(counts.values())
    return step * max(place for place, count in counts.items() if count >= 0.2 * most)


def _head_of_longa(contours: Contours) -> Edges:
    """The place of the notehead of a longa that is a single glyph. One side includes the stem, so the notehead is as
    high as the other side, which is less high."""
    left, _, right, _ = bounds(contours)
    reach = SIDE * (right - left)
    points = [point for contour in contours for point in contour.tolist()]
    sides = [[y for x, y in points if x < left + reach], [y for x, y in points if x > right - reach]]
    top, bottom = min(((min(side), max(side)) for side in sides), key=lambda rows: rows[1] - rows[0])
    return left, top, right, bottom


def named(found: Found, sizes: Sizes) -> list[tuple[str, Edges]]:
    """The classes of a mark, and their places. The letters of dynamics are separated, and small signs get names of
    their own. Empty for a mark that is known but has no class. sizes: of the page."""
    name = found.name
    if name.startswith(OTHER):
        name = AS_OURS.get(name.removeprefix(OTHER), "")
    if name in METRONOME:
        return _small_note(name, found.edges)
    if not name:
        return []
    if name == LONGA:
        return [(name, _head_of_longa(found.contours))]
    if name.startswith(LETTERS):
        letters = name.removeprefix(LETTERS)
        places = letter_boxes(found.contours, [_LETTER_WIDTH[c] for c in letters])
        return [(f"dynamic{c}", place) for c, place in zip(letters, places, strict=True)]
    if BY_NAME[name].kind == "flag" and "Slash" not in name:
        tails = branches(found.contours)
        if 0 < tails <= len(_FLAGS) and not found.is_sure:
            name = f"flag{_FLAGS[tails - 1]}{'Up' if 'Up' in name else 'Down'}"
    if sizes.is_small(found) and f"{name}Small" in ID:
        name += "Small"
    return [(name, found.edges)]
