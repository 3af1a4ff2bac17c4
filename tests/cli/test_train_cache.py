"""The training cache: rare symbols go into blank places of some pages, with labels, and change nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.train import cache_name, cache_page, choose_pages, load_bank, save_bank
from deepscores.pages import LabelledPage, to_record
from deepscores.v1 import write_page, write_splits
from models.crops import LabelledRaster, load_raster
from omr.types import Box, Stroke, Symbol


@pytest.fixture
def page(tmp_path: Path) -> LabelledPage:
    """One staff of heads, a fermata above it, and half a page of blank paper below."""
    pixels = np.full((900, 900), 255, np.uint8)
    strokes = []
    for line in range(5):
        row = 150 + 14 * line
        pixels[row : row + 2, 50:850] = 0
        strokes.append(Stroke(200 + line, "staffLine", ((row + 1.0, 50.0), (row + 1.0, 850.0)), 2.0))
    symbols = [Symbol(0, "fermataAbove", Box(80.0, 400.0, 110.0, 440.0))]
    symbols += [Symbol(i + 1, "noteheadBlack", Box(164.0, 60.0 + 5 * i, 178.0, 64.0 + 5 * i)) for i in range(150)]
    for symbol in symbols:
        b = symbol.box
        pixels[int(b.top) : int(b.bottom), int(b.left) : int(b.right)] = 0
    path = tmp_path / "page.png"
    Image.fromarray(pixels).save(path)
    return LabelledPage(path, 900, 900, 14.0, tuple(symbols), tuple(strokes))


def cached(page: LabelledPage, folder: Path, number: int, bank: Path | None) -> LabelledRaster:
    folder.mkdir(exist_ok=True)
    path = cache_page((number, 0, page), folder, 5, bank)
    assert path == folder / cache_name(number, 0)
    assert cache_page((number, 0, page), folder, 5, bank) is None
    return load_raster(path)


def test_rare_symbols_are_pasted_into_some_pages_only(
    page: LabelledPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.train.SHEET_SHARE", 0.0)
    bank = tmp_path / "rare.pickle"
    save_bank([page], bank)
    assert list(load_bank(bank)) == ["fermataAbove"]
    pasted = 0
    for number in range(6):
        plain = cached(page, tmp_path / "plain", number, None)
        with_bank = cached(page, tmp_path / "bank", number, bank)
        counts = Counter(s.name for s in with_bank.symbols)
        assert Counter(s.name for s in plain.symbols) == {"fermataAbove": 1, "noteheadBlack": 150}
        assert counts["noteheadBlack"] == 150
        # What stood there before stands where it stood: the page was degraded alike.
        assert with_bank.symbols[:151] == plain.symbols
        pasted += counts["fermataAbove"] > 1
        for symbol in with_bank.symbols[151:]:
            row, col = (round(v) for v in symbol.box.center)
            if 4 <= row < with_bank.pixels.shape[0] - 4 and 4 <= col < with_bank.pixels.shape[1] - 4:
                piece = with_bank.pixels[row - 4 : row + 4, col - 4 : col + 4]
                assert piece.mean() < np.percentile(with_bank.pixels, 50) - 40
    assert 0 < pasted < 6


def test_a_few_pages_are_sheets_of_rare_symbols(
    page: LabelledPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.train.SHEET_SHARE", 1.0)
    bank = tmp_path / "rare.pickle"
    save_bank([page], bank)
    sheet = cached(page, tmp_path / "sheet", 0, bank)
    assert {s.name for s in sheet.symbols} == {"fermataAbove"}
    assert len(sheet.symbols) > 40


def test_splits_are_honoured_in_every_format(page: LabelledPage, tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    (folder / "images_png").mkdir(parents=True)
    names = ("a", "b", "c", "d")
    for name in names:
        (folder / "images_png" / f"{name}.png").write_bytes(page.image.read_bytes())
        write_page(replace(to_record(page), image=Path(f"{name}.png")), folder)
    write_splits({"train": ["a", "b"], "val": ["c"], "test": ["d"]}, folder)
    training, checks = choose_pages([folder], [], None)
    assert [[p.image.stem for p in pages] for pages in (training, checks)] == [["a", "b"], ["c"]]
    training, checks = choose_pages([folder], [folder], 1)
    assert [[p.image.stem for p in pages] for pages in (training, checks)] == [["a"], ["c"]]


def test_a_page_of_a_set_without_strokes_and_staff_space(page: LabelledPage, tmp_path: Path) -> None:
    """Its staff space is measured, its strokes are unknown, and what has no class keeps its place."""
    place = Box(300.0, 400.0, 340.0, 460.0)
    foreign = replace(page, space_px=0.0, strokes=(), unlabelled=frozenset(("stem", "ottava")), ignored=(place,))
    raster = cached(foreign, tmp_path / "cache", 0, None)
    assert raster.unlabelled == {"stem"} and len(raster.ignored) == 1
    assert Counter(s.name for s in raster.symbols) == {"fermataAbove": 1, "noteheadBlack": 150}
    known = cached(replace(page, ignored=(place,)), tmp_path / "known", 0, None)
    assert raster.ignored[0].center == pytest.approx(known.ignored[0].center, abs=2)
    blank = tmp_path / "blank.png"
    Image.new("L", (500, 500), 255).save(blank)
    (tmp_path / "none").mkdir()
    assert cache_page((0, 0, replace(foreign, image=blank)), tmp_path / "none", 5) is None
    assert not list((tmp_path / "none").iterdir())
