"""Lines of text as Tesseract gets them."""

from __future__ import annotations

import numpy as np
import pytest

from omr.text import linepictures


def test_a_spread_piece_keeps_its_columns() -> None:
    piece = np.full((linepictures.LINE_PX, 60), 255, np.uint8)
    piece[10:40, 5:20] = piece[10:40, 22:30] = piece[10:40, 40:55] = 0
    piece[10:40, 55] = 200  # the gray edge of a letter
    piece[36:40, 58:60] = 0  # a full stop, that must not leave its word
    runs = linepictures._runs(piece)
    wide, order = linepictures._spread(piece, runs, least=3.0)
    assert wide.shape[1] == 60 + linepictures.WIDER_PX  # the gap of ten, not that of two, nor that before the full stop
    assert (np.diff(order) >= 0).all()
    shown_once = np.flatnonzero(np.diff(order, prepend=-1))
    assert (wide[:, shown_once] == piece).all()
    assert (np.delete(wide, shown_once, axis=1) == 255).all()


@pytest.mark.parametrize("letters_px", [2, 4])
def test_gaps_between_syllables_are_wider_than_those_between_letters(letters_px: int) -> None:
    letters = [linepictures._Run(i * (10 + letters_px), i * (10 + letters_px) + 10, 24) for i in range(6)]
    assert letters_px < linepictures._least_gap([letters]) <= 2 * letters_px + 2
