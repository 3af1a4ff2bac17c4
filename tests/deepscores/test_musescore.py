"""Labels from MuseScore's pages: the committed one always, fresh ones where MuseScore is installed."""

from __future__ import annotations

import gzip
import io
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepscores.drawn import ROLES, DrawnPage
from deepscores.msvg import read_page
from deepscores.outlines import FONTS, UNITS_PER_SPACE, glyph, recognise
from deepscores.pages import LabelledPage, read_pages, write_pages
from omr.types import Box
from omr.vocabulary import BY_CODE_POINT

pytest.importorskip("verovio")
pytest.importorskip("resvg_py")
from deepscores import musescore  # noqa: E402
from deepscores.engrave import digit_outlines  # noqa: E402
from deepscores.sources import Source  # noqa: E402

DATA = Path(__file__).parents[1] / "data" / "musescore"
SPACE_PX = 24.0


@pytest.fixture(scope="module")
def page() -> DrawnPage:
    digits = {"Tuplet": digit_outlines("Liberation Serif", italic=True),
              "Fingering": digit_outlines("Liberation Serif", italic=False)}
    read = read_page(gzip.decompress((DATA / "page.svg.gz").read_bytes()), SPACE_PX, digits)
    assert read is not None
    return read


@pytest.fixture(scope="module")
def ink(page: DrawnPage) -> np.ndarray:
    png, _, _ = musescore.rasterise(gzip.decompress((DATA / "page.svg.gz").read_bytes()), page.scale)
    return np.asarray(Image.open(io.BytesIO(png))) < 128


def test_every_symbol_of_the_score_has_its_label(page: DrawnPage) -> None:
    """Counted by hand in score.musicxml."""
    assert Counter(s.name for s in page.labels.symbols) == {
        "noteheadBlack": 12, "noteheadHalf": 1, "noteheadBlackSmall": 1, "flag8thUpSmall": 1, "flag8thUp": 1,
        "flag8thDown": 1, "augmentationDot": 1, "articStaccato": 1, "fingering2": 1, "tuplet6": 1, "fermataAbove": 1,
        "accidentalSharp": 5, "accidentalNatural": 2, "accidentalNaturalSmall": 1, "timeSig4": 4, "gClef": 1,
        "fClef": 1, "restWhole": 1, "restHalf": 1, "restQuarter": 1, "rest8th": 1, "dynamicM": 1, "dynamicF": 1,
        "repeatDot": 4, "brace": 1,
    }
    kinds = Counter(s.kind for s in page.labels.strokes)
    assert {k: kinds[k] for k in ("stem", "staffLine", "beam", "tie", "slur")} == {
        "stem": 14, "staffLine": 10, "beam": 2, "tie": 1, "slur": 1}
    assert page.ignored == ()


def test_boxes_and_strokes_lie_on_their_ink(page: DrawnPage, ink: np.ndarray) -> None:
    for symbol in page.labels.symbols:
        box = symbol.box
        rows, cols = slice(round(box.top), round(box.bottom)), slice(round(box.left), round(box.right))
        inside = ink[rows, cols]
        assert inside.mean() > 0.15, symbol
        if symbol.name.startswith("dynamic"):
            continue  # letters of a mark are as tall as the mark
        for edge in (inside[:2], inside[-2:], inside[:, :2], inside[:, -2:]):
            assert edge.any(), symbol
    for stroke in page.labels.strokes:
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


def test_unknown_places_survive_a_data_set(tmp_path: Path) -> None:
    page = LabelledPage(tmp_path / "images" / "a.png", 100, 80, 10.0, (), (), ignored=(Box(1.0, 2.0, 30.0, 40.0),),
                        font="Bravura")
    (tmp_path / "labels").mkdir()
    write_pages([page], tmp_path / "labels" / "a.json")
    assert next(read_pages(tmp_path)).ignored == page.ignored


@pytest.mark.skipif(shutil.which("mscore3") is None, reason="MuseScore 3 is not installed")
def test_musescore_engraves_pages_that_a_seed_repeats() -> None:
    source = Source(DATA / "score.musicxml")
    first, again, other = (musescore.engrave(source, seed)[0] for seed in (1, 1, 2))
    assert (first.png, first.labels) == (again.png, again.labels)
    assert first.png != other.png
    assert Counter(s.name for s in first.labels.symbols)["noteheadBlack"] == 12
