"""Pasted symbols bring their labels, cut nothing in two and cover nothing."""

import numpy as np
import pytest

from augment.margins import Crop, cut, fill, paste_rare, rare_grid, rare_names
from omr.types import Box, Stroke, Symbol


def drawn_page():
    """(600, 800) page with one staff; a rare clef, a flat right beside a head, and a fermata alone, as plain blocks."""
    page = np.full((600, 800), 255, np.uint8)
    strokes = []
    for line in range(5):
        page[100 + 20 * line : 102 + 20 * line, 50:750] = 0
        strokes.append(Stroke(10 + line, "staffLine", ((101.0 + 20 * line, 50.0), (101.0 + 20 * line, 750.0)), 2.0))
    symbols = []
    for name, box in [("cClef", (98, 60, 184, 110)), ("accidentalDoubleFlat", (120, 300, 160, 322)),
                      ("noteheadBlack", (130, 326, 150, 352)), ("fermataAbove", (40, 500, 70, 540))]:
        symbols.append(Symbol(len(symbols), name, Box(*map(float, box))))
        page[box[0] : box[2], box[1] : box[3]] = 0
    return page, tuple(symbols), tuple(strokes)


def bank_of(*names):
    bank = {}
    fill(bank, cut(*drawn_page(), 20.0, names))
    return bank


def test_rare_is_what_is_there_and_seldom():
    common = [Symbol(i, "noteheadBlack", Box(0, 0, 1, 1)) for i in range(150)]
    pages = [common, [*common, Symbol(150, "cClef", Box(0, 0, 1, 1))]]
    assert rare_names(pages, 0.01) == {"cClef"}
    assert rare_names([]) == frozenset()


def test_a_crop_holds_its_symbol_and_pieces_of_the_lines_through_it():
    (crop,) = bank_of("cClef")["cClef"]
    (symbol,) = crop.symbols
    box = symbol.box
    assert (crop.pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] == 0).all()
    assert len(crop.strokes) == 5
    for stroke in crop.strokes:
        assert [p[1] for p in stroke.points] == [0, crop.pixels.shape[1]]
        assert (crop.pixels[int(stroke.points[0][0])] == 0).all()


def test_a_crop_grows_until_it_cuts_no_neighbour():
    (crop,) = bank_of("accidentalDoubleFlat")["accidentalDoubleFlat"]
    assert sorted(s.name for s in crop.symbols) == ["accidentalDoubleFlat", "noteheadBlack"]
    for symbol in crop.symbols:
        assert symbol.box.left >= 0 and symbol.box.right <= crop.pixels.shape[1]


def test_what_stands_at_the_edge_or_by_a_beam_or_by_something_unknown_is_not_taken():
    page, symbols, strokes = drawn_page()
    beam = Stroke(20, "beam", ((75.0, 480.0), (75.0, 600.0)), 12.0)
    assert not list(cut(page, symbols, [*strokes, beam], 20.0, {"fermataAbove"}))
    assert not list(cut(page[45:], [Symbol(3, "fermataAbove", Box(0, 500, 25, 540))], (), 20.0, {"fermataAbove"}))
    assert not list(cut(page, symbols, strokes, 20.0, {"fermataAbove"}, [Box(60.0, 530.0, 80.0, 560.0)]))
    assert len(list(cut(page, symbols, strokes, 20.0, {"fermataAbove"}))) == 1


def test_a_stroke_that_comes_back_is_two():
    page = np.full((100, 200), 255, np.uint8)
    page[40:50, 60:140] = 0
    arch = Stroke(1, "slur", ((60.0, 50.0), (46.0, 80.0), (20.0, 100.0), (46.0, 120.0), (60.0, 150.0)), 2.0)
    (crop,) = cut(page, [Symbol(0, "fermataAbove", Box(40, 60, 50, 140))], [arch], 10.0, {"fermataAbove"})
    assert [s.kind for s in crop.strokes] == ["slur", "slur"]
    for stroke in crop.strokes:
        for row, col in stroke.points:
            assert -1e-9 <= row <= crop.pixels.shape[0] + 1e-9 and -1e-9 <= col <= crop.pixels.shape[1] + 1e-9


@pytest.mark.parametrize("space_px", [20.0, 13.0])
def test_pasted_labels_sit_on_pasted_ink_in_blank_places(space_px):
    page, symbols, strokes = drawn_page()
    bank = bank_of("cClef", "accidentalDoubleFlat", "fermataAbove")
    out, new_symbols, new_strokes = paste_rare(page, symbols, strokes, bank, np.random.default_rng(0), space_px)
    assert new_symbols[: len(symbols)] == symbols and new_strokes[: len(strokes)] == strokes
    added = new_symbols[len(symbols) :]
    assert {s.name for s in added} >= {"cClef", "fermataAbove"}
    ids = [s.id for s in (*new_symbols, *new_strokes)]
    assert len(set(ids)) == len(ids)
    for symbol in added:
        b = symbol.box
        inner = slice(round(b.top) + 1, round(b.bottom) - 1), slice(round(b.left) + 1, round(b.right) - 1)
        assert (page[inner] == 255).all() and out[inner].mean() < 12
        assert b.height == pytest.approx({"cClef": 86, "accidentalDoubleFlat": 40, "noteheadBlack": 20,
                                          "fermataAbove": 30}[symbol.name] * space_px / 20, abs=0.7)
    assert (out[page == 0] == 0).all()
    for i, a in enumerate(added):
        assert all(a.box.iou(b.box) == 0 for b in added[i + 1 :])


def test_classes_are_equally_likely_however_many_crops_they_have():
    page = np.full((4000, 3000), 255, np.uint8)
    dot = np.zeros((5, 5), np.uint8)
    bank = {
        name: [Crop(name, dot, (Symbol(0, name, Box(0, 0, 5, 5)),), (), 10.0)] * count
        for name, count in (("segno", 1), ("coda", 20))
    }
    _, symbols, _ = paste_rare(page, (), (), bank, np.random.default_rng(0), 10.0, most=400)
    names = [s.name for s in symbols]
    assert 0.35 < names.count("segno") / len(names) < 0.65


def test_a_full_page_and_an_empty_bank_change_nothing():
    page, symbols, strokes = drawn_page()
    full = np.zeros_like(page)
    rng = np.random.default_rng(0)
    for pixels, bank in ((full, bank_of("cClef")), (page, {}), (page[:20, :20], bank_of("cClef"))):
        out, new_symbols, new_strokes = paste_rare(pixels, symbols, strokes, bank, rng, 20.0)
        assert (out == pixels).all() and new_symbols == symbols and new_strokes == strokes


def test_the_page_given_is_not_written_on():
    page, symbols, strokes = drawn_page()
    before = page.copy()
    paste_rare(page, symbols, strokes, bank_of("cClef"), np.random.default_rng(0), 20.0)
    assert (page == before).all()


@pytest.mark.parametrize("space_px", [20.0, 13.0])
def test_a_grid_is_full_of_rare_symbols_that_do_not_touch(space_px):
    bank = bank_of("cClef", "accidentalDoubleFlat", "fermataAbove")
    out, symbols, strokes = rare_grid(bank, (1000, 800), np.random.default_rng(0), space_px)
    assert out.shape == (1000, 800)
    assert {s.name for s in symbols} == {"cClef", "accidentalDoubleFlat", "noteheadBlack", "fermataAbove"}
    assert len(symbols) > 40
    ids = [s.id for s in (*symbols, *strokes)]
    assert len(set(ids)) == len(ids)
    ink = np.zeros(out.shape, bool)
    for i, symbol in enumerate(symbols):
        b = symbol.box
        inner = slice(round(b.top) + 1, round(b.bottom) - 1), slice(round(b.left) + 1, round(b.right) - 1)
        assert out[inner].mean() < 12
        ink[int(b.top) - 2 : int(b.bottom) + 3, int(b.left) - 2 : int(b.right) + 3] = True
        assert all(b.iou(other.box) == 0 for other in symbols[i + 1 :])
    for stroke in strokes:
        (row, left), (_, right) = stroke.points
        ink[int(row) - 2 : int(row) + 3, int(left) : int(right) + 1] = True
        assert out[int(row), int(left) + 1 : int(right) - 1].mean() < 140
    assert (out[~ink] == 255).all()  # nothing stands there without a label
    # From top to bottom the page is used.
    rows = np.array([s.box.center[0] for s in symbols])
    assert rows.min() < 200 and rows.max() > 800


def test_a_grid_of_nothing_is_blank():
    out, symbols, strokes = rare_grid({}, (50, 40), np.random.default_rng(0), 10.0)
    assert (out == 255).all() and out.shape == (50, 40) and symbols == () and strokes == ()
