"""What was read, drawn on the page."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from omr.composing import compose
from omr.overlay import DOUBT_COLOUR, STAFF_COLOUR, draw_labels, draw_reading, note_label, symbol_colour
from omr.pipeline import read_page
from omr.types import Box, Note, Pitch


def _near(image: np.ndarray, box: Box, colour: tuple[int, int, int], scale: float = 2.0) -> bool:
    region = image[int((box.top - 3) * scale) : int((box.bottom + 3) * scale),
                   int((box.left - 3) * scale) : int((box.right + 3) * scale)]
    return bool((region == colour).all(axis=-1).any())


def test_symbols_staves_and_doubts_are_drawn_where_they_are(hand_made: Any, hand_made_empty: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None
    image = np.asarray(draw_reading(hand_made.page.pixels, reading.graph, compose([reading], "")))
    assert image.shape == (960, 1280, 3)
    for symbol in hand_made.symbols:
        assert _near(image, symbol.box, symbol_colour(symbol.name))
    assert (image[600:690] == STAFF_COLOUR).all(axis=-1).any()
    assert not (image == DOUBT_COLOUR).all(axis=-1).any()

    doubtful = read_page(hand_made_empty.page, hand_made_empty)
    assert doubtful.graph is not None
    image = np.asarray(draw_reading(hand_made.page.pixels, doubtful.graph, compose([doubtful], "")))
    boxes = [d.box for d in doubtful.doubts if d.box is not None]
    assert len(boxes) == 2 and all(_near(image, box, DOUBT_COLOUR) for box in boxes)


def test_note_labels() -> None:
    note = Note(onset_quarter=Fraction(0), duration_quarter=Fraction(3, 2), voice=1, staff=1, pitch=Pitch("F", 4, 1),
                type="quarter", dots=1)
    assert note_label(note) == "F#4 3/2"
    assert note_label(Note(onset_quarter=Fraction(0), duration_quarter=Fraction(0), voice=1, staff=1,
                           pitch=Pitch("B", 3, -1), type="eighth", grace=True)) == "Bb3"


def test_labels_of_any_picture(hand_made: Any) -> None:
    from PIL import Image

    drawn = draw_labels(Image.fromarray(hand_made.page.pixels), hand_made.symbols, hand_made.strokes, scale=1.5)
    assert drawn.size == (960, 720) and drawn.mode == "RGB"
