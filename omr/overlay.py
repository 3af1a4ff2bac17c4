"""Draws on a page what was read of it, for people to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from omr.types import Box, Doubt, NotationGraph, Note, Score, Staff, Stroke, Symbol, System
from omr.types.vocabulary import BY_NAME, SymbolKind

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]
"""Red, green, blue, 0-255."""

STROKE_COLOURS: dict[str, Colour] = {
    "staffLine": (200, 190, 60), "ledgerLine": (170, 110, 30), "stem": (0, 150, 0), "beam": (220, 0, 220),
    "barline": (0, 170, 190), "slur": (255, 130, 0), "tie": (130, 0, 150), "hairpin": (230, 60, 60),
    "bracket": (60, 60, 230), "text": (120, 200, 120),
}
STAFF_COLOUR, NOTE_COLOUR, DOUBT_COLOUR = (90, 150, 255), (0, 0, 160), (230, 0, 0)
_COLOUR_OF_KIND: dict[SymbolKind, Colour] = {
    "notehead": (220, 0, 0), "rest": (0, 90, 220), "flag": (200, 0, 160), "accidental": (0, 120, 60),
    "parenthesis": (0, 120, 60), "dot": (240, 120, 0), "clef": (110, 60, 200),
}
_OTHER_COLOUR = (40, 90, 160)
PIXELS_A_PIXEL = 2.0
"""How many pixels of the drawing one pixel of the page has. The enlargement leaves room for text between the notes."""
_PAGE_CONTRAST = 0.55
"""How much of its darkness the page's ink keeps, so that what is drawn over it stands out."""
_NOTE_FONT, _NAME_FONT, _MEASURE_FONT, _SYSTEM_FONT = 15, 11, 18, 22
"""Sizes of text in pixels of the drawing: for notes and doubts, names of symbols, measure numbers, system numbers."""
_SYSTEM_LEFT, _BRACE_LEFT = 12, 18
"""How far to the left of the staves, in pixels of the page, the lines stand that mark systems and braces."""
_ALTER: dict[float, str] = {-2: "bb", -1.5: "d+b", -1: "b", -0.5: "d", 0: "", 0.5: "+", 1: "#", 1.5: "#+", 2: "x"}
"""Alteration in semitones -> how a note's label shows it. d and + are a quarter tone down and up."""


def symbol_colour(name: str) -> Colour:
    """The colour of a symbol class. All classes of one kind have the same colour."""
    return _COLOUR_OF_KIND.get(BY_NAME[name].kind, _OTHER_COLOUR)


def draw_labels(image: Image, symbols: Iterable[Symbol], strokes: Iterable[Stroke], scale: float = 1.0) -> Image:
    """A copy of an image, in RGB and `scale` times as large, with strokes drawn as lines and symbols as boxes."""
    from PIL import ImageDraw

    image = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line([(c * scale, r * scale) for r, c in stroke.points], fill=STROKE_COLOURS[stroke.kind], width=2)
    for symbol in symbols:
        pen.rectangle(_corners(symbol.box, scale), outline=symbol_colour(symbol.name))
    return image


def draw_reading(pixels: np.ndarray, graph: NotationGraph, score: Score) -> Image:
    """Draw everything that was read on a normalised page (H, W). The drawing is RGB and `PIXELS_A_PIXEL` times as
    large.

    Staves and systems are blue, strokes and symbols have the colour of their kind. Notes are labelled with their name
    and length in quarters, rests, clefs and other signs with their class. Noteheads that became no note are labelled
    "unused". Doubts have a red frame.
    """
    from PIL import Image, ImageDraw

    pale = Image.fromarray((255 - (255 - pixels.astype(np.float32)) * _PAGE_CONTRAST).astype(np.uint8))
    image = draw_labels(pale, graph.symbols, graph.strokes, PIXELS_A_PIXEL)
    pen = ImageDraw.Draw(image)
    _draw_staves(pen, graph.staves, graph.systems)
    notes = [
        n for part in score.parts for m in part.measures if m.page == graph.page for n in m.notes if n.symbol_ids
    ]
    _draw_note_labels(pen, graph, notes)
    _draw_names(pen, graph, {i for note in notes for i in note.symbol_ids})
    _draw_measures(pen, score, graph.page)
    _draw_doubts(pen, [d for d in score.doubts if d.page == graph.page])
    return image


def _draw_note_labels(pen: ImageDraw, graph: NotationGraph, notes: Iterable[Note]) -> None:
    """Write each note's name and length to the right of its head."""
    for note in notes:
        symbols = (graph.symbol_by_id[i] for i in note.symbol_ids if i in graph.symbol_by_id)
        head = next((s for s in symbols if s.kind == "notehead"), None)
        if head is not None:
            _write(pen, head.box.right, head.box.center[0] - 4, note_label(note), NOTE_COLOUR, _NOTE_FONT)


def _draw_names(pen: ImageDraw, graph: NotationGraph, used: Collection[int]) -> None:
    """Write the class of each symbol over it, and "unused" over noteheads that are not among the `used` ids. Noteheads,
    flags, accidentals and augmentation dots get no label: their colour is enough."""
    for symbol in graph.symbols:
        if symbol.kind == "notehead":
            if symbol.id not in used:
                _write(pen, symbol.box.left, symbol.box.top - 5, "unused", DOUBT_COLOUR, _NAME_FONT)
        elif symbol.kind not in ("flag", "accidental", "parenthesis") and symbol.name != "augmentationDot":
            _write(pen, symbol.box.left, symbol.box.top - 5, symbol.name, symbol_colour(symbol.name), _NAME_FONT)


def note_label(note: Note) -> str:
    """A note's name and length in quarters, such as `F#4 1/2`. A grace note has only its name."""
    name = f"{note.pitch.step}{_ALTER.get(note.pitch.alter, '?')}{note.pitch.octave}"
    return name if note.grace else f"{name} {_length(note.duration_quarter)}"


def _length(quarters: Fraction) -> str:
    """A length in quarters, such as "2" or "1/2"."""
    return str(quarters.numerator) if quarters.denominator == 1 else f"{quarters.numerator}/{quarters.denominator}"


def _corners(box: Box, scale: float = PIXELS_A_PIXEL) -> list[float]:
    """A box of the page as Pillow's (left, top, right, bottom) in the drawing."""
    return [box.left * scale, box.top * scale, box.right * scale, box.bottom * scale]


def _write(pen: ImageDraw, col: float, row: float, text: str, colour: Colour, size: int) -> None:
    """Write text with its top left corner at (row, col) of the page. size: of the font, in pixels of the drawing."""
    from PIL import ImageFont

    pen.text((col * PIXELS_A_PIXEL + 1, row * PIXELS_A_PIXEL), text, fill=colour, font=ImageFont.load_default(size))


def _draw_staves(pen: ImageDraw, staves: Sequence[Staff], systems: Sequence[System]) -> None:
    """Draw staff lines, and left of every system a numbered line, with a line for each brace."""
    for staff in staves:
        cols = np.linspace(staff.left, staff.right, staff.lines.shape[1])
        for line in staff.lines:
            points = [(c * PIXELS_A_PIXEL, r * PIXELS_A_PIXEL) for r, c in zip(line, cols, strict=True)]
            pen.line(points, fill=STAFF_COLOUR, width=1)
    for system in systems:
        members = [staves[i] for i in system.staves]
        top, bottom = min(s.box.top for s in members), max(s.box.bottom for s in members)
        left = min(s.left for s in members) - _SYSTEM_LEFT
        _vertical(pen, left, top, bottom, STAFF_COLOUR, 5)
        _write(pen, left - 14, top - 14, f"{system.index + 1}", STAFF_COLOUR, _SYSTEM_FONT)
        for run in system.braces:
            top, bottom = staves[run[0]].box.top, staves[run[-1]].box.bottom
            _vertical(pen, left + _SYSTEM_LEFT - _BRACE_LEFT, top, bottom, _COLOUR_OF_KIND["clef"], 4)


def _vertical(pen: ImageDraw, col: float, top: float, bottom: float, colour: Colour, width: int) -> None:
    """Draw a vertical line. Its place is in pixels of the page, its width in pixels of the drawing."""
    pen.line([(col * PIXELS_A_PIXEL, top * PIXELS_A_PIXEL), (col * PIXELS_A_PIXEL, bottom * PIXELS_A_PIXEL)],
             fill=colour, width=width)


def _draw_measures(pen: ImageDraw, score: Score, page: int) -> None:
    """Write the number of every measure at its top left, counted from 1 over the whole score."""
    for count, measure in enumerate(score.parts[0].measures if score.parts else (), 1):
        if measure.page == page and measure.box is not None:
            _write(pen, measure.box.left + 2, measure.box.top - 22, f"m{count}", STAFF_COLOUR, _MEASURE_FONT)


def _draw_doubts(pen: ImageDraw, doubts: Sequence[Doubt]) -> None:
    """Draw a frame around what is doubted, and the reason below. Uncertain symbols get only the frame, which says
    enough."""
    for doubt in doubts:
        if doubt.box is None:
            continue
        pen.rectangle(_corners(doubt.box), outline=DOUBT_COLOUR, width=2)
        if doubt.kind != "confidence":
            _write(pen, doubt.box.left + 2, doubt.box.bottom + 1, doubt.message, DOUBT_COLOUR, _NOTE_FONT)
