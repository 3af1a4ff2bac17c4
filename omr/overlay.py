"""Pages with what was read drawn on them, for eyes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from omr.types import Box, Doubt, NotationGraph, Note, Score, Staff, Stroke, Symbol, System

STROKE_COLOURS = {
    "staffLine": (200, 190, 60), "ledgerLine": (170, 110, 30), "stem": (0, 150, 0), "beam": (220, 0, 220),
    "barline": (0, 170, 190), "slur": (255, 130, 0), "tie": (130, 0, 150), "hairpin": (230, 60, 60),
    "bracket": (60, 60, 230), "text": (120, 200, 120),
}
STAFF_COLOUR, NOTE_COLOUR, DOUBT_COLOUR = (90, 150, 255), (0, 0, 160), (230, 0, 0)
SCALE = 2.0
_FAMILIES = (
    ("notehead", (220, 0, 0)), ("rest", (0, 90, 220)), ("flag", (200, 0, 160)), ("accidental", (0, 120, 60)),
    ("Dot", (240, 120, 0)), ("Clef", (110, 60, 200)),
)
_ALTER: dict[float, str] = {-2: "bb", -1.5: "d+b", -1: "b", -0.5: "d", 0: "", 0.5: "+", 1: "#", 1.5: "#+", 2: "x"}


def symbol_colour(name: str) -> tuple[int, int, int]:
    """One colour a family of symbols."""
    return next((colour for part, colour in _FAMILIES if part in name), (40, 90, 160))


def draw_labels(image: Any, symbols: Iterable[Symbol], strokes: Iterable[Stroke], scale: float = 1.0) -> Any:
    """A copy of a PIL image, enlarged by `scale`, with strokes as lines and symbols as boxes (RGB)."""
    from PIL import ImageDraw

    image = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line([(c * scale, r * scale) for r, c in stroke.points], fill=STROKE_COLOURS[stroke.kind], width=2)
    for symbol in symbols:
        pen.rectangle(_corners(symbol.box, scale), outline=symbol_colour(symbol.name))
    return image


def draw_reading(pixels: np.ndarray, graph: NotationGraph, score: Score) -> Any:
    """A PIL image (RGB, twice the page's size) of a normalised page with all that was read of it.

    Staves and systems in blue, strokes and symbols in the colours of their kind, notes with their names and lengths in
    quarters, rests, clefs and the like with their class, noteheads that became no note as unused, doubts framed in red.
    """
    from PIL import Image, ImageDraw

    # Pale ink, so that what is drawn over it stands out.
    pale = Image.fromarray((255 - (255 - pixels.astype(np.float32)) * 0.55).astype(np.uint8))
    image = draw_labels(pale, graph.symbols, graph.strokes, SCALE)
    pen = ImageDraw.Draw(image)
    _draw_staves(pen, graph.staves, graph.systems)
    boxes = {s.id: s for s in graph.symbols}
    notes = [
        n for part in score.parts for m in part.measures if m.page == graph.page for n in m.notes if n.symbol_ids
    ]
    named: set[int] = set()
    for note in notes:
        named.update(note.symbol_ids)
        head = next((boxes[i] for i in note.symbol_ids if i in boxes and "notehead" in boxes[i].name), None)
        if head is not None:
            _write(pen, head.box.right, head.box.center[0] - 4, note_label(note), NOTE_COLOUR, 15)
    for symbol in graph.symbols:
        if symbol.name.startswith("notehead"):
            if symbol.id not in named:
                _write(pen, symbol.box.left, symbol.box.top - 5, "unused", DOUBT_COLOUR, 11)
        elif not symbol.name.startswith(("flag", "accidental", "augmentationDot")):  # their colour says it
            _write(pen, symbol.box.left, symbol.box.top - 5, symbol.name, symbol_colour(symbol.name), 11)
    _draw_measures(pen, score, graph.page)
    _draw_doubts(pen, [d for d in score.doubts if d.page == graph.page])
    return image


def note_label(note: Note) -> str:
    """A note's name and length in quarters: `F#4 1/2`; grace notes have no length."""
    name = f"{note.pitch.step}{_ALTER.get(note.pitch.alter, '?')}{note.pitch.octave}"
    return name if note.grace else f"{name} {_length(note.duration_quarter)}"


def _length(quarters: Fraction) -> str:
    return str(quarters.numerator) if quarters.denominator == 1 else f"{quarters.numerator}/{quarters.denominator}"


def _corners(box: Box, scale: float = SCALE) -> list[float]:
    return [box.left * scale, box.top * scale, box.right * scale, box.bottom * scale]


def _write(pen: Any, col: float, row: float, text: str, colour: tuple[int, int, int], size: int) -> None:
    from PIL import ImageFont

    pen.text((col * SCALE + 1, row * SCALE), text, fill=colour, font=ImageFont.load_default(size))


def _draw_staves(pen: Any, staves: Sequence[Staff], systems: Sequence[System]) -> None:
    for staff in staves:
        cols = np.linspace(staff.left, staff.right, staff.lines.shape[1])
        for line in staff.lines:
            pen.line([(c * SCALE, r * SCALE) for r, c in zip(line, cols, strict=True)], fill=STAFF_COLOUR, width=1)
    for system in systems:
        members = [staves[i] for i in system.staves]
        top, bottom = min(s.box.top for s in members), max(s.box.bottom for s in members)
        left = min(s.left for s in members) - 12
        pen.line([(left * SCALE, top * SCALE), (left * SCALE, bottom * SCALE)], fill=STAFF_COLOUR, width=5)
        _write(pen, left - 14, top - 14, f"{system.index + 1}", STAFF_COLOUR, 22)
        for run in system.braces:
            top, bottom = staves[run[0]].box.top, staves[run[-1]].box.bottom
            pen.line([((left - 6) * SCALE, top * SCALE), ((left - 6) * SCALE, bottom * SCALE)],
                     fill=symbol_colour("gClef"), width=4)


def _draw_measures(pen: Any, score: Score, page: int) -> None:
    for count, measure in enumerate(score.parts[0].measures if score.parts else (), 1):
        if measure.page == page and measure.box is not None:
            _write(pen, measure.box.left + 2, measure.box.top - 22, f"m{count}", STAFF_COLOUR, 18)


def _draw_doubts(pen: Any, doubts: Sequence[Doubt]) -> None:
    for doubt in doubts:
        if doubt.box is None:
            continue
        pen.rectangle(_corners(doubt.box), outline=DOUBT_COLOUR, width=2)
        if doubt.kind != "confidence":
            _write(pen, doubt.box.left + 2, doubt.box.bottom + 1, doubt.message, DOUBT_COLOUR, 15)
