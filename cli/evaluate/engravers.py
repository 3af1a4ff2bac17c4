"""The benchmark's engravers: each writes one labelled page of a MusicXML file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepscores.engrave import EngravedPage
    from evaluation.bench import Engraver

FAMILY = "Liberation Serif"
"""Font of the words and digits, if an engraver lets us choose it."""


def verovio(score: Path, image: Path) -> bool:
    """Verovio with its default options, except for A4 and no footer."""
    from deepscores.engrave import engrave
    from deepscores.sources import Source
    from evaluation.bench import SPACE_PX
    from evaluation.excerpt import load

    options: dict[str, object] = {"pageWidth": 2100, "pageHeight": 2970, "footer": "none", "breaks": "auto"}
    made = engrave(Source(score), 0, 1, SPACE_PX, options)
    whole = bool(made) and made[0].mei.count("<measure ") >= len(load(score).find("part").findall("measure"))
    return whole and _write(made[0], image)


def musescore(score: Path, image: Path, font: str) -> bool:
    """MuseScore 3 with one of its music fonts: Emmentaler, Gonville, MuseJazz, Bravura."""
    from deepscores.musescore import FONTS, draw
    from evaluation.bench import DPI

    made = draw(score, font, DPI, FAMILY)
    return len(made) == 1 and _write(made[0], image, labels=font in FONTS)


def lilypond(score: Path, image: Path) -> bool:
    """LilyPond by way of musicxml2ly."""
    from deepscores.lilypond import draw
    from evaluation.bench import SPACE_PX

    made = draw(score, {}, SPACE_PX, FAMILY)
    return len(made) == 1 and _write(made[0], image)


ENGRAVERS: dict[str, Engraver] = {
    **{f"musescore-{font.lower()}": partial(musescore, font=font) for font in ("Emmentaler", "Gonville", "MuseJazz")},
    "lilypond": lilypond, "verovio": verovio,
}


def labels_of(image: Path) -> Path:
    """The file with the labels of an image in a data set of ours. The image may still have a temporary name."""
    return image.parent.parent / "labels" / f"{image.stem.removesuffix('.part')}.json"


def _write(page: EngravedPage, image: Path, labels: bool = True) -> bool:
    """Write a page and its labels. Returns True."""
    from deepscores.pages import LabelledPage, write_pages

    image.write_bytes(page.png)
    path = labels_of(image)
    if labels:
        path.parent.mkdir(exist_ok=True)
        write_pages([LabelledPage(image.with_name(path.stem + ".png"), page.width, page.height, page.space_px,
                                  page.labels.symbols, page.labels.strokes, page.source, page.font,
                                  ignored=page.ignored)], path)
    return True
