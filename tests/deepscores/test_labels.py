"""Labels against ink: pages of every music font, drawn, and every box and stroke looked for in the picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepscores.engrave import FONTS, EngravedPage, engrave, random_options
from deepscores.sources import Source
from deepscores.svg import Labels

SCORE = """<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.1"><music><body><mdiv><score>
<scoreDef keysig="2f" meter.count="6" meter.unit="8"><staffGrp symbol="brace" bar.thru="true">
<staffDef n="1" lines="5" clef.shape="G" clef.line="2"><label>Violone
e Organo</label></staffDef><staffDef n="2" lines="5" clef.shape="F" clef.line="4"/>
</staffGrp></scoreDef><section>
<measure n="1" left="rptstart"><staff n="1"><layer n="1">
<note grace="unacc" dur="8" pname="c" oct="5"/><note xml:id="a" dur="4" dots="1" pname="d" oct="5" accid="ns"/>
<beam><note xml:id="b" dur="8" pname="c" oct="7"/><note dur="16" pname="c" oct="6"/><note dur="16" pname="c" oct="6"/>
<chord xml:id="c" dur="8"><note pname="c" oct="4"/><note pname="d" oct="4"/><note pname="g" oct="4"/></chord></beam>
</layer></staff><staff n="2"><layer n="1"><note dur="16" pname="c" oct="3"/><rest dur="16"/>
<tuplet num="3" numbase="2" bracket.visible="true"><beam><note dur="8" pname="e" oct="3" accid="f"/>
<note dur="8" pname="f" oct="3"/><note xml:id="d" dur="8" pname="g" oct="3"><artic artic="stacc"/></note></beam>
</tuplet>
<note xml:id="e" dur="4" pname="g" oct="3"/></layer></staff>
<dynam startid="#a">mf dolce</dynam><slur startid="#a" endid="#b"/><tie startid="#d" endid="#e"/>
<hairpin form="cres" startid="#d" endid="#e" staff="2"/><arpeg startid="#c"/><fermata startid="#b" place="above"/>
<fing startid="#c" place="below">1</fing><pedal dir="down" startid="#e" staff="2"/></measure>
<measure n="2" right="rptend"><staff n="1"><layer n="1"><mRest/></layer></staff>
<staff n="2"><layer n="1"><fTrem beams="2"><note dur="4" dots="1" pname="c" oct="3"/>
<note dur="4" dots="1" pname="g" oct="3"/></fTrem></layer></staff></measure>
<measure n="3"><staff n="1"><layer n="1"><multiRest num="12"/></layer></staff><staff n="2"><layer n="1">
<multiRest num="12"/></layer></staff></measure></section></score></mdiv></body></music></mei>"""


def page_of(folder: Path, font: str) -> EngravedPage:
    path = folder / "score.mei"
    path.write_text(SCORE)
    options = random_options(np.random.default_rng(3))
    options |= {"font": font, "pageWidth": 1800, "pageHeight": 900, "multiRestStyle": "block"}
    return engrave(Source(path), 1, options=options, space_px=16.0)[0]


@pytest.fixture(scope="module", params=list(FONTS))
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EngravedPage:
    return page_of(tmp_path_factory.mktemp("score"), request.param)


def pixels_of(page: EngravedPage) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.png)).convert("L"))


def named(labels: Labels, name: str) -> list:
    return [s for s in labels.symbols if s.name == name]


def of_kind(labels: Labels, kind: str) -> list:
    return [s for s in labels.strokes if s.kind == kind]


def test_boxes_touch_ink_on_all_sides(page: EngravedPage) -> None:
    pixels = pixels_of(page)
    for symbol in page.labels.symbols:
        if symbol.name.startswith("dynamic") or symbol.name in ("accidentalNatural", "accidentalSharp"):
            continue  # cut out of a glyph of several
        b = symbol.box
        top, left, bottom, right = (round(v) for v in (b.top, b.left, b.bottom, b.right))
        across, down = slice(left, right + 1), slice(top, bottom + 1)
        sides = [pixels[top - 1 : top + 2, across], pixels[bottom - 2 : bottom + 2, across],
                 pixels[down, left - 1 : left + 2], pixels[down, right - 2 : right + 2]]
        assert max(int(side.min()) for side in sides) < 200, symbol


def test_strokes_run_on_ink(page: EngravedPage) -> None:
    pixels = pixels_of(page)
    for stroke in page.labels.strokes:
        if stroke.kind == "text":
            continue
        for (r0, c0), (r1, c1) in zip(stroke.points, stroke.points[1:], strict=False):
            rows = np.linspace(r0, r1, 30)[2:-2].round().astype(int)
            cols = np.linspace(c0, c1, 30)[2:-2].round().astype(int)
            near = np.min([pixels[rows + i, cols + j] for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
            assert (near < 200).mean() > 0.9, stroke


def test_hardly_any_ink_is_without_a_label(page: EngravedPage) -> None:
    bare = pixels_of(page) < 128
    ink = bare.sum()
    rows, cols = np.indices(bare.shape)

    def cover(top: float, left: float, bottom: float, right: float) -> None:
        bare[max(round(top) - 2, 0) : round(bottom) + 3, max(round(left) - 2, 0) : round(right) + 3] = False

    for symbol in page.labels.symbols:
        cover(symbol.box.top, symbol.box.left, symbol.box.bottom, symbol.box.right)
    for stroke in page.labels.strokes:
        half = stroke.thickness_px / 2
        for (r0, c0), (r1, c1) in zip(stroke.points, stroke.points[1:], strict=False):
            for share in np.linspace(0, 1, 60):
                row, col = r0 + share * (r1 - r0), c0 + share * (c1 - c0)
                across, along = abs(c1 - c0) / 60 + 1, abs(r1 - r0) / 60 + 1
                if abs(r1 - r0) > abs(c1 - c0):
                    cover(row - along, col - half, row + along, col + half)
                else:
                    cover(row - half, col - across, row + half, col + across)
    assert bare.sum() < 0.01 * ink, (rows[bare][:5], cols[bare][:5])


def test_staff_lines_come_in_fives_a_staff_space_apart(page: EngravedPage) -> None:
    lines = of_kind(page.labels, "staffLine")
    assert len(lines) == 10
    for first in (0, 5):
        rows = [line.points[0][0] for line in lines[first : first + 5]]
        assert np.allclose(np.diff(rows), page.space_px, atol=0.1)
        assert len({(line.points[0][1], line.points[-1][1]) for line in lines[first : first + 5]}) == 1


def test_everything_in_the_score_is_labelled_once(page: EngravedPage) -> None:
    count = {name: len(named(page.labels, name)) for name in {s.name for s in page.labels.symbols}}
    expected = {
        "gClef": 1, "fClef": 1, "brace": 1, "timeSig6": 2, "timeSig8": 2, "noteheadBlackSmall": 1, "flag8thUpSlash": 1,
        "noteheadBlack": 14, "articStaccato": 1, "rest16th": 1, "restWhole": 1, "restHBar": 2, "arpeggiato": 1,
        "fermataAbove": 1, "tuplet3": 1, "dynamicM": 1, "dynamicF": 1, "keyboardPedalPed": 1, "fingering1": 1,
        "repeatDot": 8, "accidentalSharp": 1, "accidentalNatural": 1, "timeSig1": 2, "timeSig2": 2,
    }
    assert {name: count.get(name, 0) for name in expected} == expected
    assert count["accidentalFlat"] == 2 + 2 + 1
    assert count["augmentationDot"] == 1 + 2
    strokes = {kind: len(of_kind(page.labels, kind)) for kind in {s.kind for s in page.labels.strokes}}
    assert (strokes["slur"], strokes["tie"], strokes["hairpin"]) == (1, 1, 2)
    assert strokes["beam"] == 1 + 1 + 1 + 2  # eighths, their sixteenths, triplet, tremolo


def test_a_barline_through_both_staves_is_one_stroke(page: EngravedPage) -> None:
    lines = of_kind(page.labels, "staffLine")
    top, bottom = lines[0].points[0][0], lines[-1].points[0][0]
    last = max(of_kind(page.labels, "barline"), key=lambda s: s.points[0][1])
    assert last.points[0][0] == pytest.approx(top, abs=2)
    assert last.points[-1][0] == pytest.approx(bottom, abs=2)


def test_text_covers_its_words(page: EngravedPage) -> None:
    pixels = pixels_of(page)
    texts = of_kind(page.labels, "text")
    assert texts
    for text in texts:
        (row, left), (_, right) = text.points
        half = text.thickness_px / 2
        inside = pixels[round(row - half) : round(row + half) + 1, round(left) : round(right) + 1]
        assert (inside < 128).mean() > 0.05, text
