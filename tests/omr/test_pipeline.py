"""The stages together, on a page whose every symbol is known."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from omr.composing import compose
from omr.errors import InputError, NoMusicError
from omr.pipeline import read_page, scan
from omr.reading import ScanOptions
from omr.types import DetectorMaps, Page


def _pitches(score: Any) -> list[list[str]]:
    return [[f"{n.pitch.step}{n.pitch.octave}" for n in m.notes] for m in score.parts[0].measures]


def test_a_page_becomes_its_music(hand_made: Any) -> None:
    reading = read_page(hand_made.page, hand_made)
    assert reading.graph is not None and reading.doubts == ()
    assert [s.staves for s in reading.graph.systems] == [(0,), (1,)]
    assert set(reading.seconds) == {"detect", "decode", "vectorise", "staves", "assemble"}
    score = compose([reading.light()], "hand-made")
    assert _pitches(score) == [["C5"] * 4] * 4
    assert score.doubts == ()


def test_a_light_reading_holds_no_images(hand_made: Any) -> None:
    light = read_page(hand_made.page, hand_made).light()
    assert light.page is None and light.maps is None and light.graph is not None


def test_uncertain_symbols_are_doubted_where_they_stand(hand_made: Any) -> None:
    class Unsure:
        thresholds = {"noteheadBlack": 1.01, "gClef": 0.0}  # noqa: RUF012

        def detect(self, pixels: np.ndarray) -> DetectorMaps:
            return hand_made.detect(pixels)

    score = compose([read_page(hand_made.page, Unsure())], "hand-made")
    unsure = [d for d in score.doubts if d.kind == "confidence"]
    assert len(unsure) == 16 and all("a filled notehead" in d.message for d in unsure)
    assert [d.measure for d in unsure] == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4


@pytest.mark.parametrize(("doubted_below", "octave"), [(1.01, 5), (0.2, 4)])
def test_a_doubtful_octave_clef_is_the_plain_one(hand_made: Any, doubted_below: float, octave: int) -> None:
    clefs = tuple(
        replace(s, name="gClef8vb", box=replace(s.box, bottom=s.box.bottom + 12)) if s.name == "gClef" else s
        for s in hand_made.symbols)

    class Detector:
        thresholds = {"gClef8vb": doubted_below}  # noqa: RUF012

        def detect(self, pixels: np.ndarray) -> DetectorMaps:
            return replace(hand_made, symbols=clefs).detect(pixels)

    score = compose([read_page(hand_made.page, Detector())], "hand-made")
    assert _pitches(score) == [[f"C{octave}"] * 4] * 4


def test_staves_without_clef_or_content_are_doubted(hand_made_without_clefs: Any, hand_made_empty: Any) -> None:
    doubts = read_page(hand_made_without_clefs.page, hand_made_without_clefs).doubts
    assert [(d.kind, d.box) for d in doubts] == [("structure", None)] and "begins with a clef" in doubts[0].message
    empty = read_page(hand_made_empty.page, hand_made_empty).doubts
    assert [d.box.top for d in empty if d.box] == pytest.approx([100, 300], abs=1)
    assert all("nothing could be read" in d.message for d in empty if d.box)


def test_a_page_without_staves_is_a_doubt_and_a_score_of_none_an_error(hand_made: Any) -> None:
    blank = SimpleNamespace(detect=lambda pixels: _blank_maps(pixels))
    reading = read_page(replace(hand_made.page, index=1), blank)
    assert reading.graph is None and "no staff" in reading.doubts[0].message
    both = compose([read_page(hand_made.page, hand_made), reading], "two pages")
    assert len(both.parts[0].measures) == 4 and both.doubts[0].page == 1
    with pytest.raises(NoMusicError):
        compose([reading], "nothing")


def _blank_maps(pixels: np.ndarray) -> DetectorMaps:
    h, w = pixels.shape
    return DetectorMaps(
        energy=np.zeros((h // 2, w // 2), np.float32), class_prob=np.zeros((h // 4, w // 4, 200), np.float32),
        box_size=np.zeros((h // 2, w // 2, 4), np.float32), strokes=np.zeros((h // 2, w // 2, 10), np.float32),
    )


@pytest.fixture
def files(hand_made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`omr.page.raster` replaced: a file named bad* cannot be read, nor can page 1 of torn*; any other holds the
    hand-made page twice."""

    def page_numbers(path: Path, pages: set[int] | None) -> list[int]:
        if path.name.startswith("bad"):
            raise InputError(f"{path.name} is broken")
        return [number for number in (1, 2) if pages is None or number in pages]

    def load_page(path: Path, number: int) -> Any:
        if path.name.startswith("torn") and number == 1:
            raise InputError(f"page {number} of {path.name} is broken")
        return SimpleNamespace(pixels=hand_made.page.pixels)

    def normalise(raw: Any) -> Page:
        return hand_made.page

    module = ModuleType("omr.page.raster")
    for stand_in in (page_numbers, load_page, normalise):
        setattr(module, stand_in.__name__, stand_in)
    module.count_pages = lambda path: 2  # type: ignore[attr-defined]
    module.looks_like_pdf = lambda path: False  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "omr.page.raster", module)
    if "omr" in sys.modules:
        monkeypatch.setattr(sys.modules["omr"], "raster", module, raising=False)


@pytest.mark.usefixtures("files")
def test_scan_reads_all_pages_of_all_files_in_order(hand_made: Any) -> None:
    seen = []
    score = scan([Path("a.pdf"), Path("b.png")], hand_made, on_page=seen.append)
    assert [r.index for r in seen] == [0, 1, 2, 3] and all(r.page.index == r.index for r in seen)
    assert len(score.parts[0].measures) == 16
    assert {m.page for m in score.parts[0].measures} == {0, 1, 2, 3}


@pytest.mark.usefixtures("files")
def test_a_broken_file_costs_only_itself(hand_made: Any) -> None:
    score = scan([Path("bad.png"), Path("b.png")], hand_made)
    assert len(score.parts[0].measures) == 8
    assert any("bad.png" in d.message and d.kind == "structure" for d in score.doubts)
    with pytest.raises(InputError, match=r"bad\.png is broken"):
        scan([Path("bad.png")], hand_made)


@pytest.mark.usefixtures("files")
def test_a_broken_page_costs_only_itself(hand_made: Any) -> None:
    score = scan([Path("torn.pdf"), Path("b.pdf")], hand_made)
    assert [m.page for m in score.parts[0].measures] == [1] * 4 + [2] * 4 + [3] * 4
    assert [d.page for d in score.doubts if "page 1 of torn.pdf is broken" in d.message] == [0]


@pytest.mark.usefixtures("files")
def test_pages_already_known_are_not_read_again(hand_made: Any) -> None:
    known = replace(read_page(hand_made.page, hand_made).light(), index=1)
    known = replace(known, graph=replace(known.graph, page=1))
    seen: list[Any] = []
    score = scan([Path("a.pdf")], hand_made, on_page=seen.append, known={1: known})
    assert [r.page is not None for r in seen] == [True, False] and len(score.parts[0].measures) == 8


@pytest.mark.usefixtures("files")
def test_pages_are_chosen_by_number(hand_made: Any) -> None:
    score = scan([Path("a.pdf")], hand_made, ScanOptions(pages=frozenset({2})))
    assert len(score.parts[0].measures) == 4
    seen = []
    scan([Path("a.png"), Path("b.png"), Path("c.png")], hand_made, ScanOptions(frozenset({2, 3, 5})), seen.append)
    assert [r.index for r in seen] == [0, 1, 2]
    with pytest.raises(InputError, match="none of the pages"):
        scan([Path("a.pdf")], hand_made, ScanOptions(pages=frozenset({7})))
