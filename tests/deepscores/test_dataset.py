"""Data sets on disk, sources and synthetic scores."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from deepscores.figures import KINDS, Figure, in_range, measure_of
from deepscores.pages import LabelledPage, read_pages, write_pages
from deepscores.sources import TEST_ONLY_NAMES, collections, draw
from deepscores.synthetic import write_mei
from omr.errors import DataError
from omr.types import Box, Stroke, Symbol

MEI = "{http://www.music-encoding.org/ns/mei}"


def made_page(folder: Path) -> LabelledPage:
    head = Symbol(0, "noteheadBlack", Box(130.0, 50.0, 150.0, 74.5))
    symbols = (head, Symbol(1, "gClef", Box(80.0, 10.0, 220.0, 45.0)))
    lines = tuple(Stroke(2 + i, "staffLine", ((100.0 + 20 * i, 5.0), (100.0 + 20 * i, 300.0)), 2.5) for i in range(5))
    slur = Stroke(7, "slur", ((90.0, 50.0), (70.25, 80.0), (90.0, 110.0)), 4.0)
    return LabelledPage(folder / "images" / "a.png", 320, 240, 20.0, symbols, (*lines, slur), "a score", "Leipzig")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    page = made_page(tmp_path)
    write_pages([page, page], tmp_path / "labels" / "a.json")
    assert list(read_pages(tmp_path)) == [page, page]
    assert [p.name for p in (tmp_path / "labels").iterdir()] == ["a.json"]


def test_the_json_is_deepscores_v2(tmp_path: Path) -> None:
    write_pages([made_page(tmp_path)], tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    assert set(document) == {"info", "annotation_sets", "categories", "images", "annotations"}
    image = document["images"][0]
    head = document["annotations"][image["ann_ids"][0]]
    assert head["a_bbox"] == [50.0, 130.0, 74.5, 150.0]
    assert len(head["o_bbox"]) == 8
    assert document["categories"][head["cat_id"][0]]["name"] == "noteheadBlack"
    assert head["comments"] == "rel_position:0;"  # centre on row 140, the middle line
    assert head["img_id"] == str(image["id"])


def test_broken_records_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no"):
        list(read_pages(tmp_path))
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "bad.json").write_text('{"categories": {}, "images": [{}]}')
    with pytest.raises(DataError, match=r"bad\.json"):
        list(read_pages(tmp_path))


def test_test_only_scores_are_left_out(tmp_path: Path) -> None:
    for name in ("Schubert,_Franz__Die_Forelle.mxl", "Schubert,_Franz__Winterreise__1.mxl", "Beach,_Amy__Song.mxl",
                 "Schumann,_Clara__Lied.mxl", "Schumann,_Robert__Lied.mxl", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [[p.name for p in g] for g in collections([tmp_path])] == [["Schumann,_Robert__Lied.mxl"]]
    with pytest.raises(DataError):
        collections([tmp_path], f"{TEST_ONLY_NAMES}|Robert")


def test_a_great_collection_does_not_drown_a_small_one() -> None:
    groups = [[Path(f"ryansMammoth/tune{i}.abc") for i in range(2500)], [Path(f"sonata{i}.krn") for i in range(25)]]
    rng = np.random.default_rng(0)
    drawn = [draw(groups, 0.4, rng) for _ in range(500)]
    synthetic = sum(s.path is None for s in drawn)
    sonatas = sum(s.path is not None and s.path.suffix == ".krn" for s in drawn)
    assert 150 < synthetic < 250
    assert 50 < sonatas < 150  # one file in a hundred, a quarter of the pages that are not synthetic


def durations(element: etree._Element, scale: Fraction) -> Fraction:
    """Quarters in an MEI layer, by its rules and not the writer's."""
    total = Fraction(0)
    for child in element:
        tag = etree.QName(child).localname
        if tag in ("graceGrp", "clef") or child.get("grace"):
            continue
        if tag == "tuplet":
            total += durations(child, scale * Fraction(int(child.get("numbase")), int(child.get("num"))))
        elif tag in ("beam", "bTrem"):
            total += durations(child, scale)
        elif tag in ("note", "chord", "rest"):
            base = Fraction(4, int(child.get("dur")))
            dots = int(child.get("dots", 0))
            total += scale * base * (2 - Fraction(1, 2**dots))
        else:
            raise AssertionError(tag)
    return total


@pytest.mark.parametrize("seed", range(8))
def test_synthetic_measures_add_up(seed: int) -> None:
    text = write_mei(np.random.default_rng(seed))
    assert text == write_mei(np.random.default_rng(seed))
    meter = None
    layers = 0
    for element in etree.fromstring(text).iter():
        if element.tag == f"{MEI}scoreDef" and element.get("meter.count"):
            meter = Fraction(4 * int(element.get("meter.count")), int(element.get("meter.unit")))
        elif element.tag == f"{MEI}layer" and element[0].tag not in (f"{MEI}mRest", f"{MEI}multiRest", f"{MEI}mRpt"):
            assert durations(element, Fraction(1)) == meter
            layers += 1
    assert layers > 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)])
def test_figures_fill_their_measure_within_reach(kind: str, unit: Fraction) -> None:
    figure = Figure(kind, unit, 0, (0, 2, 4))
    for length, beat in ((4, 1), (3, 1), (Fraction(9, 2), Fraction(3, 2)), (Fraction(5, 2), Fraction(1, 2)), (4, 2)):
        for seed in range(5):
            beats = measure_of(figure, Fraction(length), Fraction(beat), np.random.default_rng(seed))
            assert sum(d for b in beats for d, _ in b.events) == length
            places = [p for b in in_range(beats, -19, 19) for _, chord in b.events for p in chord]
            assert places
            assert -19 <= min(places) <= max(places) <= 19
    assert in_range(beats, 0, 0) == []
