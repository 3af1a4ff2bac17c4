"""Excerpts are exact, bench pages are judged fairly; engravers run only where they are installed."""

from __future__ import annotations

import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation import bench, excerpt, notes
from omr import musicxml
from omr.errors import DataError, NoMusicError
from omr.types import Clef, Measure, Note, Part, Pitch, Score

F = Fraction


def song() -> Score:
    """Six measures for two staves: the key changes in the second, the left hand's clef in the third."""
    def measure(i: int) -> Measure:
        notes_ = tuple(Note(F(k), F(1), 1, staff, Pitch("CDEF"[k], 5 - staff), "quarter")
                       for staff in (1, 2) for k in range(4 if i % 2 else 3))
        clefs = (Clef(1, F(0), "G", 2), Clef(2, F(0), "F", 4)) if i == 0 else (Clef(2, F(0), "C", 3),) if i == 2 else ()
        return Measure(i + 1, F(4), notes_, clefs=clefs, fifths={0: 0, 1: -2}.get(i), time=(4, 4) if i == 0 else None,
                       ending_start=(1,) if i == 3 else (), ending_stop=i == 4)

    return Score("song", (Part("P1", "Piano", 2, tuple(map(measure, range(6)))),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    musicxml.write(song(), tmp_path / "song.musicxml")
    return tmp_path / "song.musicxml"


def test_an_excerpt_holds_exactly_its_measures(path: Path, tmp_path: Path) -> None:
    whole = notes.read(path)
    excerpt.write(excerpt.excerpt(excerpt.load(path), 3, 2), tmp_path / "part.musicxml")
    assert notes.read(tmp_path / "part.musicxml") == whole[3:5]
    with pytest.raises(DataError, match="no measures 7"):
        excerpt.excerpt(excerpt.load(path), 6, 2)


def test_an_excerpt_restates_what_is_in_force(path: Path) -> None:
    first = excerpt.excerpt(excerpt.load(path), 3, 2).find("part/measure/attributes")
    assert [e.tag for e in first] == ["divisions", "key", "time", "staves", "clef", "clef"]
    assert first.findtext("key/fifths") == "-2"
    assert [(c.get("number"), c.findtext("sign")) for c in first.iterfind("clef")] == [("1", "G"), ("2", "C")]
    at_change = excerpt.excerpt(excerpt.load(path), 2, 1).find("part/measure/attributes")
    assert [c.findtext("sign") for c in at_change.iterfind("clef")] == ["G", "C"]


def test_an_ending_cut_open_goes(path: Path) -> None:
    root = excerpt.load(path)
    assert len(list(root.iter("ending"))) == 2
    assert not list(excerpt.excerpt(root, 4, 2).iter("ending"))
    assert not list(excerpt.excerpt(root, 0, 4).iter("ending"))
    assert len(list(excerpt.excerpt(root, 2, 4).iter("ending"))) == 2


def test_what_is_no_score_is_an_error(tmp_path: Path) -> None:
    for name, content in (("a.musicxml", "<opus/>"), ("b.musicxml", "<score-partwise>"), ("c.mxl", "no zip")):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataError):
            excerpt.load(tmp_path / name)


def page(path: Path) -> bench.BenchPage:
    image = path.with_suffix(".png")
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(image)
    return bench.BenchPage("song", "piano", "none", image, path)


def speck(pixels: np.ndarray, rng: np.random.Generator, kind: str, space_px: float) -> np.ndarray:
    result = pixels.copy()
    result[rng.integers(40), rng.integers(60)] = 0
    return result


def test_pages_are_degraded_the_same_way_each_time(path: Path) -> None:
    clean = page(path)
    assert bench.degraded(clean, "clean", speck) == clean.image
    first = bench.degraded(clean, "scan", speck)
    pixels = np.asarray(Image.open(first))
    assert (pixels == 0).sum() == 1
    first.unlink()
    assert (np.asarray(Image.open(bench.degraded(clean, "scan", speck))) == pixels).all()
    assert (np.asarray(Image.open(bench.degraded(clean, "photo", speck))) != pixels).any()


def test_scans_are_judged_by_what_they_write(path: Path, tmp_path: Path) -> None:
    def faithful(image: Path, out: Path) -> int:
        shutil.copy(path, out)
        return 3

    def half(image: Path, out: Path) -> int:
        if image.name != "song.png":
            raise NoMusicError("no staff")
        excerpt.write(excerpt.excerpt(excerpt.load(path), 0, 3), out)
        return 1

    (perfect,) = bench.run([page(path)], ["clean"], faithful, speck, tmp_path / "out")
    assert perfect.figures["note_f1"] == 1 and perfect.doubts == 3 and perfect.kind == "clean"
    clean, scanned = bench.run([page(path)], ["clean", "scan"], half, speck, tmp_path / "out")
    whole = sum(m.total() for m in notes.read(path))
    assert clean.figures["note_recall"] == 20 / whole and clean.figures["note_precision"] == 1
    assert scanned.figures["note_f1"] == 0  # although an older file of that name was there
    means = bench.average([clean, scanned])
    assert means["pages"] == 2 and means["note_f1"] == clean.figures["note_f1"] / 2
    with pytest.raises(ValueError, match="no results"):
        bench.average([])


def test_the_bench_is_large_and_mixed_enough() -> None:
    groups = Counter(e.group for e in bench.EXCERPTS)
    assert set(groups) == {"piano", "song", "quartet"} and min(groups.values()) >= 4
    assert len({e.name for e in bench.EXCERPTS}) == len(bench.EXCERPTS)
    assert sum("lilypond" in e.engravers for e in bench.EXCERPTS) >= 12


def test_a_missing_engraver_is_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="apt install musescore3"):
        bench.musescore(path, tmp_path / "x.pdf")


@pytest.mark.skipif(shutil.which("mscore3") is None, reason="MuseScore 3 is not installed")
def test_a_page_is_made_once(tmp_path: Path) -> None:
    short = bench.Excerpt("schoenberg/opus19/movement6.mxl", "piano", 0, 4, ("musescore",))
    (made,) = bench.make_pages(tmp_path, [short])
    assert len(notes.read(made.truth)) == 4
    pixels = np.asarray(Image.open(made.image))
    assert pixels.ndim == 2 and abs(pixels.shape[0] - 3508) < 40 and (pixels < 128).mean() > 0.003
    stamp = made.image.stat().st_mtime_ns
    assert next(bench.make_pages(tmp_path, [short])).image.stat().st_mtime_ns == stamp
