"""Small scores engraved by Verovio, whose exact labels are read in place of the detector's: what the notation does with
perfect symbols and strokes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from lxml import etree

from deepscores.engrave import rasterise, text_bounds
from deepscores.svg import UNITS_PER_SPACE, Labels, read_labels
from deepscores.words import settle_words
from omr.export import musicxml
from omr.music.compose import read_score
from omr.notation.assembly import assemble
from omr.staves.systems import group_systems
from omr.types import SPACE_PX, NotationGraph, Score, Staff

OPTIONS: dict[str, object] = {
    "font": "Bravura", "pageWidth": 2400, "pageHeight": 2000, "adjustPageHeight": True, "header": "none",
    "footer": "none", "breaks": "encoded", "mnumInterval": 0, "svgViewBox": False, "scale": 100,
}


FAMILY = "Liberation Serif"
SCALE = SPACE_PX / UNITS_PER_SPACE


def mei(measures: Sequence[str], clefs: Sequence[str] = ("G2",), meter: str = "4/4", braced: bool = False) -> str:
    """An MEI score. measures: what stands in each measure, layers and control events; before one that opens a system
    stands `<sb/>`, and `#measure left="rptstart"#` gives it attributes."""
    staves = "".join(f'<staffDef n="{i}" lines="5" clef.shape="{c[0]}" clef.line="{c[1]}"/>'
                     for i, c in enumerate(clefs, 1))
    count, unit = meter.split("/")
    body = ""
    for i, content in enumerate(measures, 1):
        if content.startswith("<sb/>"):
            body, content = body + "<sb/>", content.removeprefix("<sb/>")
        attributes = ""
        if content.startswith("#"):
            _, attributes, content = content.split("#", 2)
        body += f'<measure n="{i}" {attributes}>{content}</measure>'
    symbol = 'symbol="brace" bar.thru="true"' if braced else ""
    return (f'<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>'
            f'<scoreDef meter.count="{count}" meter.unit="{unit}"><staffGrp {symbol}>{staves}</staffGrp></scoreDef>'
            f'<section>{body}</section></score></mdiv></body></music></mei>')


def svg_of(text: str, page: int = 1) -> str:
    """A page of a score as Verovio draws it."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    resources = Path(verovio.__file__).parent / "data"
    toolkit.setResourcePath(str(resources))
    toolkit.setOptions(OPTIONS)
    assert toolkit.loadData(text)
    return settle_words(toolkit.renderToSVG(page), str(OPTIONS["font"]), text_bounds(FAMILY), resources)


def labels_of(text: str) -> Labels:
    """Perfect symbols and strokes of a score's first page, staff space `SPACE_PX`."""
    return read_labels(svg_of(text), SCALE, text_bounds(FAMILY))


def graph_of(labels: Labels, page: int = 0) -> NotationGraph:
    """The notation graph of a page's labels."""
    lines = [s for s in labels.strokes if s.kind == "staffLine"]
    staves = []
    for i in range(0, len(lines), 5):
        five = lines[i:i + 5]
        rows = np.array([[s.points[0][0], s.points[-1][0]] for s in five])
        staves.append(Staff(index=i // 5, system=0, left=five[0].points[0][1], right=five[0].points[-1][1], lines=rows))
    staves, systems = group_systems(staves, labels.strokes, labels.symbols)
    return assemble(page, staves, systems, labels.symbols, labels.strokes)


def score_of(text: str) -> Score:
    return read_score([graph_of(labels_of(text))], "test")


def xml_of(text: str) -> etree._Element:
    """Score -> labels -> reading -> MusicXML tree."""
    return etree.fromstring(musicxml.to_bytes(score_of(text)))


def look(text: str, path: Path) -> None:
    """The engraved page as PNG, for a person to look at."""
    path.write_bytes(rasterise(svg_of(text), 2 * SCALE, FAMILY)[0])
