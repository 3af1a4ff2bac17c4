"""Labels from pages by MuseScore and LilyPond: the committed ones always, fresh ones where the programs are there."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from deepscores import engrave, lilypond, lysvg, msvg, musescore
from deepscores.drawn import ON_LEDGER, ROLES, Drawing, DrawnPage
from deepscores.outlines import FONTS, UNITS_PER_SPACE, bounds, branches, glyph, letter_boxes, recognise
from deepscores.pages import LabelledPage, read_pages, write_pages
from deepscores.sources import Source
from deepscores.svg import LETTER_WIDTH
from omr.types import Box
from omr.types.vocabulary import BY_CODE_POINT
from tests.optional import needs

DATA = Path(__file__).parents[1] / "data" / "engraved"
SPACE_PX = 24.0
FAMILY = "Liberation Serif"
Drawn = tuple[DrawnPage, np.ndarray]
"""Labels, and where there is ink (H, W)."""


def drawn(page: DrawnPage | None, picture: tuple[bytes, int, int]) -> Drawn:
    assert page is not None
    return page, np.asarray(Image.open(io.BytesIO(picture[0]))) < 128


@pytest.fixture(scope="module")
def by_musescore() -> Drawn:
    svg = gzip.decompress((DATA / "musescore.svg.gz").read_bytes())
    digits = {"Tuplet": engrave.digit_outlines(FAMILY, True, "tuplet"),
              "Fingering": engrave.digit_outlines(FAMILY, False, "fingering")}
    page = msvg.read_page(svg, SPACE_PX, digits)
    return drawn(page, musescore.rasterise(svg, page.scale if page else 1))


@pytest.fixture(scope="module")
def by_lilypond() -> Drawn:
    """Read without LilyPond's own font, which is there only where LilyPond is."""
    svg = gzip.decompress((DATA / "lilypond.svg.gz").read_bytes())
    return drawn(lysvg.read_page(svg, SPACE_PX, engrave.text_bounds(FAMILY), {}),
                 lilypond.rasterise(svg, SPACE_PX, FAMILY))


BOTH = {  # counted by hand in score.musicxml
    "noteheadBlack": 12, "noteheadHalf": 1, "noteheadBlackSmall": 1, "flag8thUpSmall": 1, "flag8thUp": 1,
    "augmentationDot": 1, "articStaccato": 1, "tuplet6": 1, "fermataAbove": 1, "accidentalSharp": 5,
    "accidentalNatural": 2, "accidentalNaturalSmall": 1, "fClef": 1, "restWhole": 1, "restHalf": 1, "restQuarter": 1,
    "rest8th": 1, "dynamicM": 1, "dynamicF": 1, "brace": 1,
}
BOTH_STROKES = {"stem": 14, "staffLine": 10, "beam": 2, "tie": 1}


def test_every_symbol_musescore_draws_has_its_label(by_musescore: Drawn) -> None:
    page, _ = by_musescore
    rest = {"flag8thDown": 1, "fingering2": 1, "timeSig4": 4, "gClef": 1, "repeatDot": 4}
    # Its slash is a line; the one of LilyPond is a glyph of a font that is unknown here.
    slashed = {"flag8thUpSmall": 0, "flag8thUpSlash": 1}
    assert Counter(s.name for s in page.labels.symbols) == Counter(BOTH | rest | slashed)
    kinds = Counter(s.kind for s in page.labels.strokes)
    assert {k: kinds[k] for k in (*BOTH_STROKES, "slur")} == BOTH_STROKES | {"slur": 1}
    assert page.ignored == ()


def test_every_symbol_lilypond_draws_has_its_label(by_lilypond: Drawn) -> None:
    """musicxml2ly states clef and time twice and begins a repeat; grace notes get a slur. Down flags and fingerings are
    so unlike other fonts' that only LilyPond's own tells them."""
    page, _ = by_lilypond
    rest = {"flag8thDownSmall": 1, "timeSig4": 8, "gClef": 2, "repeatDot": 8}
    assert Counter(s.name for s in page.labels.symbols) == BOTH | rest
    kinds = Counter(s.kind for s in page.labels.strokes)
    assert {k: kinds[k] for k in (*BOTH_STROKES, "slur")} == BOTH_STROKES | {"slur": 2}


@pytest.mark.parametrize("engraver", ["by_musescore", "by_lilypond"])
def test_boxes_and_strokes_lie_on_their_ink(engraver: str, request: pytest.FixtureRequest) -> None:
    page, ink = request.getfixturevalue(engraver)
    for symbol in page.labels.symbols:
        box = symbol.box
        inside = ink[round(box.top):round(box.bottom), round(box.left):round(box.right)]
        assert inside.mean() > 0.15, symbol
        if symbol.name.startswith("dynamic"):
            continue  # letters of a mark are as tall as the mark
        for edge in (inside[:2], inside[-2:], inside[:, :2], inside[:, -2:]):
            assert edge.any(), symbol
    for stroke in page.labels.strokes:
        if stroke.kind != "text":
            for row, col in stroke.points[1:-1] or [tuple(np.mean(stroke.points, axis=0))]:
                assert ink[round(row) - 1:round(row) + 2, round(col) - 1:round(col) + 2].any(), stroke


def named(code: str) -> str:
    """Its class; but whole and half rests are told apart by their place, and Gonville has one V for two marks."""
    name = BY_CODE_POINT.get(code, code)
    return {"restWhole": "restHalf", "articMarcatoBelow": "stringsUpBow"}.get(name, name)


@pytest.mark.parametrize("role", list(ROLES))
def test_a_glyph_is_likest_itself_in_every_font(role: str) -> None:
    """At full size and at grace size."""
    for code in ROLES[role]:
        for shape in filter(None, (glyph(code, font) for font in FONTS)):
            for factor in (1.0, 0.7):
                found = recognise([c * factor for c in shape], UNITS_PER_SPACE, ROLES[role])
                assert found is not None, code
                assert named(found[0]) == named(code), found


@pytest.mark.parametrize(("name", "line_row"), [("restWhole", 0.0), ("restHalf", 12.0)])
@pytest.mark.parametrize("own_font", [False, True])
def test_a_rest_outside_the_staff_is_labelled_without_its_ledger_line(
    name: str, line_row: float, own_font: bool) -> None:
    """Whole and half rests differ only in where the line runs that they touch: here one of their own."""
    space = 24.0
    block = np.array([(100, 212), (136, 212), (136, 224), (100, 224)], float)
    row = 212 + line_row
    line = np.array([(85, row - 2), (151, row - 2), (151, row + 2), (85, row + 2)])
    font = {f"{kind}{ON_LEDGER}": [(block - [0, 212]) / space, (line - [0, row - at]) / space]
            for kind, at in (("restWhole", 0.0), ("restHalf", 12.0))}
    drawing = Drawing(space, 1.0, {"Rest": font} if own_font else {})
    for k in range(5):
        drawing.stroke("staffLine", np.array([(0, 100 + space * k), (400, 100 + space * k)], float), 2.0)
    drawing.glyph("Rest", [block, line])
    page = drawing.page()
    (rest,) = page.labels.symbols
    assert (rest.name, rest.box.left, rest.box.right, page.ignored) == (name, 100, 136, ())
    (ledger,) = [s for s in page.labels.strokes if s.kind == "ledgerLine"]
    assert [p[0] for p in ledger.points] == [row, row]


def test_the_number_of_a_long_rest_by_lilypond_is_of_digits() -> None:
    """They are those of time signatures, and say how many measures the rest stands for."""
    seven = glyph("E087", FONTS[0])
    path = " ".join("M" + " L".join(f"{x / UNITS_PER_SPACE:.3f} {y / UNITS_PER_SPACE - 4:.3f}" for x, y in c) + "Z"
                    for c in seven)
    lines = "".join(f'<line x1="0" y1="{y}" x2="40" y2="{y}" stroke-width="0.1"/>' for y in range(-2, 3))
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg"><g class="StaffSymbol">{lines}</g>'
           f'<g class="MultiMeasureRestNumber"><path d="{path}"/></g></svg>')
    page = lysvg.read_page(svg.encode(), SPACE_PX, engrave.text_bounds(FAMILY), {})
    assert page is not None
    assert [s.name for s in page.labels.symbols] == ["timeSig7"]


def test_unknown_places_survive_a_data_set(tmp_path: Path) -> None:
    page = LabelledPage(tmp_path / "images" / "a.png", 100, 80, 10.0, (), (), ignored=(Box(1.0, 2.0, 30.0, 40.0),),
                        font="Bravura")
    (tmp_path / "labels").mkdir()
    write_pages([page], tmp_path / "labels" / "a.json")
    assert next(read_pages(tmp_path)).ignored == page.ignored


@pytest.mark.parametrize("engraver", [pytest.param(musescore, marks=needs("mscore3")),
                                      pytest.param(lilypond, marks=needs("lilypond"))])
def test_programs_engrave_pages_that_a_seed_repeats(engraver: ModuleType) -> None:
    source = Source(DATA / "score.musicxml")
    first, again, other = (engraver.engrave(source, seed)[0] for seed in (1, 1, 2))
    assert (first.png, first.labels) == (again.png, again.labels)
    assert first.png != other.png
    counts = Counter(s.name for s in first.labels.symbols)
    assert (counts["noteheadBlack"], counts["flag8thDown"]) == (12, 1)


@pytest.mark.parametrize("font", FONTS)
def test_flags_are_counted_by_their_tails(font: str) -> None:
    for name, codes in (("flag8th", "E240 E241"), ("flag16th", "E242 E243"), ("flag32nd", "E244 E245"),
                        ("flag64th", "E246 E247"), ("flag128th", "E248 E249")):
        for code in codes.split():
            assert branches(glyph(code, font)) == ("flag8th", "flag16th", "flag32nd", "flag64th", "flag128th").index(
                name) + 1, (font, code)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize(("code", "letters"), [("E52D", "MF"), ("E52B", "PP"), ("E530", "FFF"), ("E539", "SFZ")])
def test_letters_of_a_dynamic_have_the_ink_of_their_own(font: str, code: str, letters: str) -> None:
    word = glyph(code, font)
    boxes = letter_boxes(word, [LETTER_WIDTH[c] for c in letters])
    left, top, right, bottom = bounds(word)
    single = {"P": "E520", "M": "E521", "F": "E522", "S": "E524", "Z": "E525"}
    assert len(boxes) == len(letters)
    assert boxes == sorted(boxes, key=lambda b: b[0] + b[2])
    for (x0, y0, x1, y1), letter in zip(boxes, letters, strict=True):
        assert left <= x0 < x1 <= right and top <= y0 < y1 <= bottom
        own = bounds(glyph(single[letter], font))
        assert (y1 - y0) == pytest.approx(own[3] - own[1], rel=0.12), letter
        assert (x1 - x0) == pytest.approx(own[2] - own[0], rel=0.35), letter
