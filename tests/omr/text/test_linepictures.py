"""Lines of text as Tesseract gets them."""

from __future__ import annotations

import numpy as np
import pytest

from omr.text import linepictures
from omr.types import Box, Page


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


def _piece_of(spans: list[tuple[int, int, int]]) -> np.ndarray:
    """A picture of letters: the first column of each, one past its last, and its height."""
    piece = np.full((linepictures.LINE_PX, spans[-1][1] + 3), 255, np.uint8)
    for first, end, height in spans:
        piece[40 - height:40, first:end] = 0
    return piece


def _gaps(piece: np.ndarray, notes: list[float]) -> list[int]:
    """The gaps between the letters of a piece as Tesseract gets it. notes: columns of the notes over it."""
    runs = linepictures._runs(piece)
    shown = linepictures._runs(linepictures._spread(piece, runs, linepictures._spacing([runs], []), notes)[0])
    return [right.first - left.end for left, right in zip(shown, shown[1:], strict=False)]


def test_syllables_printed_tight_are_parted_between_their_notes() -> None:
    # "wiemir", as it stood on a page of 200 dpi: the gap between both words is hardly wider than those between letters.
    tight = _piece_of([(2, 31, 19), (33, 42, 26), (45, 62, 19), (66, 97, 19), (100, 109, 27), (111, 127, 20)])
    apart = linepictures.WORDS_APART_PX
    assert _gaps(tight, [32, 97]) == [2, 3, apart, 3, 2]
    # Without notes, or with both on one side of it, or a note of another syllable, nothing tells so.
    for notes in ([], [32.0], [90.0, 120.0], [32.0, 140.0]):
        assert _gaps(tight, notes) == [2, 3, 4, 3, 2]


def test_a_word_that_is_held_over_two_notes_is_not_torn() -> None:
    # "meet", which begins under the first: what comes after its widest gap is too far from the second.
    held = _piece_of([(3, 30, 17), (33, 46, 17), (47, 62, 17), (63, 73, 22)])
    assert _gaps(held, [14, 62]) == [3, 1, 1]
    assert _gaps(held, [14, 54])[0] == linepictures.WORDS_APART_PX


def test_blocks_under_notes_of_their_own_stay_apart() -> None:
    # "wenn" and "er", nearer to each other than words are, and farther than letters.
    page = Page(np.full((80, 200), 255, np.uint8), 0, 300, "", np.eye(2, 3))
    for left in (20, 30, 40, 54, 64, 120, 150):
        page.pixels[30:50, left:left + 8] = 0
    row = [Box(28.5, left, 51.5, right) for left, right in ((18.5, 49.5), (52.5, 73.5), (118.5, 129.5), (148.5, 159.5))]
    mask = np.ones(page.pixels.shape, np.uint8)

    def width(*notes: float) -> int:
        return linepictures.picture_of(page.pixels, page, mask, row, None, notes).picture.shape[1]

    assert width(34, 63, 124, 154) > width() + 10
    assert width(34, 124, 154) == width(63, 124, 154) == width()
    assert width(44, 56, 119, 149) == width()  # no line of syllables: they are not centred under notes


def test_a_hyphen_between_two_notes_stands_apart() -> None:
    # "Kräu-ter": Tesseract would read one word, without the hyphen.
    hyphened = _piece_of([(3, 21, 26), (24, 42, 19), (45, 62, 19), (64, 72, 3), (74, 86, 24), (88, 105, 19)])
    apart = linepictures.WORDS_APART_PX
    assert _gaps(hyphened, [30, 90]) == [3, 3, apart, apart, 2]
    assert _gaps(hyphened, [30]) == [3, 3, 2, 2, 2]


def test_a_torn_word_is_one_again_and_capitals_spaced_out_move_together() -> None:
    # The letters of SONATE in a sonata by Beethoven: wide capitals a quarter of their height apart, No. 4 after them.
    letters = [[linepictures._Run(0, 34, 36)] for _ in range(7)]
    spacing = linepictures._spacing(letters, [9.0, 8.0, 9.0, 10.0, 9.0, 30.0])
    assert spacing.excess == 6 and 10 < spacing.words < 30
    # "Prest" and "o": no wider apart than letters of that line are.
    torn = [[linepictures._Run(i * 24, i * 24 + 20, 26) for i in range(5)], [linepictures._Run(0, 20, 26)]]
    spacing = linepictures._spacing(torn, [4.0])
    assert spacing.syllables == spacing.words == 8 and spacing.tight < 6 and not spacing.excess
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
