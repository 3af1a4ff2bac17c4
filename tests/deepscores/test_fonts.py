"""Music fonts from files: what Verovio's own font gives as a file comes back as it was, and pages are drawn in it."""

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from deepscores import fonts
from deepscores.engrave import engrave, random_options, verovio_resources
from deepscores.sources import Source
from omr.errors import DataError


def as_file(name, path, model="Leland", scale=1.0):
    """One of Verovio's fonts as an OpenType file of another name, with `scale` thousand units to its size."""
    table = etree.parse(verovio_resources() / f"{model}.xml").getroot()
    rows = {int(g.get("c"), 16): g for g in table if g.get("c")}
    names = {code: f"uni{code:04X}" for code in rows}
    builder = FontBuilder(round(1000 * scale), isTTF=False)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    shapes = {".notdef": T2CharStringPen(0, None).getCharString()}
    for code, glyph in names.items():
        pen = T2CharStringPen(0, None)
        outline = verovio_resources() / model / f"{code:04X}.xml"
        for element in etree.parse(outline).getroot().iter() if outline.exists() else ():
            if element.get("d"):
                parse_path(element.get("d"), TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
        shapes[glyph] = pen.getCharString()
    builder.setupCFF(name, {}, shapes, {})
    builder.setupHorizontalMetrics({".notdef": (0, 0)} | {
        names[c]: (round(scale * float(g.get("h-a-x") or 0)), 0) for c, g in rows.items()})
    builder.setupHorizontalHeader()
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def boxes(path):
    """Code point -> (x, y, w, h) of every glyph of a table that has ink."""
    rows = (g for g in etree.parse(path).getroot() if g.get("c"))
    return {g.get("c"): np.array([float(g.get(k)) for k in "xywh"]) for g in rows if float(g.get("w")) > 0}


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_font_comes_back_as_it_was(tmp_path, scale):
    (tmp_path / "files").mkdir()
    as_file("My Leland", tmp_path / "files" / "a.otf", scale=scale)
    made = fonts.resources(tmp_path / "files", verovio_resources(), tmp_path / "out")
    assert made.music == ("MyLeland",) and not made.text
    before, after = boxes(verovio_resources() / "Leland.xml"), boxes(tmp_path / "out" / "MyLeland.xml")
    assert before.keys() == after.keys() and len(after) > 300
    assert max(np.abs(before[c] - after[c]).max() for c in before) <= 2  # outlines of a file are whole units


def test_pages_in_it_have_the_labels_of_the_original(tmp_path):
    (tmp_path / "files").mkdir()
    as_file("Other", tmp_path / "files" / "a.otf")
    made = fonts.resources(tmp_path / "files", verovio_resources(), tmp_path / "out")
    options = random_options(np.random.default_rng(0), {"Leland": 1.0})
    pages = [engrave(Source(None, 5), 1, 1, 14.0, {**options, "font": name}, "C059", made)[0]
             for name in ("Leland", "Other")]
    assert [p.font for p in pages] == ["Leland", "Other"]
    labels = [sorted((s.name, *s.box.center) for s in p.labels.symbols) for p in pages]
    assert [s[0] for s in labels[0]] == [s[0] for s in labels[1]] and len(labels[0]) > 50


def test_a_font_without_music_sets_the_words(tmp_path):
    import font_caladea

    (tmp_path / "files").mkdir()
    source = next(p for p in sorted((tmp_path.__class__(font_caladea.__file__).parent / "files").glob("*.ttf")))
    (tmp_path / "files" / "words.ttf").write_bytes(source.read_bytes())
    made = fonts.resources(tmp_path / "files", verovio_resources(), tmp_path / "out")
    assert not made.music and list(made.text) == ["Caladea"]


def test_fonts_for_testing_and_files_that_are_none_are_refused(tmp_path):
    as_file("MuseJazz", tmp_path / "jazz.otf")
    with pytest.raises(DataError, match="testing only"):
        fonts.resources(tmp_path, verovio_resources(), tmp_path / "out")
    (tmp_path / "jazz.otf").write_bytes(b"no font")
    with pytest.raises(DataError, match="no font"):
        fonts.resources(tmp_path, verovio_resources(), tmp_path / "out")
