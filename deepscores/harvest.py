"""Labels for real scans: the symbols of a reading where it agrees with an encoding of the same music.

Nobody has labelled the symbols of a scan. But if all notes of a measure are read as in the encoding, its symbols were
most likely found right, too. Such measures become labels of the page. The rest of the page, and every unsure find in
these measures, is marked as unknown. This is self-training (Lee 2013; Xie et al. 2020), where the music says from which
of its own answers a detector may learn.

If a person corrected a reading (`omr review`), the measures that were accepted or corrected become labels in the same
way, without the symbols that were removed, and with those that were added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deepscores.pages import LabelledPage
from omr.types import STROKE_KINDS, Box, NotationGraph, Page, Stroke, Symbol

HEARD = ("notehead", "rest", "flag", "accidental", "augmentationDot", "timeSig", "gClef", "fClef", "cClef")
"""Beginnings of the names of classes on which pitch and rhythm depend. Notes say nothing about articulations or
dynamics."""
VERIFIED = ("staffLine", "ledgerLine", "stem", "beam", "barline")
"""Strokes that must have been right if the notes of a measure were read right."""
REACH_SPACES = 5.0
"""How far above and below its staves a measure reaches, unless another system is nearer, in staff spaces."""
SAME_SYMBOL = 0.5
"""A find and a symbol of the notation are the same if the intersection over union of their boxes is at least this."""
NAMED_SURE = 0.6
"""Least score of a find that becomes a label, if its class has no threshold of its own."""
LINE_SPACES = 0.12
"""Thickness of a staff line, in staff spaces."""


def label(
    page: Page, graph: NotationGraph, finds: Sequence[Symbol], measures: Sequence[Box], sure: Mapping[str, float],
    image: Path, source: str = "",
) -> LabelledPage:
    """The labels of one page: everything in `measures`, which are in pixels of `Page.pixels`.

    finds: everything that the detector thinks possible, including weak finds.
    sure: class -> least score of a find that becomes a label.

    Finds with lower scores, finds about which the notes say nothing, and the rest of the page are unknown.
    """
    height, width = page.pixels.shape
    known = tuple(_reach(box, graph, height) for box in measures)

    def inside(box: Box) -> bool:
        row, col = box.center
        return any(k.top <= row < k.bottom and k.left <= col < k.right for k in known)

    symbols: list[Symbol] = []
    ignored = [box for box in outside(known, height, width) if min(box.height, box.width) >= 1]
    for find in finds:
        if inside(find.box) and find.name.startswith(HEARD) and find.score >= sure.get(find.name, NAMED_SURE):
            symbols.append(replace(find, id=len(symbols)))
        else:
            ignored.append(find.box)
    strokes = [s for s in graph.strokes if s.kind in VERIFIED and inside(s.box)]
    for staff in graph.staves:
        columns = [staff.left + (staff.right - staff.left) * i / (staff.lines.shape[1] - 1)
                   for i in range(staff.lines.shape[1])]
        thickness = LINE_SPACES * staff.space_px
        strokes += [Stroke(0, "staffLine", tuple(zip(line.tolist(), columns, strict=True)), thickness)
                    for line in staff.lines]
    numbered = tuple(replace(s, id=len(symbols) + i) for i, s in enumerate(strokes))
    return LabelledPage(image, width, height, _space(graph), tuple(symbols), numbered, source,
                        unlabelled=frozenset(STROKE_KINDS) - set(VERIFIED), ignored=tuple(ignored))


def as_mended(finds: Sequence[Symbol], read: NotationGraph, mended: NotationGraph) -> list[Symbol]:
    """What the detector found, without what a person removed from the notation, and with what was added.

    finds: as for `label`.
    read, mended: the notation of the page before and after.
    """
    left = {s.id for s in mended.symbols}
    before = {s.id for s in read.symbols}
    gone = [s for s in read.symbols if s.id not in left]
    kept = [f for f in finds if not any(f.name == g.name and f.box.iou(g.box) > SAME_SYMBOL for g in gone)]
    return [*kept, *(replace(s, score=1.0) for s in mended.symbols if s.id not in before)]


def outside(known: Sequence[Box], height: float, width: float) -> Iterator[Box]:
    """Boxes that cover everything on a page except `known`."""
    rows = sorted({0.0, height, *(min(max(edge, 0.0), height) for b in known for edge in (b.top, b.bottom))})
    for top, bottom in zip(rows, rows[1:], strict=False):
        left = 0.0
        for box in sorted((b for b in known if b.top <= top and bottom <= b.bottom), key=lambda b: b.left):
            if box.left > left:
                yield Box(top, left, bottom, min(box.left, width))
            left = max(left, box.right)
        if left < width:
            yield Box(top, left, bottom, width)


def _reach(measure: Box, graph: NotationGraph, height: float) -> Box:
    """A measure with what is above and below its staves, up to half the distance to the next staff."""
    reach = REACH_SPACES * _space(graph)
    above = [s.box.bottom for s in graph.staves if s.box.bottom < measure.top]
    below = [s.box.top for s in graph.staves if s.box.top > measure.bottom]
    return replace(
        measure,
        top=max(measure.top - reach, (max(above, default=0.0) + measure.top) / 2 if above else 0.0),
        bottom=min(measure.bottom + reach, (min(below) + measure.bottom) / 2 if below else height))


def _space(graph: NotationGraph) -> float:
    return sum(s.space_px for s in graph.staves) / len(graph.staves)
