"""Damaged pages have their staves where they say, and what is lost of them is counted as defined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import damage
from evaluation.damage import MusicPage
from omr.composing import compose
from omr.detect.vectorise import draw
from omr.detect.watershed import encode, targets_to_maps
from omr.pipeline import read_page
from omr.reading import PageReading
from omr.types import Box, DetectorMaps, Doubt, Page, Stroke, Symbol

SPACE = 20
HEADS = tuple(range(300, 900, 60))


def plate(tops: tuple[tuple[int, ...], ...], width: int = 1000, height: int = 900) -> MusicPage:
    """Staves with their first lines in these rows, by system; a head and a stem every 60 columns on the second line."""
    pixels = np.full((height, width), 255, np.uint8)
    systems = []
    for system in tops:
        staves = []
        for top in system:
            for k in range(5):
                pixels[top + k * SPACE : top + k * SPACE + 2, 100:950] = 0
            for col in HEADS:
                pixels[top + 11 : top + 31, col : col + 26] = 0
                pixels[top - 40 : top + 20, col + 24 : col + 26] = 0
            rows = top + 1.0 + SPACE * np.arange(5)
            staves.append(np.stack(np.broadcast_arrays(rows[:, None], np.linspace(100, 950, 20)), axis=-1))
        systems.append(tuple(staves))
    return MusicPage(pixels, tuple(systems))


PAGE, OTHER = plate(((120, 280), (520, 680))), plate(((150,), (400,)), 1100, 700)
seeds = st.integers(0, 10_000)


def darkness(page: MusicPage) -> list[float]:
    """Of each line of each staff, the share of its columns in which there is ink within two rows of it."""
    found = []
    for staff in page.staves:
        for line in staff:
            cols = np.arange(int(line[0, 1]) + 3, int(line[-1, 1]) - 3)
            rows = np.floor(np.interp(cols, line[:, 1], line[:, 0])).astype(int)
            near = (rows + np.arange(-2, 3)[:, None]).clip(0, len(page.pixels) - 1)
            found.append(float((page.pixels[near, cols] < damage.INK).any(axis=0).mean()))
    return found


@settings(max_examples=40)
@given(kinds=st.sets(st.sampled_from([k for k in damage.KINDS if k != "lines"])), seed=seeds)
def test_staves_are_where_the_page_says(kinds: set[str], seed: int) -> None:
    page = damage.damaged(PAGE, OTHER, sorted(kinds), np.random.default_rng(seed))
    both = len(kinds & damage.TOGETHER.keys())
    assert [len(s) for s in page.systems] == [2, 2] + [1, 1] * both and len(page.staves) == 4 + 2 * both
    assert page.space_px == pytest.approx(SPACE, abs=0.01)
    assert min(darkness(page)) > 0.99


@settings(max_examples=30)
@given(kind=st.sampled_from(["shift", "beside", "below", "margins"]), seed=seeds)
def test_no_ink_is_lost(kind: str, seed: int) -> None:
    page = damage.damaged(PAGE, OTHER, [kind], np.random.default_rng(seed))
    ink = int((PAGE.pixels == 0).sum()) + (int((OTHER.pixels == 0).sum()) if kind in damage.TOGETHER else 0)
    assert (page.pixels == 0).sum() == ink


@settings(max_examples=30)
@given(seed=seeds)
def test_some_lines_go_and_what_crosses_them_stays(seed: int) -> None:
    page = damage.erase_lines(PAGE, np.random.default_rng(seed))
    assert (page.pixels >= PAGE.pixels).all() and len(page.staves) == 4
    thinned = np.array(darkness(page)).reshape(4, 5) < 0.95
    assert 1 <= thinned.any(axis=1).sum() <= 2 and thinned.sum(axis=1).max() <= 2
    for staff in page.staves:
        top = round(float(staff[0, 0, 0])) - 1
        for col in HEADS:
            assert (page.pixels[top + 12 : top + 30, col + 1 : col + 25] == 0).all()
            assert (page.pixels[top - 40 : top + 20, col + 24 : col + 26] == 0).all()


def test_a_line_is_erased_from_end_to_end_or_for_a_stretch() -> None:
    shares = np.concatenate([darkness(damage.erase_lines(PAGE, np.random.default_rng(seed))) for seed in range(30)])
    left = shares[shares < 0.95]
    crossed = len(HEADS) * 26 / 850  # the line under the heads has more left, all others less
    assert (left < crossed + 0.05).any() and ((left > 0.5) & (left < 0.85)).any()


@settings(max_examples=30)
@given(seed=seeds)
def test_margins_end_at_the_ink(seed: int) -> None:
    page = damage.cut_margins(PAGE, np.random.default_rng(seed))
    edges = [page.pixels[0], page.pixels[-1], page.pixels[:, 0], page.pixels[:, -1]]
    assert any((edge == 0).any() for edge in edges)
    blank = MusicPage(np.full((100, 100), 255, np.uint8), ())
    assert damage.cut_margins(blank, np.random.default_rng(seed)) is blank


@given(number=st.integers(0, 1000), seed=seeds, kinds=st.lists(st.sampled_from(damage.KINDS), min_size=1, unique=True))
def test_kinds_come_in_turn_and_a_page_is_on_one_sheet(number: int, seed: int, kinds: list[str]) -> None:
    drawn = damage.draw_kinds(number, kinds, np.random.default_rng(seed))
    assert kinds[number // 2 % len(kinds)] in drawn and set(drawn) <= set(kinds)
    assert len(drawn) == 1 if number % 2 == 0 else len(drawn) <= 3
    assert len(damage.TOGETHER.keys() & set(drawn)) <= 1


class Known:
    """A detector that knows the page: two staves of one system each, with four heads."""

    height, width = 480, 640

    def __init__(self) -> None:
        self.symbols = [Symbol(i, "noteheadBlack", Box(top + 10, col, top + 20, col + 13))
                        for i, (top, col) in enumerate((t, c) for t in (100, 300) for c in (150, 250, 350, 450))]
        self.strokes = [Stroke(100 + i, "staffLine", ((row, 40.0), (row, 600.0)), 2.0)
                        for i, row in enumerate(t + 10.0 * k for t in (100, 300) for k in range(5))]
        self.strokes += [Stroke(200 + s.id, "stem", ((s.box.top + 6, s.box.right), (s.box.top - 30, s.box.right)), 2.0)
                         for s in self.symbols]

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        shape = self.height, self.width
        return targets_to_maps(encode(self.symbols, shape), draw(self.strokes, shape).astype(np.float32) / 255)

    def read(self) -> tuple[MusicPage, PageReading]:
        pixels = np.where(draw(self.strokes, (2 * self.height, 2 * self.width)).max(axis=-1) > 100, 0, 255)
        pixels = pixels[: self.height, : self.width].astype(np.uint8)
        for s in self.symbols:
            pixels[int(s.box.top) : int(s.box.bottom), int(s.box.left) : int(s.box.right)] = 0
        reading = read_page(Page(pixels, 0, 0.0, "", np.eye(2, 3)), self)
        return damage.page_of(pixels, reading), reading


@pytest.fixture(scope="module")
def known() -> tuple[MusicPage, PageReading]:
    return Known().read()


def test_what_was_read_is_found_where_it_was_read(known: tuple[MusicPage, PageReading]) -> None:
    page, reading = known
    assert [len(s) for s in page.systems] == [1, 1]
    result = damage.judge(page, reading, Known())
    assert (result.staves, result.found, result.right_size, result.false) == (2, 2, 2, 0)
    assert (result.heads, result.silent) == (8, 0)


def test_lost_false_and_wrongly_grouped_staves_are_told_apart(known: tuple[MusicPage, PageReading]) -> None:
    page, reading = known

    def counted(*systems: tuple[np.ndarray, ...]) -> tuple[int, ...]:
        result = damage.judge(MusicPage(page.pixels, systems), reading, Known())
        return result.staves, result.found, result.right_size, result.false

    (upper,), (lower,) = page.systems
    assert counted((upper, lower)) == (2, 2, 0, 0)  # read as two systems
    assert counted((upper,)) == (1, 1, 1, 1)
    assert counted((upper,), (upper + (70, 0),), (lower,)) == (3, 2, 2, 0)
    assert counted((upper + (10, 0),), (lower,)) == (2, 1, 1, 1)  # a staff read one line too high
    assert counted((upper + (0, 300),), (lower,)) == (2, 1, 1, 1)  # of which less than half was read


def test_a_head_is_lost_in_silence_unless_a_doubt_names_it(known: tuple[MusicPage, PageReading]) -> None:
    _, reading = known
    heads = damage.sure_heads(reading, Known())
    score = compose([reading], "")
    assert len(heads) == 8 and damage.lost_in_silence(heads, score) == []
    part = score.parts[0]
    first, *others = part.measures
    without = replace(score, parts=(replace(part, measures=(replace(first, notes=first.notes[1:]), *others)),))
    (lost,) = damage.lost_in_silence(heads, without)
    assert lost.id in first.notes[0].symbol_ids
    named = Doubt(page=0, box=lost.box, message="", kind="structure", symbols=(lost.id,))
    assert damage.lost_in_silence(heads, replace(without, doubts=(named,))) == []
    assert damage.lost_in_silence(heads, replace(without, doubts=(replace(named, symbols=()),))) == [lost]


def test_a_page_without_a_staff_has_all_lost(known: tuple[MusicPage, PageReading]) -> None:
    page, reading = known
    result = damage.judge(page, replace(reading, graph=None), Known())
    assert (result.staves, result.found, result.false, result.heads, result.silent) == (2, 0, 0, 0, 0)
    assert "no music" in result.error


def test_figures_are_sums_and_shares() -> None:
    total = damage.figures([
        damage.DamageResult(kinds=("turn",), staves=6, found=5, right_size=4, false=1, heads=40, silent=1),
        damage.DamageResult(kinds=("turn",), staves=4, error="no staff lines")])
    assert (total["pages"], total["failed"], total["staves"], total["found"], total["false"]) == (2, 1, 10, 5, 1)
    assert (total["found_share"], total["right_size_share"], total["silent_share"]) == (0.5, 0.4, 1 / 40)
    assert damage.figures([])["found_share"] == 0
