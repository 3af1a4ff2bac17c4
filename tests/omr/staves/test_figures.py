"""Figured bass and cipher notation are named and left out; fingerings, tuplets and accidentals of notes stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import omr
from omr.composing import compose
from omr.page.raster import load_page, normalise
from omr.pipeline import read_page
from omr.staves.figures import find_figures
from omr.types import Box, Staff, Stroke, Symbol

PAGES = Path(__file__).parents[2] / "data" / "othernotation"
STAFF = Staff(index=0, system=0, left=50, right=950, lines=np.array([[200.0 + 10 * k] * 9 for k in range(5)]))
BASS = Symbol(900, "fClef", Box(200, 55, 235, 80))
TREBLE = Symbol(901, "gClef", Box(190, 55, 255, 80))


@pytest.fixture(scope="module")
def detector() -> omr.Detector:
    return omr.load_detector()


def digits(*names: str, row: float, start: float = 150, step: float = 60, height: float = 11) -> list[Symbol]:
    """Digits in a row, with ids from their places."""
    return [Symbol(int(row * 1000 + start + i * step), name,
                   Box(row - height / 2, start + i * step, row + height / 2, start + i * step + 8))
            for i, name in enumerate(names)]


STACKED = [*digits("tuplet6", "tuplet7", "fingering4", "timeSig6", row=265),
           *digits("fingering5", "fingering5", "fingering2", row=278)]


def messages(symbols: list[Symbol], strokes: tuple[Stroke, ...] = ()) -> list[str]:
    return [o.reason for o in find_figures([STAFF], symbols, strokes, 1000)]


def test_figures_under_a_bass_are_named() -> None:
    sharp = Symbol(1, "accidentalSharpSmall", Box(258, 500, 272, 508))
    (row,) = find_figures([STAFF], [BASS, *STACKED, sharp], [], 1000)
    assert row.reason == "figured bass is left out" and set(row.symbols) == {sharp.id, *(s.id for s in STACKED)}
    assert row.box.top == 258 and row.box.bottom == pytest.approx(283.5)


def test_a_treble_staff_and_fingers_have_no_figures() -> None:
    assert messages([TREBLE, *STACKED]) == []
    fingers = [*digits("fingering5", "fingering4", "fingering5", row=265),
               *digits("fingering3", "fingering1", "tuplet3", row=278)]
    assert messages([BASS, *fingers]) == []
    assert messages([BASS, *digits("tuplet6", "tuplet6", "tuplet7", "tuplet6", "tuplet9", row=265)]) == []


def test_tuplets_and_accidentals_of_notes_are_no_figures() -> None:
    beams = tuple(Stroke(2000 + i, "beam", ((255, 124 + 60 * i), (255, 184 + 60 * i)), 5.0) for i in range(4))
    assert messages([BASS, *STACKED], beams) == []
    head = Symbol(2, "noteheadBlack", Box(260, 512, 270, 525))
    sharp = Symbol(1, "accidentalSharp", Box(252, 500, 278, 509))
    (row,) = find_figures([STAFF], [BASS, *STACKED, sharp, head], [], 1000)
    assert sharp.id not in row.symbols and head.id not in row.symbols


def test_fingerings_at_a_keyboard_that_look_like_signs_are_no_figures() -> None:
    """Old digits are taken for snap pizzicati, which elsewhere stand for a 6; real sixes are figures there, too."""
    upper = ("pluckedSnapPizzicatoAbove", "fingering4", "pluckedSnapPizzicatoAbove")
    fingers = [*digits(*upper, row=265), *digits("fingering5", "fingering3", "fingering1", row=278)]
    assert [len(o.symbols) for o in find_figures([STAFF], [BASS, *fingers], [], 1000)] == [6]
    assert find_figures([STAFF], [BASS, *fingers], [], 1000, keyboards={0}) == []
    (row,) = find_figures([STAFF], [BASS, *STACKED], [], 1000, keyboards={0})
    assert len(row.symbols) == len(STACKED)


def test_a_flat_beside_a_head_at_its_belly_is_no_figure() -> None:
    head = Symbol(2, "noteheadBlack", Box(265, 512, 275, 525))
    flat = Symbol(1, "accidentalFlat", Box(251, 500, 277, 509))
    (row,) = find_figures([STAFF], [BASS, *STACKED, flat, head], [], 1000)
    assert flat.id not in row.symbols


LINE = ("fingering1", "fingering5", "timeSig6", "tuplet3", "fingering2", "fingering5", "fingering1", "timeSig7",
        "fingering4", "fingering3")


def test_a_line_of_large_digits_is_cipher_notation_and_the_shorter_ones_with_it() -> None:
    dot, dash = Symbol(1, "articStaccato", Box(128, 152, 131, 155)), Symbol(2, "articTenuto", Box(139, 720, 141, 730))
    head = Symbol(3, "noteheadHalf", Box(135, 400, 145, 413))
    line = digits(*LINE, row=140, height=16)
    other = digits(*LINE[:4], row=320, height=16)
    first, second = find_figures([STAFF], [TREBLE, *line, *other, dot, dash, head], [], 1000)
    assert "cipher notation" in first.reason and set(first.symbols) == {s.id for s in line} | {dot.id, dash.id}
    assert set(second.symbols) == {s.id for s in other}


def test_cipher_notation_needs_no_staff() -> None:
    line = digits(*LINE, row=140, height=16)
    (row,) = find_figures([], line, [], 1000)
    assert set(row.symbols) == {s.id for s in line} and find_figures([], line, [], 2000) == []


@pytest.mark.parametrize("symbols", [
    digits(*LINE, row=140, height=11),  # fingerings
    digits(*LINE, row=140, height=16, step=20),  # too short a line
    digits(*(["tuplet3"] * 10), row=140, height=16),
    digits(*LINE[:7], row=140, height=16, step=90),
    digits(*LINE, row=220, height=16),  # inside the staff
])
def test_other_digits_are_none(symbols: list[Symbol]) -> None:
    assert messages([TREBLE, *symbols]) == []


@pytest.mark.parametrize(("page", "reason"), [("figures", "figured bass"), ("cipher", "cipher notation")])
def test_engraved_pages_keep_their_notes(detector: omr.Detector, page: str, reason: str) -> None:
    reading = read_page(normalise(load_page(PAGES / f"{page}.png", 1)), detector)
    score = compose([reading], "")
    notes = [n for p in score.parts for m in p.measures for n in m.notes]
    assert len(notes) == {"figures": 37, "cipher": 32}[page]
    assert all(n.tuplet is None and not any(mark.name == "fingering" for mark in n.marks) for n in notes)
    (doubt,) = [d for d in score.doubts if d.kind == "structure"]
    assert reason in doubt.message


def test_numbers_over_rests_of_several_measures_are_no_cipher_notation() -> None:
    """A part of an orchestra may have a line of them, as long and as even as a line of cipher notation."""
    numbers = digits("timeSig3", "timeSig4", "timeSig8", "timeSig1", "timeSig2", "timeSig7", "timeSig6", "timeSig1",
                     "timeSig5", row=185, start=150, step=90, height=20)
    rests = [Symbol(3000 + i, "restHBar", Box(212, number.box.left - 20, 228, number.box.right + 20))
             for i, number in enumerate(numbers)]
    assert len(messages([TREBLE, *numbers])) == 1
    assert messages([TREBLE, *numbers, *rests]) == []
