"""What a page of a PDF draws: places and shapes as written, whatever the page claims; hostile pages end quietly."""

from __future__ import annotations

from pathlib import Path as File

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.page import content
from omr.page.pdf import vector_page
from omr.page.vectors import Glyph, Image, Path, VectorPage, pack, unpack
from tests.omr.page import rawpdf

numbers = st.floats(-5000, 5000, allow_nan=False)
points = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=6).map(np.array)
subpaths = st.lists(st.tuples(st.sampled_from(["l", "c", "lh"]), points), min_size=1, max_size=3).map(tuple)
paths = st.builds(Path, subpaths,
                  st.none() | st.floats(0, 1), st.none() | st.floats(0, 1), st.floats(0, 50).map(lambda w: round(w, 4)),
                  st.booleans())
glyphs = st.builds(Glyph, st.integers(0, 3), st.just(-1) | st.just(0), st.text(max_size=2),
                   st.tuples(*[numbers.map(lambda v: round(v, 5))] * 6), st.floats(0, 2).map(lambda w: round(w, 4)),
                   st.none() | st.floats(0, 1), st.integers(0, 9), st.integers(0, 9))
images = st.builds(Image, st.tuples(*[numbers] * 4))


def read(data: bytes, folder: File) -> VectorPage | None:
    path = folder / "page.pdf"
    path.write_bytes(data)
    return vector_page(path, 1)


def drawn(operators: bytes, folder: File, **more: object) -> VectorPage:
    page = read(rawpdf.one_page(operators, **more), folder)  # type: ignore[arg-type]
    assert page is not None
    return page


@given(st.lists(paths | glyphs | images, max_size=5))
def test_unpacking_undoes_packing(marks: list[Path | Glyph | Image]) -> None:
    outline = [np.array([(0.0, 0.0), (0.5, 0.25), (0.1, -0.3)])]
    page = VectorPage(width_pt=595.0, height_pt=842.0, marks=tuple(marks), outlines=(outline,), fonts=("Leland",))
    again = unpack(pack(page))
    assert pack(again) == pack(page)
    for mark, same in zip(page.marks, again.marks, strict=True):
        assert type(mark) is type(same)
        if isinstance(mark, Path) and isinstance(same, Path):
            for (operators, given_points), (also, found) in zip(mark.subpaths, same.subpaths, strict=True):
                assert operators == also
                np.testing.assert_allclose(found, given_points, atol=6e-4)


CORNERS = {  # of a rectangle 20 wide and 10 high whose lower left corner is at (100, 200) of a page of 595 x 842
    0: (100, 632, 120, 642), 90: (200, 100, 210, 120), 180: (475, 200, 495, 210), 270: (632, 475, 642, 495)}


@pytest.mark.parametrize("turn", CORNERS)
def test_a_mark_stands_where_the_page_shows_it(turn: int, tmp_path: File) -> None:
    page = drawn(b"100 200 20 10 re f", tmp_path, entries=b"/Rotate %d" % turn)
    (path,) = page.paths
    ((_, corners),) = path.subpaths
    assert (page.width_pt, page.height_pt) == ((595, 842) if turn % 180 == 0 else (842, 595))
    assert (*corners.min(axis=0), *corners.max(axis=0)) == pytest.approx(CORNERS[turn])


def test_forms_move_and_scale_what_they_draw(tmp_path: File) -> None:
    form = rawpdf.stream(b"/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Matrix [2 0 0 2 10 0]", b"0 0 5 5 re f")
    page = read(rawpdf.one_page(b"q 1 0 0 1 50 60 cm /F Do Q", form, resources=b"/XObject << /F 5 0 R >>"), tmp_path)
    assert page is not None
    ((_, corners),) = page.paths[0].subpaths
    assert (*corners.min(axis=0), *corners.max(axis=0)) == pytest.approx((60, 842 - 70, 70, 842 - 60))


def test_what_is_clipped_away_or_transparent_is_not_there(tmp_path: File) -> None:
    hidden = b"q 0 0 50 50 re W n 100 100 20 20 re f Q q /G gs 10 10 5 5 re f Q 300 300 5 5 re f"
    page = drawn(hidden, tmp_path, resources=b"/ExtGState << /G << /ca 0 >> >>")
    assert len(page.paths) == 1


def test_colors_come_as_gray(tmp_path: File) -> None:
    page = drawn(b"1 g 0 0 9 9 re f 0 0 0 1 k 0 0 9 9 re f 1 1 1 rg 0 0 9 9 re f 0 G 3 w 0 0 m 9 9 l S", tmp_path)
    assert [path.fill for path in page.paths] == pytest.approx([1, 0, 1, None])
    assert page.paths[-1].stroke == 0
    assert page.paths[-1].width == 3


def test_text_in_a_font_without_outlines_has_places_and_letters(tmp_path: File) -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 65 /Widths [700 600] >>"
    text = b"BT /F 10 Tf 100 200 Td (AB) Tj ET"
    page = read(rawpdf.one_page(text, font, resources=b"/Font << /F 5 0 R >>"), tmp_path)
    assert page is not None
    first, second = page.glyphs
    assert (first.text, second.text) == ("A", "B")
    assert first.outline == second.outline == -1
    assert second.matrix[4] - first.matrix[4] == pytest.approx(7)
    assert first.matrix[5] == pytest.approx(642)


# ---- hostile pages ---------------------------------------------------------------------------------------------


def test_more_than_a_million_operators_are_too_much(tmp_path: File) -> None:
    assert read(rawpdf.one_page(b"0 0 m 9 9 l S\n" * 600_000), tmp_path) is None


def test_forms_that_draw_one_another_are_too_much(tmp_path: File) -> None:
    names = b"/XObject << /A 5 0 R /B 6 0 R >>"
    forms = (rawpdf.form(b"/B Do /B Do", names), rawpdf.form(b"/A Do /A Do", names))
    assert read(rawpdf.one_page(b"/A Do", *forms, resources=names), tmp_path) is None


def test_numbers_that_are_none_are_left_out(tmp_path: File) -> None:
    huge = b"9" * 400
    page = drawn(b"nan 0 0 nan 0 0 cm 10 10 5 5 re f q %b 0 0 %b 0 0 cm 1 1 1 1 re f Q 1e9 5 m 7 7 l S" % (huge, huge),
                 tmp_path)
    assert page.dropped == 1
    assert all(np.isfinite(points).all() for path in page.paths for _, points in path.subpaths)


def test_the_largest_page_is_read(tmp_path: File) -> None:
    page = drawn(b"14000 14000 100 100 re f", tmp_path, size=(14_400, 14_400))
    assert (page.width_pt, page.height_pt) == (14_400, 14_400)
    assert len(page.paths) == 1


def test_a_page_of_no_size_draws_nothing(tmp_path: File) -> None:
    assert read(rawpdf.one_page(b"0 0 9 9 re f", size=(0, 0)), tmp_path) is None


def test_a_file_that_is_broken_draws_nothing(tmp_path: File) -> None:
    assert read(b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog", tmp_path) is None


TOKENS = b"q Q m l c h re f S W n cm BT Tj TJ Tf Do gs d w scn (a) [ ] << >> /N 1 -2.5 99999999999 BI ID EI <4>".split()


@given(st.lists(st.sampled_from(TOKENS), max_size=40))
def test_operators_in_any_order_are_followed(tokens: list[bytes]) -> None:
    import pikepdf

    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(500, 500))
        page.Contents = document.make_stream(b" ".join(tokens))
        found = content.Interpreter().read(page)
    for path in found.paths:
        for _, given_points in path.subpaths:
            assert np.isfinite(given_points).all()
