"""Staves of one, three and six lines, on pages drawn by hand: staff space 10 px, a system's edge at column 60."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

import omr
from omr.composing import compose
from omr.export import musicxml
from omr.music.compose import read_score
from omr.notation.assembly import assemble
from omr.page.raster import load_page, normalise
from omr.pipeline import read_page
from omr.staves.fewlines import hazy, measured_by_tablature, settle_lines
from omr.staves.systems import group_systems
from omr.types import Box, Staff, Stroke, Symbol

LEFT, RIGHT = 60, 700


def staff(index: int, top: float, space: float = 10.0) -> Staff:
    return Staff(index=index, system=0, left=LEFT, right=RIGHT,
                 lines=top + space * np.array([[k] * 9 for k in range(5)]))


def drawn(*lines: float, edge: tuple[int, int] | None = None, bend: float = 0.0) -> np.ndarray:
    """A page with thin grey lines at these rows, bent by so many pixels, and the system's edge between two rows."""
    page = np.full((500, 800), 255, np.uint8)
    cols = np.arange(LEFT, RIGHT)
    sag = bend * np.sin((cols - LEFT) / (RIGHT - LEFT) * np.pi)
    for row in lines:
        page[np.rint(row + sag).astype(int), cols] = 150
    if edge is not None:
        page[edge[0]:edge[1] + 1, LEFT:LEFT + 2] = 0
    return page


FIVE = tuple(100.0 + 10 * k for k in range(5))


@pytest.mark.parametrize("bend", [0.0, 6.0])
def test_a_single_line_that_the_edge_joins_is_a_staff(bend: float) -> None:
    above = staff(0, 100)
    course = bend * np.sin(np.linspace(0, np.pi, 9))
    above = Staff(index=0, system=0, left=LEFT, right=RIGHT, lines=above.lines + course)
    found, left_out = settle_lines(drawn(*FIVE, 220, edge=(100, 220), bend=bend), [above], ())
    assert [(s.index, s.line_count) for s in found] == [(0, 5), (1, 1)] and left_out == []
    assert found[1].row(0, LEFT) == pytest.approx(220, abs=1.5)
    assert found[1].row(0, 380) == pytest.approx(220 + bend, abs=1.5) and found[1].space_px == pytest.approx(10)


def test_a_line_above_is_a_staff_too() -> None:
    found, _ = settle_lines(drawn(60, *FIVE, edge=(60, 140)), [staff(0, 100)], ())
    assert [s.line_count for s in found] == [1, 5]


def test_a_rule_under_the_music_is_no_staff() -> None:
    assert len(settle_lines(drawn(*FIVE, 220, edge=(100, 140)), [staff(0, 100)], ())[0]) == 1


def test_three_lines() -> None:
    found, _ = settle_lines(drawn(*FIVE, 220, 230, 240, edge=(100, 240)), [staff(0, 100)], ())
    assert [s.line_count for s in found] == [5, 3]
    assert [round(float(r)) for r in found[1].lines[:, 0]] == [210, 220, 230, 240, 250]


def test_two_lines_are_left_out_with_a_doubt() -> None:
    found, left_out = settle_lines(drawn(*FIVE, 220, 235, edge=(100, 235)), [staff(0, 100)], ())
    assert len(found) == 1 and [o.reason for o in left_out] == ["a staff of 2 lines is left out"]


def test_a_staff_seen_in_the_haze_of_a_single_line_becomes_that_line() -> None:
    found, _ = settle_lines(drawn(*FIVE, 220, edge=(100, 220)), [staff(0, 100), staff(1, 200)], {1})
    assert [(s.line_count, round(s.row(0, LEFT))) for s in found] == [(5, 120), (1, 220)]


def test_a_faint_staff_stays() -> None:
    """Lines of which little shows on a poor scan."""
    page = drawn(*FIVE)
    page[:, 200:600] = 255
    assert len(settle_lines(page, [staff(0, 100)], {0})[0]) == 1
    one_shows = drawn(120)
    assert len(settle_lines(one_shows, [staff(0, 100)], ())[0]) == 1  # the network is sure of it


G_CLEF = Symbol(0, "gClef", Box(85, LEFT + 5, 155, LEFT + 30))
F_CLEF = Symbol(0, "fClef", Box(99, LEFT + 5, 132, LEFT + 30))


@pytest.mark.parametrize("clef", [G_CLEF, F_CLEF])
@pytest.mark.parametrize("lost", [(0, 2), (3, 4), (1, 3), (0, 4)])
def test_a_staff_with_a_clef_has_five_lines_though_two_are_lost(clef: Symbol, lost: tuple[int, int]) -> None:
    page = drawn(*(row for k, row in enumerate(FIVE) if k not in lost))
    (found,), left_out = settle_lines(page, [staff(0, 100)], {0}, [clef])
    assert (found.line_count, found.lines[0, 0], left_out) == (5, 100, [])
    assert settle_lines(page, [staff(0, 100)], {0})[0] == []


@pytest.mark.parametrize("clef", [G_CLEF, F_CLEF])
@pytest.mark.parametrize(("lost", "traced"), [((0,), 110), ((4,), 90), ((0, 1), 120), ((0, 2), 110)])
def test_the_clef_tells_which_lines_are_lost(clef: Symbol, lost: tuple[int, ...], traced: float) -> None:
    """Traced one or two lines off, as staves are whose outer lines are missing."""
    page = drawn(*(row for k, row in enumerate(FIVE) if k not in lost))
    (found,), _ = settle_lines(page, [staff(0, traced)], (), [clef])
    assert found.lines[:, 0].tolist() == list(FIVE)


def test_ledger_lines_in_place_of_a_lost_line_do_not_hide_it() -> None:
    page = drawn(*FIVE[1:])
    page[150, LEFT:LEFT + 200] = 150  # below the staff, where it was traced
    (found,), _ = settle_lines(page, [staff(0, 110)], (), [G_CLEF])
    assert found.lines[:, 0].tolist() == list(FIVE)


def test_a_staff_whose_lines_hardly_show_is_not_moved() -> None:
    page = drawn(*FIVE)
    page[:, 150:] = 255
    (found,), _ = settle_lines(page, [staff(0, 110)], (), [G_CLEF])
    assert found.lines[0, 0] == 110


def test_a_clef_on_another_line_moves_no_staff() -> None:
    french = Symbol(0, "gClef", Box(95, LEFT + 5, 165, LEFT + 30))
    (found,), _ = settle_lines(drawn(*FIVE), [staff(0, 100)], (), [french])
    assert found.lines[0, 0] == 100


def test_the_network_doubts_a_staff_of_which_it_hardly_sees_a_line() -> None:
    staff_map = np.zeros((250, 400), np.float32)
    for k in range(5):
        staff_map[50 + 5 * k, 30:350] = 0.7
        staff_map[100 + 5 * k, 30:350] = 0.7 if k == 2 else 0.3
    assert hazy(staff_map, 2, [staff(0, 100), staff(1, 200)]) == {1}


def test_six_lines_are_tablature() -> None:
    small = staff(0, 100, 6.6)
    six = [300.0 + 10 * k for k in range(6)]
    found, left_out = settle_lines(drawn(*[100 + 6.6 * k for k in range(5)], *six), [small, staff(1, 300)], ())
    assert [s.box.top for s in found] == [100] and "tablature" in left_out[0].reason
    assert measured_by_tablature(found, left_out)
    assert not measured_by_tablature([staff(0, 100)], left_out) and not measured_by_tablature([small], [])


@pytest.mark.parametrize(("clefs", "spacing", "tops"), [
    ((Symbol(0, "gClef", Box(284, 66, 352, 90), 1.0),), 10, [100, 300]), ((), 10, [100]),
    ((Symbol(0, "gClef", Box(280, 66, 382, 90), 1.0),), 15, [100])], ids=["clef", "no clef", "wide"])
def test_beams_along_a_staff_with_a_clef_make_no_tablature_of_it(
    clefs: tuple[Symbol, ...], spacing: int, tops: list[float],
) -> None:
    """Beethoven, op. 109, third movement, measures 168 to 183: beams of 64th notes, or the wavy line of a trill, run
    one space from the staff. Lines of tablature are wider apart than those of the staff beside it."""
    lines = [100 + 10.0 * k for k in range(5)], [300 + float(spacing) * k for k in range(6)]
    staves = [staff(0, 100), staff(1, 300, spacing)]
    found, left_out = settle_lines(drawn(*lines[0], *lines[1]), staves, (), clefs)
    assert [s.box.top for s in found] == tops and len(left_out) == 2 - len(tops)


def test_notes_on_one_line_have_a_place_and_no_pitch() -> None:
    """A flute over a drum: four quarters each; the drum's first is a space above its line."""
    staves, _ = settle_lines(drawn(*FIVE, 220, edge=(100, 220)), [staff(0, 100)], ())
    symbols = [Symbol(0, "gClef", Box(90, 66, 150, 90))]
    strokes = [Stroke(100, "barline", ((100.0, 60.0), (220.0, 60.0)), 2)]
    for row in (115, 220):
        for i, col in enumerate((200, 300, 400, 500)):
            at = row - 10 if (row, i) == (220, 0) else row
            symbols.append(Symbol(len(symbols), "noteheadBlack", Box(at - 5, col - 6, at + 5, col + 6)))
            strokes.append(Stroke(100 + len(strokes), "stem", ((at - 35.0, col + 6.0), (at - 1.0, col + 6.0)), 1.5))
    strokes.append(Stroke(100 + len(strokes), "barline", ((100.0, 698.0), (140.0, 698.0)), 2))
    strokes.append(Stroke(100 + len(strokes), "barline", ((210.0, 698.0), (230.0, 698.0)), 2))
    found, systems = group_systems(staves, strokes, symbols)
    score = read_score([assemble(0, found, systems, symbols, strokes)], "hand-made")
    assert [(p.staves, p.lines) for p in score.parts] == [(1, ()), (1, (1,))]
    root = etree.fromstring(musicxml.to_bytes(score))
    drum = root.findall("part")[1]
    assert drum.findtext("measure/attributes/clef/sign") == "percussion"
    assert drum.findtext("measure/attributes/staff-details/staff-lines") == "1"
    places = [u.findtext("display-step") + u.findtext("display-octave") for u in drum.iter("unpitched")]
    assert places == ["G4", "E4", "E4", "E4"] and drum.find(".//pitch") is None
    assert root.find("part-list")[1].findtext("midi-instrument/midi-channel") == "10"
    assert [n.duration_quarter for n in score.parts[1].measures[0].notes] == [Fraction(1)] * 4


@pytest.mark.parametrize(("clefs", "pitched"), [
    (("gClef", "unpitchedPercussionClef1"), True), (("unpitchedPercussionClef1", "unpitchedPercussionClef1"), False),
])
def test_a_percussion_clef_on_five_lines_is_believed_where_most_systems_have_it(
    clefs: tuple[str, str], pitched: bool
) -> None:
    symbols, strokes = [], []
    for i, clef in enumerate(clefs):
        symbols.append(Symbol(len(symbols), clef, Box(95 + 200 * i, 66, 145 + 200 * i, 84)))
        symbols.append(Symbol(len(symbols), "noteheadWhole", Box(115 + 200 * i, 300, 125 + 200 * i, 316)))
        strokes.append(Stroke(100 + i, "barline", ((100.0 + 200 * i, 698.0), (140.0 + 200 * i, 698.0)), 2))
    found, systems = group_systems([staff(0, 100), staff(1, 300)], strokes, symbols)
    score = read_score([assemble(0, found, systems, symbols, strokes)], "hand-made")
    root = etree.fromstring(musicxml.to_bytes(score))
    assert len(root.findall(".//pitch")) == (2 if pitched else 0)
    assert len(root.findall(".//unpitched")) == (0 if pitched else 2)


def _with_digits(page: np.ndarray, row: int, share: float) -> np.ndarray:
    """The page with gaps in a line, as digits with paper around them make them."""
    page = page.copy()
    for col in range(LEFT, RIGHT, 40):
        page[row, col : col + int(40 * share)] = 255
    return page


FOUR = tuple(220.0 + 15 * k for k in range(4))


def test_four_lines_wide_apart_are_tablature() -> None:
    traced = staff(1, 219, 14.0)  # as the network sees them: five
    found, (left_out,) = settle_lines(_with_digits(drawn(*FIVE, *FOUR), 220, 0.4), [staff(0, 100), traced], ())
    assert [s.index for s in found] == [0] and left_out.lines == 4
    assert (left_out.box.left, left_out.box.right) == (LEFT, RIGHT)
    five = tuple(220.0 + 14 * k for k in range(5))
    assert len(settle_lines(drawn(*FIVE, *five), [staff(0, 100), staff(1, 220, 14.0)], ())[0]) == 2
    lost = tuple(220.0 + 10 * k for k in range(4))  # a staff as wide as the others, of which a line is lost
    assert len(settle_lines(drawn(*FIVE, *lost), [staff(0, 100), staff(1, 220)], ())[0]) == 2


def test_a_line_half_hidden_by_digits_makes_tablature_of_three() -> None:
    page = _with_digits(drawn(*FIVE, *FOUR, edge=(100, 265)), 220, 0.4)
    found, (left_out,) = settle_lines(page, [staff(0, 100)], ())
    assert len(found) == 1 and left_out.lines == 4
    assert (left_out.box.top, left_out.box.bottom) == (pytest.approx(220, abs=2), pytest.approx(265, abs=2))
    found, left = settle_lines(_with_digits(drawn(*FIVE, *FOUR, edge=(100, 265)), 220, 0.8), [staff(0, 100)], ())
    assert [s.line_count for s in found] == [5, 3] and left == []


def test_tablature_of_a_bass_guitar_is_left_out_with_all_its_digits() -> None:
    page = Path(__file__).parents[2] / "data" / "othernotation" / "tablature.png"
    reading = read_page(normalise(load_page(page, 1)), omr.load_detector())
    assert reading.graph is not None and [s.line_count for s in reading.graph.staves] == [5, 5]
    score = compose([reading], "")
    measures = [m for p in score.parts for m in p.measures]
    assert len(measures) == 16 and not any(n.tuplet for m in measures for n in m.notes)
    messages = [d.message for d in score.doubts if d.kind == "structure" and not d.message.startswith("seen")]
    assert messages == ["a staff of 4 lines is left out"] * 2


def test_a_long_flat_slur_is_no_staff() -> None:
    # As over eight bars of Mozart's sonata K. 310, second movement: it begins after the clef.
    page = drawn(*FIVE, *(row + 130 for row in FIVE), edge=(100, 270))
    rising = np.arange(LEFT + 60, LEFT + 140)
    page[195 + (LEFT + 140 - rising) // 4, rising] = 150
    page[195, LEFT + 140:RIGHT] = 150
    found, left_out = settle_lines(page, [staff(0, 100), staff(1, 230)], ())
    assert [s.line_count for s in found] == [5, 5] and left_out == []
