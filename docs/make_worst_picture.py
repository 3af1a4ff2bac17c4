"""The picture of docs/worst.md: the measures of the public bench that are read worst, cut out of their pages.

    omr evaluate bench --kind perfect --no-ned --no-detect     # engraves the bench in data/bench, and reads it
    python docs/make_worst_picture.py data/bench perfect       # writes docs/pictures/worst-perfect.png, and a list

Needs the extra `dev`. The list says of each measure what the truth has and the reading has not, and the reverse. Of
every page only its worst measure is shown, so that many causes are seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cli.evaluate.bench import labels_as_seen
from evaluation import exact, notes
from evaluation.bench import PERFECT, BenchPage, pages_of
from evaluation.matching import REST, Note, match
from omr import pipeline
from omr.detect.runtime import load_detector
from omr.reading import PageReading, ScanOptions
from omr.types import Score

HERE = Path(__file__).parent
SHOWN = 10
WIDTH_PX, SCALE, MARGIN_PX = 1000, 1.5, 40
"""Width of the picture; its scale against the normalised page; what is shown above and below a measure, and a third of
it at its sides, in pixels of that page."""
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


class Wrong(NamedTuple):
    """A measure that is not exactly right. number: of the truth, from 1; read: index in the reading, None if it has no
    partner there. missed, invented: what only the truth has, and what only the reading has."""

    page: BenchPage
    number: int
    read: int | None
    missed: list[Note]
    invented: list[Note]

    @property
    def badness(self) -> int:
        return max(len(self.missed), len(self.invented))


def wrong_measures(page: BenchPage, kind: str) -> Iterator[Wrong]:
    """The measures of a page that are not exactly right, as `evaluation/exact.py` defines it."""
    truth, read = notes.read_files(page.truth, page.reading(kind), rests=True)
    matching = match(notes.without_rests(truth), notes.without_rests(read), partial=False)
    partners = dict(exact.pair_all(truth, read, matching))
    for i in matching.true:
        partner = read[partners[i]] if i in partners else type(truth[i])()
        if truth[i] and not exact.is_right(truth[i], partner):
            yield Wrong(page, i + 1, partners.get(i), sorted((truth[i] - partner).elements()),
                        sorted((partner - truth[i]).elements()))


def worst(folder: Path, kind: str) -> list[Wrong]:
    """The worst measures of the `SHOWN` worst of the pages that were read, one of each, the worst first."""
    read = [page for _, page in pages_of(folder) if page.reading(kind).exists()]
    found = [max(wrong, key=lambda w: w.badness) for page in read if (wrong := list(wrong_measures(page, kind)))]
    return sorted(found, key=lambda w: -w.badness)[:SHOWN]


def cut(wrong: Wrong, kind: str) -> Any:
    """The measure as it stands on its page; the page's top if the reading has nothing there."""
    found: list[PageReading] = []
    image = wrong.page.image("clean" if kind == PERFECT else kind)
    score: Score = pipeline.scan([image], labels_as_seen(image) if kind == PERFECT else load_detector(),
                                 ScanOptions(languages=()), on_page=found.append)
    pixels = found[0].page.pixels if found[0].page is not None else np.zeros((1, 1), np.uint8)
    boxes = [] if wrong.read is None else [b for p in score.parts if (b := p.measures[wrong.read].box) is not None]
    if not boxes:
        return Image.fromarray(pixels[:200])
    top, bottom = min(b.top for b in boxes) - MARGIN_PX, max(b.bottom for b in boxes) + MARGIN_PX
    left, right = min(b.left for b in boxes) - MARGIN_PX / 3, max(b.right for b in boxes) + MARGIN_PX / 3
    return Image.fromarray(pixels[max(int(top), 0):int(bottom), max(int(left), 0):int(right)])


def named(note: Note) -> str:
    onset, pitch, duration = note
    name = "rest" if pitch == REST else f"{NAMES[pitch % 12]}{pitch // 12 - 1}"
    return f"{name} at {float(onset):.4g} for {float(duration):.4g}"


def main(folder: Path, kind: str) -> None:
    tiles = []
    for place, wrong in enumerate(worst(folder, kind), 1):
        tile = cut(wrong, kind)
        tiles.append(tile.resize((round(tile.width * SCALE), round(tile.height * SCALE)), Image.Resampling.BICUBIC))
        print(f"{place}. {wrong.page.name}, measure {wrong.number}\n"
              f"   missed: {', '.join(map(named, wrong.missed)) or '-'}\n"
              f"   read instead: {', '.join(map(named, wrong.invented)) or '-'}")
    places, across, down, row = [], 0, 0, 0
    for tile in tiles:
        if across and across + tile.width > WIDTH_PX:
            across, down, row = 0, down + row, 0
        places.append((across, down))
        across, row = across + tile.width + 10, max(row, tile.height + 30)
    sheet = Image.new("L", (max(x + t.width for (x, _), t in zip(places, tiles, strict=True)), down + row), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for number, ((x, y), tile) in enumerate(zip(places, tiles, strict=True), 1):
        sheet.paste(tile, (x, y + 26))
        pen.text((x + 4, y), str(number), fill=0, font=font)
    sheet.quantize(8).save(HERE / "pictures" / f"worst-{kind}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
