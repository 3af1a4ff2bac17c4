"""Pages with what was read drawn on them, for eyes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omr.types import Stroke, Symbol

STROKE_COLOURS = {
    "staffLine": (200, 190, 60), "ledgerLine": (170, 110, 30), "stem": (0, 150, 0), "beam": (220, 0, 220),
    "barline": (0, 170, 190), "slur": (255, 130, 0), "tie": (130, 0, 150), "hairpin": (230, 60, 60),
    "bracket": (60, 60, 230), "text": (120, 200, 120),
}


def symbol_colour(name: str) -> tuple[int, int, int]:
    """One colour a family of symbols."""
    for part, colour in (("notehead", (220, 0, 0)), ("rest", (0, 90, 220)), ("flag", (200, 0, 160)),
                         ("accidental", (0, 120, 60)), ("Dot", (240, 120, 0)), ("Clef", (110, 60, 200))):
        if part in name:
            return colour
    return (40, 90, 160)


def draw_labels(image: Any, symbols: Iterable[Symbol], strokes: Iterable[Stroke], scale: float = 1.0) -> Any:
    """A copy of a PIL image, enlarged by `scale`, with strokes as lines and symbols as boxes (RGB)."""
    from PIL import ImageDraw

    image = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line([(c * scale, r * scale) for r, c in stroke.points], fill=STROKE_COLOURS[stroke.kind], width=2)
    for symbol in symbols:
        b = symbol.box
        pen.rectangle([b.left * scale, b.top * scale, b.right * scale, b.bottom * scale],
                      outline=symbol_colour(symbol.name))
    return image
