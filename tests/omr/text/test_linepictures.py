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
    wide, order = linepictures._spread(piece, runs, linepictures._Spacing(syllables=3.0, words=3.0))
    assert wide.shape[1] == 60 + linepictures.WIDER_PX  # the gap of ten, not that of two, nor that before the full stop
    assert (np.diff(order) >= 0).all()
    shown_once = np.flatnonzero(np.diff(order, prepend=-1))
    assert (wide[:, shown_once] == piece).all()
    assert (np.delete(wide, shown_once, axis=1) == 255).all()


@pytest.mark.parametrize("letters_px", [2, 4])
def test_gaps_between_syllables_are_wider_than_those_between_letters(letters_px: int) -> None:
    letters = [linepictures._Run(i * (10 + letters_px), i * (10 + letters_px) + 10, 24) for i in range(6)]
    assert letters_px < linepictures._spacing([letters], []).syllables <= 2 * letters_px + 2


def test_a_torn_word_is_one_again_and_capitals_spaced_out_move_together() -> None:
    # The letters of SONATE in a sonata by Beethoven: wide capitals a quarter of their height apart, No. 4 after them.
    letters = [[linepictures._Run(0, 34, 36)] for _ in range(7)]
    spacing = linepictures._spacing(letters, [9.0, 8.0, 9.0, 10.0, 9.0, 30.0])
    assert spacing.excess == 6 and 10 < spacing.words < 30
    # "Prest" and "o": no wider apart than letters of that line are.
    torn = [[linepictures._Run(i * 24, i * 24 + 20, 26) for i in range(5)], [linepictures._Run(0, 20, 26)]]
    assert linepictures._spacing(torn, [4.0]) == linepictures._Spacing(8.0, 8.0)
    # Syllables whose letters touch, close to each other: every block is one.
    blurred = [[linepictures._Run(0, 40, 28)] for _ in range(5)]
    assert linepictures._spacing(blurred, [6.0, 7.0, 6.0, 30.0]).words == 0


def test_what_moves_together_keeps_its_ink() -> None:
    piece = np.full((linepictures.LINE_PX, 100), 255, np.uint8)
    for left in (0, 30, 60, 90):
        piece[10:46, left:left + 10] = 0
    runs = linepictures._runs(piece)
    closer, order = linepictures._spread(piece, runs, linepictures._Spacing(np.inf, np.inf, excess=15))
    assert closer.shape[1] == 100 - 3 * 15 and (closer == 0).any(axis=0).sum() == 40
    assert (piece[:, order] == closer).all()


@pytest.mark.parametrize("grain", [0, 8, 16])
def test_the_grain_of_a_photograph_is_shown_white_and_letters_stay(grain: int) -> None:
    paper = np.random.default_rng(3).normal(170, grain, (linepictures.LINE_PX, 120)) if grain else np.full(
        (linepictures.LINE_PX, 120), 170.0)
    ink = np.zeros(paper.shape, bool)
    ink[12:40, 20:26] = ink[12:40, 50:56] = ink[20:26, 70:100] = True
    piece = np.clip(np.where(ink, paper - 120, paper), 0, 255).astype(np.uint8)
    shown = linepictures.evened(piece, np.ones(piece.shape, bool), without_grain=True)
    assert (shown[~ink] > linepictures.BLANK_LEVEL).mean() > 0.99
    assert (shown[~ink] == 255).mean() > 0.9
    assert (shown[ink] < linepictures.BLANK_LEVEL).mean() > 0.95
