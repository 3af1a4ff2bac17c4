"""Excerpts are exact, bench pages are judged fairly; engravers run only where they are installed."""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from cli.evaluate.bench import scan_labels
from cli.evaluate.engravers import ENGRAVERS
from deepscores.datasets import read
from deepscores.sources import TEST_ONLY_CORPUS
from evaluation import bench, counts, excerpt, notes
from evaluation.matching import Matching
from evaluation.ned import Ned
from omr.errors import DataError, NoMusicError
from omr.export.files import write
from omr.types import Clef, Measure, Note, Part, Pitch, Score
from tests.optional import needs

F = Fraction


def song() -> Score:
    """Six measures for two staves: the key changes in the second, the left hand's clef in the third."""
    def measure(i: int) -> Measure:
        notes_ = tuple(Note(onset_quarter=F(k), duration_quarter=F(1), voice=1, staff=staff,
                            pitch=Pitch("CDEF"[k], 5 - staff), type="quarter")
                       for staff in (1, 2) for k in range(4 if i % 2 else 3))
        clefs = (Clef(1, F(0), "G", 2), Clef(2, F(0), "F", 4)) if i == 0 else (Clef(2, F(0), "C", 3),) if i == 2 else ()
        return Measure(number=i + 1, duration_quarter=F(4), notes=notes_, clefs=clefs, fifths={0: 0, 1: -2}.get(i),
                       time=(4, 4) if i == 0 else None,
                       ending_start=(1,) if i == 3 else (), ending_stop=i == 4)

    return Score(source="song", parts=(Part(id="P1", name="Piano", staves=2, measures=tuple(map(measure, range(6)))),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(song(), tmp_path / "song.musicxml")
    return tmp_path / "song.musicxml"


def test_an_excerpt_holds_exactly_its_measures(path: Path, tmp_path: Path) -> None:
    whole = notes.read(path)
    excerpt.write(excerpt.excerpt(excerpt.load(path), 3, 2), tmp_path / "part.musicxml")
    assert notes.read(tmp_path / "part.musicxml") == whole[3:5]
    with pytest.raises(DataError, match="no measures 7"):
        excerpt.excerpt(excerpt.load(path), 6, 2)


def test_an_excerpt_of_some_parts(path: Path) -> None:
    both = excerpt.load(path)
    second = copy.deepcopy(both.find("part"))
    second.set("id", "P2")
    both.append(second)
    listed = copy.deepcopy(both.find("part-list/score-part"))
    listed.set("id", "P2")
    both.find("part-list").append(listed)
    one = excerpt.excerpt(both, 0, 2, (1,))
    assert [p.get("id") for p in one.iterfind("part")] == [p.get("id") for p in one.find("part-list")] == ["P2"]
    assert len(one.find("part").findall("measure")) == 2
    with pytest.raises(DataError, match="no part 3 in a score of 2"):
        excerpt.excerpt(both, 0, 2, (2,))


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


@pytest.mark.parametrize(("count", "kinds"), [(2, ["down", "stop"]), (4, ["down", "stop"]), (1, [])])
def test_an_octave_line_cut_open_ends_with_the_excerpt(path: Path, count: int, kinds: list[str]) -> None:
    """Without its end Verovio prints no line, and all notes under it would be an octave off."""
    root = excerpt.load(path)
    measures = root.find("part").findall("measure")
    for measure, kind in ((measures[1], "down"), (measures[3], "stop")):
        measure.insert(1, etree.fromstring(
            f'<direction><direction-type><octave-shift type="{kind}" size="8" number="1"/></direction-type>'
            "<staff>1</staff></direction>"))
    cut = excerpt.excerpt(root, 0, count)
    assert [line.get("type") for line in cut.iter("octave-shift")] == kinds
    if count == 2:
        assert cut.find("part").findall("measure")[-1][-1].find("direction-type/octave-shift").get("type") == "stop"


def test_what_is_no_score_is_an_error(tmp_path: Path) -> None:
    for name, content in (("a.musicxml", "<opus/>"), ("b.musicxml", "<score-partwise>"), ("c.mxl", "no zip")):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataError):
            excerpt.load(tmp_path / name)


def page(path: Path, folder: Path) -> bench.BenchPage:
    made = bench.BenchPage(folder, "song", "piano", "none")
    for each in (made.image(), made.truth):
        each.parent.mkdir(parents=True)
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(made.image())
    shutil.copy(path, made.truth)
    return made


def speck(clean: Path, out: Path, rng: np.random.Generator, kind: str) -> None:
    pixels = np.asarray(Image.open(clean)).copy()
    pixels[rng.integers(40), rng.integers(60)] = 0
    Image.fromarray(pixels).save(out)


def test_pages_are_degraded_the_same_way_each_time(path: Path, tmp_path: Path) -> None:
    clean = page(path, tmp_path / "bench")
    assert bench.degraded(clean, "clean", speck) == clean.image()
    first = bench.degraded(clean, "scan", speck)
    pixels = np.asarray(Image.open(first))
    assert (pixels == 0).sum() == 1
    first.unlink()
    assert (np.asarray(Image.open(bench.degraded(clean, "scan", speck))) == pixels).all()
    assert (np.asarray(Image.open(bench.degraded(clean, "photo", speck))) != pixels).any()
    assert sorted(p.name for p in first.parent.iterdir()) == ["song.png"]


def test_scans_are_judged_by_what_they_write(path: Path, tmp_path: Path) -> None:
    made = page(path, tmp_path / "bench")

    def faithful(image: Path, out: Path) -> int:
        shutil.copy(path, out)
        return 3

    def half(image: Path, out: Path) -> int:
        if image != made.image():
            raise NoMusicError("no staff")
        excerpt.write(excerpt.excerpt(excerpt.load(path), 0, 3), out)
        return 1

    (perfect,) = bench.run([made], ["clean"], faithful, speck)
    assert perfect.figures["note_f1"] == 1 and perfect.doubts == 3 and perfect.kind == "clean"
    assert "omr_ned" not in perfect.figures
    clean, scanned = bench.run([made], ["clean", "scan"], half, speck)
    right, whole = 20, sum(m.total() for m in notes.read(path))
    assert clean.figures["note_f1"] == pytest.approx(2 * right / (right + whole))
    assert perfect.figures["exact_share"] == 1 and clean.figures["exact_share"] == 0.5  # three of six measures
    assert scanned.figures["note_f1"] == 0  # although an older file of that name was there
    means = bench.average([clean, scanned])
    assert means["pages"] == 2 and means["note_f1"] == clean.figures["note_f1"] / 2
    with pytest.raises(ValueError, match="no results"):
        bench.average([])

    assert list(bench.run([made], ["clean", "scan"], faithful, speck, resume=True)) == [clean, scanned]
    assert [r.doubts for r in bench.run([made], ["clean", "scan"], faithful, speck)] == [3, 3]


def test_omr_ned_is_measured_where_asked(path: Path, tmp_path: Path) -> None:
    class Fixed(Ned):
        def evaluate_files(self, reference: Path, estimate: Path | None,
                           matching: Matching | None = None) -> dict[str, Any] | None:
            assert reference == made.truth and estimate == made.reading("clean")
            return next(answers)

    made = page(path, tmp_path / "bench")
    answers = iter(({"omr_ned": 0.25}, None))
    results = [next(bench.run([made], ["clean"], lambda image, out: 0, speck, Fixed())) for _ in range(2)]
    assert bench.average(results)["omr_ned"] == 0.25  # what took too long is left out


def test_the_bench_is_large_and_mixed_enough() -> None:
    groups = Counter(e.group for e in bench.EXCERPTS)
    assert set(groups) == {"piano", "song", "choir", "quartet", "lead sheet", "solo"} and len(bench.EXCERPTS) >= 20
    pages = bench.pages_of(Path())
    assert len({p.name for _, p in pages}) == len(pages)
    engraved = Counter(p.engraver for _, p in pages)
    assert set(engraved) == set(ENGRAVERS) and min(engraved.values()) >= 5
    assert [p.engraver for _, p in bench.pages_of(Path(), bench.EXCERPTS[:1], "lily")] == ["lilypond"]
    assert {e.score.split("/")[0] for e in bench.EXCERPTS} <= set(TEST_ONLY_CORPUS)


def test_an_excerpt_shrinks_until_it_fits(tmp_path: Path) -> None:
    tried = []

    def small(score: Path, image: Path) -> bool:
        tried.append(len(notes.read(score)))
        Image.new("L", (5, 5)).save(image)
        return tried[-1] <= 5

    each = bench.Excerpt("schoenberg/opus19/movement6.mxl", "piano", 0, 7)
    made = bench.BenchPage(tmp_path, "x", "piano", "verovio")
    bench.make(each, made, {"verovio": small})
    bench.make(each, made, {})  # it is there
    assert tried == [7, 6, 5] and len(notes.read(made.truth)) == 5
    assert [p.name for p in made.image().parent.iterdir()] == ["x.png"]
    with pytest.raises(DataError, match="one measure does not fit"):
        bench.make(each, bench.BenchPage(tmp_path, "y", "piano", "verovio"), {"verovio": lambda score, image: False})


def test_a_missing_engraver_is_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="apt install musescore3"):
        ENGRAVERS["musescore-gonville"](path, tmp_path / "x.png")
    with pytest.raises(DataError, match="apt install lilypond"):
        ENGRAVERS["lilypond"](path, tmp_path / "x.png")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=() if name == "verovio" else needs("lilypond" if name == "lilypond" else "mscore3"))
    for name in ENGRAVERS])
def test_programs_engrave_a_page(name: str, path: Path, tmp_path: Path) -> None:
    image = tmp_path / "clean" / "images" / "x.png"
    image.parent.mkdir(parents=True)
    assert ENGRAVERS[name](path, image)
    pixels = np.asarray(Image.open(image))
    assert pixels.ndim == 2 and abs(pixels.shape[0] - 3508) < 80 and (pixels < 128).mean() > 0.001
    if name == "musescore-musejazz":
        assert not (tmp_path / "clean" / "labels").exists()
    else:
        (page,) = read(tmp_path / "clean")
        heads = sum(s.name.startswith("notehead") for s in page.symbols)
        assert heads == sum(measure.total() for measure in notes.read(path))


def test_perfect_symbols_read_as_the_truth(tmp_path: Path) -> None:
    """What the detector should see, in its place: nothing is lost between the labels and the MusicXML."""
    each = next(e for e in bench.EXCERPTS if "k545" in e.score)
    page = bench.BenchPage(tmp_path, each.name, each.group, "verovio")
    bench.make(each, page, ENGRAVERS)
    (result,) = bench.run([page], [bench.PERFECT], scan_labels, _not_called)
    assert result.figures["note_f1"] == result.figures["parts_right"] == result.figures["measures_right"] == 1


def _not_called(*_: object) -> int:
    raise AssertionError


def test_staves_and_measures_are_counted(tmp_path: Path) -> None:
    def score(*parts: tuple[int, int]) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.musicxml"
        path.write_text("<score-partwise>" + "".join(
            f"<part><measure><attributes><staves>{staves}</staves></attributes></measure>"
            + "<measure/>" * (measures - 1) + "</part>" for staves, measures in parts) + "</score-partwise>")
        return path

    piano, hands = score((2, 5)), score((1, 5), (1, 5))
    assert counts.count(piano) == counts.count(hands) == (2, 5)
    assert counts.evaluate(piano, hands) == {"parts_right": 1.0, "measures_right": 1.0}
    assert counts.evaluate(piano, score((2, 4)))["measures_right"] == counts.evaluate(piano, score((2, 6)))[
        "measures_right"] == pytest.approx(0.8)
    assert counts.evaluate(piano, score((2, 50)))["measures_right"] == 0
    assert counts.evaluate(piano, score((1, 5))) == {"parts_right": 0.0, "measures_right": 1.0}
    assert counts.evaluate(piano, tmp_path / "missing.musicxml") == {"parts_right": 0.0, "measures_right": 0.0}
    with pytest.raises(DataError, match="No such file"):
        counts.evaluate(tmp_path / "missing.musicxml", piano)


def test_a_page_of_the_kind_vector_is_a_pdf(path: Path, tmp_path: Path) -> None:
    made = page(path, tmp_path / "bench")

    def draw(clean: Path, out: Path, rng: np.random.Generator, kind: str) -> None:
        out.write_bytes(b"%PDF-1.7 " + clean.stem.encode())

    file = bench.degraded(made, bench.VECTOR, draw)
    assert file == made.folder / "vector" / "images" / f"{made.name}.pdf"
    assert file.read_bytes().startswith(b"%PDF-")
    assert [p.name for p in file.parent.iterdir()] == [file.name]
